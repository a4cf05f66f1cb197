package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.config.ExecutionResult;
import org.nd4j.autodiff.samediff.config.SDValue;
import org.nd4j.autodiff.samediff.internal.FrameIter;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * Runs a SameDiff graph, with {@link KernelOp}s executed on {@link Kernels} and everything else as SameDiff does.
 *
 * <p>Activations come from a cache of arrays that the session owns, so that steps of equal shapes allocate nothing.
 * Not thread-safe.
 */
public final class KernelSession extends InferenceSession implements AutoCloseable {
    private final Kernels kernels;
    private final ArrayPool pool = new ArrayPool();
    private final Set<INDArray> held = Collections.newSetFromMap(new IdentityHashMap<>());
    private OpProfile profile;

    /** A session over a graph (or over its gradient function); the kernels are the caller's to close. */
    public KernelSession(SameDiff graph, Kernels kernels) {
        super(graph);
        this.kernels = kernels;
        setMmgr(pool);
    }

    /**
     * Computes the named variables.
     *
     * @return arrays that belong to the session: give them back with {@link #release} once read
     */
    public Map<String, INDArray> run(Map<String, INDArray> placeholders, List<String> outputs) {
        freedArrays.clear(); // InferenceSession never does: it would grow with every step
        Map<String, INDArray> results = output(outputs, placeholders, null, List.of(), List.of(), At.defaultAt());
        held.addAll(results.values());
        pool.releaseAllBut(held); // InferenceSession forgets arrays that no op of this run reads
        return results;
    }

    /** Takes back what {@link #run} returned. */
    public void release(Map<String, INDArray> outputs) {
        outputs.values().forEach(array -> {
            held.remove(array);
            pool.release(array);
        });
    }

    /** From now on, adds the time of every op to {@code profile}; null ends it. */
    public void profile(OpProfile profile) {
        this.profile = profile;
    }

    /** How many arrays the session has made so far: constant once every shape of a step has been seen. */
    public long allocations() {
        return pool.allocations();
    }

    @Override
    public ExecutionResult doExec(
            DifferentialFunction op,
            OpContext context,
            FrameIter frame,
            Set<VarId> inputs,
            Set<VarId> iterationInputs,
            Set<String> constants,
            Map<String, SDValue> otherPlaceholders) {
        long begin = System.nanoTime();
        ExecutionResult result;
        if (op instanceof KernelOp kernelOp) {
            kernelOp.compute(kernels, context.getInputArrays(), context.getOutputArrays());
            result = ExecutionResult.createFrom(op, context);
        } else {
            result = super.doExec(op, context, frame, inputs, iterationInputs, constants, otherPlaceholders);
        }
        if (profile != null) {
            profile.add(op.opName(), (System.nanoTime() - begin) / 1e9);
        }
        return result;
    }

    @Override
    public void close() {
        pool.close();
    }
}

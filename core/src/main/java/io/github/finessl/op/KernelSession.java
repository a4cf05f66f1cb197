package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A session that runs a SameDiff graph: {@link KernelOp}s on {@link Kernels}, everything else natively, op by op.
 *
 * <p>What is to be done for the wanted variables and the shapes of the placeholders is planned once, arrays included;
 * further runs only compute. The last few plans are kept. Variables may be changed in place or replaced between runs,
 * constants may not. Not thread-safe.
 */
public final class KernelSession implements AutoCloseable {
    private static final int KEPT_PLANS = 4;

    private final SameDiff graph;
    private final Kernels kernels;
    private final Deque<Plan> plans = new ArrayDeque<>(); // the last used first
    private OpProfile profile;
    private long allocations;

    /** Creates a session over a graph (or over its gradient function); the kernels are the caller's to close. */
    public KernelSession(SameDiff graph, Kernels kernels) {
        this.graph = graph;
        this.kernels = kernels;
    }

    /**
     * Computes the named variables.
     *
     * @return arrays that belong to the session, valid until it runs again or is closed
     */
    public Map<String, INDArray> run(Map<String, INDArray> placeholders, List<String> outputs) {
        return kernels.pass(() -> compute(placeholders, outputs));
    }

    private Map<String, INDArray> compute(Map<String, INDArray> placeholders, List<String> outputs) {
        Optional<Plan> known =
                plans.stream().filter(plan -> plan.fits(outputs, placeholders)).findFirst();
        Plan plan = known.filter(p -> p.run(placeholders, profile)).orElseGet(() -> {
            known.ifPresent(outdated -> {
                plans.remove(outdated);
                outdated.close();
            });
            return plan(placeholders, outputs);
        });
        plans.remove(plan);
        plans.addFirst(plan);
        return plan.results();
    }

    private Plan plan(Map<String, INDArray> placeholders, List<String> outputs) {
        if (plans.size() == KEPT_PLANS) {
            plans.removeLast().close();
        }
        Plan plan = new Planner(graph, kernels, placeholders, profile).plan(outputs);
        allocations += plan.allocations();
        return plan;
    }

    /** Adds the time of every op to {@code profile} from now on; null ends it. */
    public void profile(OpProfile profile) {
        this.profile = profile;
    }

    /** The number of arrays that the session has made so far: constant once every shape of a step has been seen. */
    public long allocations() {
        return allocations;
    }

    @Override
    public void close() {
        plans.forEach(Plan::close);
        plans.clear();
        kernels.forgetTrained();
    }
}

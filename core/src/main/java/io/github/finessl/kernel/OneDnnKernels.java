package io.github.finessl.kernel;

import java.lang.ref.Reference;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The fast kernels for processors: oneDNN on the very buffers of ND4J's f32 arrays. Calls may come from any thread, one
 * at a time. The same inputs give the same bits on the same machine with the same number of threads.
 */
public final class OneDnnKernels implements Kernels {

    private final OneDnn library = new OneDnn();
    private final boolean bf16;
    private final OneDnnLinear linear;
    private final OneDnnLayerNorm layerNorm;
    private final OneDnnAttention attention;
    private final Map<Rows, INDArray> packed = new HashMap<>();

    OneDnnKernels(boolean bf16) {
        this.bf16 = bf16;
        OneDnnOps ops = new OneDnnOps(library);
        linear = new OneDnnLinear(library, ops, bf16);
        layerNorm = new OneDnnLayerNorm(library, ops);
        attention = new OneDnnAttention(library, ops, bf16);
    }

    @Override
    public String name() {
        return "onednn-" + OneDnn.version() + (bf16 ? "-bf16" : "-f32");
    }

    @Override
    public synchronized void linear(
            INDArray x,
            INDArray weight,
            INDArray bias,
            Activation activation,
            INDArray residual,
            INDArray preActivation,
            INDArray y) {
        linear.forward(
                Rows.of(x), frozen(weight), rows(bias), activation, rows(residual), rows(preActivation), Rows.of(y));
        keepAlive(x, weight, bias, residual, preActivation, y);
    }

    @Override
    public synchronized void linearBackward(
            INDArray dy, INDArray weight, Activation activation, INDArray preActivation, INDArray dx) {
        linear.backward(Rows.of(dy), frozen(weight), activation, rows(preActivation), Rows.of(dx));
        keepAlive(dy, weight, preActivation, dx);
    }

    @Override
    public synchronized void mlp(
            INDArray x,
            INDArray weight1,
            INDArray bias1,
            Activation activation,
            INDArray weight2,
            INDArray bias2,
            INDArray residual,
            INDArray preActivation,
            INDArray y) {
        linear.mlpForward(
                Rows.of(x),
                frozen(weight1),
                rows(bias1),
                activation,
                frozen(weight2),
                rows(bias2),
                rows(residual),
                rows(preActivation),
                Rows.of(y));
        keepAlive(x, weight1, bias1, weight2, bias2, residual, preActivation, y);
    }

    @Override
    public synchronized void mlpBackward(
            INDArray dy,
            INDArray weight1,
            INDArray weight2,
            Activation activation,
            INDArray preActivation,
            INDArray dx) {
        linear.mlpBackward(Rows.of(dy), frozen(weight1), frozen(weight2), activation, rows(preActivation), Rows.of(dx));
        keepAlive(dy, weight1, weight2, preActivation, dx);
    }

    @Override
    public synchronized void layerNorm(INDArray x, INDArray gain, INDArray bias, double epsilon, INDArray y) {
        layerNorm.forward(Rows.of(x), Rows.of(gain), Rows.of(bias), epsilon, Rows.of(y));
        keepAlive(x, gain, bias, y);
    }

    @Override
    public synchronized void layerNormBackward(INDArray x, INDArray gain, double epsilon, INDArray dy, INDArray dx) {
        layerNorm.backward(Rows.of(x), Rows.of(gain), epsilon, Rows.of(dy), Rows.of(dx));
        keepAlive(x, gain, dy, dx);
    }

    @Override
    public synchronized void attention(
            INDArray q,
            INDArray k,
            INDArray v,
            INDArray promptK,
            INDArray promptV,
            int heads,
            INDArray out,
            INDArray logSumExp) {
        attention.forward(
                Rows.of(q), Rows.of(k), Rows.of(v), rows(promptK), rows(promptV), heads, Rows.of(out), rows(logSumExp));
        keepAlive(q, k, v, promptK, promptV, out, logSumExp);
    }

    @Override
    public synchronized void attentionBackward(
            INDArray q,
            INDArray k,
            INDArray v,
            INDArray promptK,
            INDArray promptV,
            int heads,
            INDArray out,
            INDArray logSumExp,
            INDArray dOut,
            INDArray dq,
            INDArray dk,
            INDArray dv,
            INDArray dPromptK,
            INDArray dPromptV) {
        attention.backward(
                Rows.of(q),
                Rows.of(k),
                Rows.of(v),
                rows(promptK),
                rows(promptV),
                heads,
                Rows.of(dOut),
                rows(dq),
                rows(dk),
                rows(dv),
                rows(dPromptK),
                rows(dPromptV));
        keepAlive(q, k, v, promptK, promptV, dOut, dq, dk, dv, dPromptK, dPromptV);
    }

    /** The library works on addresses: the arrays behind them must not be collected before it is done. */
    @SuppressWarnings("ReachabilityFenceUsage") // After an exception nothing reads them.
    private static void keepAlive(INDArray... arrays) {
        Reference.reachabilityFence(arrays);
    }

    /** Packed weights are known by their address, so their memory must not be given to anything else meanwhile. */
    private Rows frozen(INDArray weight) {
        Rows rows = Rows.of(weight);
        packed.putIfAbsent(rows, weight);
        return rows;
    }

    private static Rows rows(INDArray orNull) {
        return orNull == null ? null : Rows.of(orNull);
    }

    @Override
    public synchronized void close() {
        library.close();
        packed.clear();
    }
}

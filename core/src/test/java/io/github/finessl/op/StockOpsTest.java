package io.github.finessl.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.finessl.kernel.nd4j.Nd4jKernels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.conditions.Conditions;

/** SameDiff's own ops and their gradients in a session, against SameDiff's own execution. */
class StockOpsTest {

    /** Something of a placeholder x [N, 4], a variable w [3, 4] and class indices [N]. */
    private interface Expression {
        SDVariable of(SameDiff sd, SDVariable x, SDVariable w, SDVariable indices);
    }

    private static Arguments op(String name, Expression expression) {
        return arguments(name, expression);
    }

    static Stream<Arguments> ops() {
        return Stream.of(
                op("add", (sd, x, w, i) -> x.add(w)),
                op("sub broadcast", (sd, x, w, i) -> x.sub(w.mean(0))),
                op("mul broadcast", (sd, x, w, i) -> w.mul(x.mean(true, 1))),
                op("div", (sd, x, w, i) -> x.div(w)),
                op("rdiv", (sd, x, w, i) -> w.rdiv(x)),
                op("add scalar", (sd, x, w, i) -> w.add(2)),
                op("sub scalar", (sd, x, w, i) -> w.sub(2)),
                op("mul scalar", (sd, x, w, i) -> w.mul(2)),
                op("div scalar", (sd, x, w, i) -> w.div(2)),
                op("rsub scalar", (sd, x, w, i) -> w.rsub(2)),
                op("rdiv scalar", (sd, x, w, i) -> w.rdiv(2)),
                op("neg", (sd, x, w, i) -> w.neg()),
                op("exp", (sd, x, w, i) -> sd.math().exp(w)),
                op("log", (sd, x, w, i) -> sd.math().log(sd.math().abs(w).add(1))),
                op("log1p", (sd, x, w, i) -> sd.math().log1p(sd.math().square(w))),
                op("sqrt", (sd, x, w, i) -> sd.math().sqrt(sd.math().square(w).add(1))),
                op("square", (sd, x, w, i) -> sd.math().square(w)),
                op("pow scalar", (sd, x, w, i) -> sd.math().pow(w, 3)),
                op("pow", (sd, x, w, i) -> sd.math().pow(sd.math().abs(w), x)),
                op("sigmoid", (sd, x, w, i) -> sd.nn().sigmoid(w)),
                op("tanh", (sd, x, w, i) -> sd.math().tanh(w)),
                op("relu", (sd, x, w, i) -> sd.nn().relu(w, 0)),
                op("leaky relu", (sd, x, w, i) -> sd.nn().leakyRelu(w, 0.1)),
                op("gelu", (sd, x, w, i) -> sd.nn().gelu(w)),
                op("softplus", (sd, x, w, i) -> sd.nn().softplus(w)),
                op("softmax", (sd, x, w, i) -> sd.nn().softmax(w, 1)),
                op("logSoftmax", (sd, x, w, i) -> sd.nn().logSoftmax(w)),
                op("layerNorm", (sd, x, w, i) -> sd.nn().layerNorm(w, w.mean(0), w.sum(0), true, 1)),
                op("sum", (sd, x, w, i) -> w.sum(0)),
                op("sum of all", (sd, x, w, i) -> w.sum()),
                op("sum, kept dimensions", (sd, x, w, i) -> w.sum(true, 1)),
                op("mean", (sd, x, w, i) -> w.mean(1)),
                op("mean of all", (sd, x, w, i) -> w.mean()),
                op("max", (sd, x, w, i) -> w.max(1)),
                op("min", (sd, x, w, i) -> w.min(0)),
                op("prod", (sd, x, w, i) -> w.prod(0)),
                op("std", (sd, x, w, i) -> w.std(true, 1)),
                op("norm1", (sd, x, w, i) -> w.norm1(1)),
                op("norm2", (sd, x, w, i) -> w.norm2(1)),
                op("normmax", (sd, x, w, i) -> w.normmax(1)),
                op("logSumExp", (sd, x, w, i) -> sd.math().logSumExp(x).mul(w.sum())), // its own gradient fails
                op("cosine similarity", (sd, x, w, i) -> sd.math().cosineSimilarity(w, x, 1)),
                op(
                        "argmax",
                        (sd, x, w, i) -> w.argmax(1).castTo(DataType.DOUBLE).mul(w.sum())),
                op("matmul", (sd, x, w, i) -> x.mmul(sd.transpose(w))),
                op("matmul, transposed", (sd, x, w, i) -> sd.mmul(x, w, false, true, false)),
                op("dot", (sd, x, w, i) -> sd.math().mul(x, w).dot(w, 1)),
                op("reshape", (sd, x, w, i) -> w.reshape(2, 6)),
                op("reshape, inferred", (sd, x, w, i) -> x.mul(w).reshape(-1, 2)),
                op("permute", (sd, x, w, i) -> w.reshape(3, 2, 2).permute(2, 0, 1)),
                op("transpose", (sd, x, w, i) -> sd.transpose(w)),
                op("concat", (sd, x, w, i) -> sd.concat(0, w, x)),
                op("stack", (sd, x, w, i) -> sd.stack(1, w, x)),
                op("unstack", (sd, x, w, i) -> sd.unstack(w, 0, 3)[1]),
                op("split", (sd, x, w, i) -> sd.split(w, 2, 1)[1]),
                op("slice", (sd, x, w, i) -> sd.slice(w, new int[] {1, 0}, 2, 3)),
                op("stridedSlice", (sd, x, w, i) -> sd.stridedSlice(w, new long[] {0, 1}, new long[] {3, 4}, 2, 2)),
                op("get", (sd, x, w, i) -> w.get(SDIndex.point(1), SDIndex.interval(1, 3))),
                op("expandDims", (sd, x, w, i) -> sd.expandDims(w, 1)),
                op("squeeze", (sd, x, w, i) -> sd.squeeze(w.sum(true, 1), 1)),
                op("tile", (sd, x, w, i) -> sd.tile(w, 2, 1)),
                op("gather", (sd, x, w, i) -> sd.gather(x, i, 0).mul(w)),
                op(
                        "oneHot",
                        (sd, x, w, i) ->
                                sd.oneHot(i, 4, -1, 1, 0, DataType.DOUBLE).mul(w)),
                op("where", (sd, x, w, i) -> sd.where(x, x.neg(), x.gt(1)).mul(w)),
                op("gt scalar", (sd, x, w, i) -> w.gt(0).castTo(DataType.DOUBLE).mul(w)),
                op("lt", (sd, x, w, i) -> w.lt(x).castTo(DataType.DOUBLE).mul(w)),
                op("eq", (sd, x, w, i) -> i.eq(1).castTo(DataType.DOUBLE).mul(w.sum(1))),
                op("castTo", (sd, x, w, i) -> w.castTo(DataType.FLOAT)),
                op("clip", (sd, x, w, i) -> sd.math().clipByValue(w, -0.5, 0.5)),
                op("max of two", (sd, x, w, i) -> sd.math().max(w, x)),
                op("min of two", (sd, x, w, i) -> sd.math().min(w, x)),
                op("zerosLike", (sd, x, w, i) -> sd.zerosLike(w).add(w)),
                op("onesLike", (sd, x, w, i) -> sd.onesLike(w).mul(w)),
                op("identity", (sd, x, w, i) -> sd.identity(w).mul(sd.identity(x))),
                op("assign", (sd, x, w, i) -> sd.assign(x, w).mul(x)),
                op("shape", (sd, x, w, i) -> x.shape().castTo(DataType.DOUBLE).mul(w.sum())),
                op("reshape to a shape", (sd, x, w, i) -> sd.reshape(w.mul(2), x.shape())),
                op("replaceWhere", (sd, x, w, i) -> sd.replaceWhere(w, x, Conditions.greaterThan(0))),
                op("cumsum", (sd, x, w, i) -> sd.cumsum(w, false, false, 1)),
                op("reverse", (sd, x, w, i) -> sd.reverse(w, 1)),
                op("absoluteDifference", (sd, x, w, i) -> sd.loss().absoluteDifference("l", x, w, null)),
                op("meanSquaredError", (sd, x, w, i) -> sd.loss().meanSquaredError("l", x, w, null)),
                op(
                        "softmaxCrossEntropy",
                        (sd, x, w, i) ->
                                sd.loss().softmaxCrossEntropy("l", sd.nn().softmax(x, 1), w, null)),
                op("sparseSoftmaxCrossEntropy", (sd, x, w, i) -> sd.loss().sparseSoftmaxCrossEntropy("l", w, i)),
                op(
                        "sigmoidCrossEntropy",
                        (sd, x, w, i) ->
                                sd.loss().sigmoidCrossEntropy("l", sd.nn().sigmoid(x), w, null)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ops")
    void isAsSameDiffComputesIt(String name, Expression expression) {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
        SDVariable indices = sd.placeHolder("indices", DataType.INT32, -1);
        INDArray weights = numbers(1);
        SDVariable w = sd.var("w", weights);
        SDVariable y = expression.of(sd, x, w, indices);
        SDVariable again = sd.math().tanh(y); // reads y once more, after the loss has
        y.mul(0.5).add(again).castTo(DataType.DOUBLE).sum("loss");

        List<String> forward = List.of(y.name(), again.name(), "loss");
        List<String> backward = new ArrayList<>(forward);
        backward.addAll(Gradients.add(sd, "loss", List.of("w")).values());
        try (Nd4jKernels kernels = new Nd4jKernels();
                KernelSession forwardSession = new KernelSession(sd, kernels);
                KernelSession backwardSession = new KernelSession(sd, kernels)) {
            for (int seed = 2; seed < 5; seed++) {
                Map<String, INDArray> placeholders =
                        Map.of("x", numbers(seed), "indices", Nd4j.createFromArray(seed % 3, (seed + 1) % 3, 0));
                Map<String, INDArray> before = copies(placeholders);
                assertEqual(forwardSession.run(placeholders, forward), sd.output(placeholders, forward));
                assertEqual(backwardSession.run(placeholders, backward), sd.output(placeholders, backward));
                assertThat(placeholders).isEqualTo(before);
                weights.addi(numbers(-seed)); // as an optimiser does
            }
        }
    }

    private static void assertEqual(Map<String, INDArray> actual, Map<String, INDArray> expected) {
        expected.forEach((name, value) -> {
            assertThat(actual.get(name).shape()).as(name).isEqualTo(value.shape());
            assertThat(actual.get(name)).as(name).isEqualTo(value);
        });
    }

    private static Map<String, INDArray> copies(Map<String, INDArray> arrays) {
        Map<String, INDArray> copies = new LinkedHashMap<>();
        arrays.forEach((name, array) -> copies.put(name, array.dup()));
        return copies;
    }

    /** [3, 4] */
    private static INDArray numbers(long seed) {
        return Nd4j.createFromArray(new Random(seed).doubles(12, -2, 2).toArray())
                .reshape(3, 4);
    }
}

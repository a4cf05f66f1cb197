package io.github.finessl.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.github.finessl.kernel.Activation;
import io.github.finessl.kernel.nd4j.Nd4jKernels;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Who owns the arrays of a session, and until when. */
class KernelSessionTest {
    private final TestGraph g = new TestGraph();

    /** With an output that nothing reads, and one that only an op reads that nobody asks for. */
    private SDVariable graph() {
        SDVariable x = g.sd().placeHolder("x", DataType.DOUBLE, -1, 4, 6);
        FrozenNorm norm = new FrozenNorm(g.constant("gain", 6), g.constant("bias", 6), 1e-5);
        SDVariable y = FrozenMlp.of(
                "y",
                LayerNormalisation.of("h", x, norm),
                norm,
                new FrozenMlp.Layer(g.constant("w1", 6, 18), g.constant("b1", 18)),
                Activation.QUICK_GELU,
                new FrozenMlp.Layer(g.constant("w2", 18, 6), g.constant("b2", 6)),
                true);
        String op = g.sd().getVariables().get(y.name()).getOutputOfOp();
        String kept = g.sd().getOps().get(op).getOutputsOfOp().get(1);
        g.sd().math().neg("unwanted", g.sd().getVariable(kept));
        return y;
    }

    @Test
    void resultsStayUntilTheNextRun() {
        String y = graph().name();
        try (Nd4jKernels kernels = new Nd4jKernels();
                KernelSession session = new KernelSession(g.sd(), kernels)) {
            INDArray x = g.normal(2, 4, 6);
            INDArray first = session.run(Map.of("x", x), List.of(y)).get(y);
            INDArray copy = first.dup();
            session.run(Map.of("x", g.normal(2, 4, 6)), List.of(y));
            assertThat(first).isNotEqualTo(copy);
            assertThat(session.run(Map.of("x", x), List.of(y)).get(y))
                    .isSameAs(first)
                    .isEqualTo(copy);
        }
    }

    @Test
    void everyFurtherRunOfTheSameShapeAllocatesNothing() {
        String y = graph().name();
        try (Nd4jKernels kernels = new Nd4jKernels();
                KernelSession session = new KernelSession(g.sd(), kernels)) {
            session.run(Map.of("x", g.normal(2, 4, 6)), List.of(y));
            assertThat(session.allocations()).isEqualTo(2); // not what a backward pass would read
            session.run(Map.of("x", g.normal(3, 4, 6)), List.of(y));
            for (int i = 0; i < 10; i++) {
                session.run(Map.of("x", g.normal(2 + i % 2, 4, 6)), List.of(y));
            }
            assertThat(session.allocations()).isEqualTo(4);
        }
    }

    @Test
    void theLastFourShapesAreKept() {
        String y = graph().name();
        try (Nd4jKernels kernels = new Nd4jKernels();
                KernelSession session = new KernelSession(g.sd(), kernels)) {
            for (int size : new int[] {1, 2, 3, 4, 1, 5, 1, 3, 4, 5}) {
                session.run(Map.of("x", g.normal(size, 4, 6)), List.of(y));
            }
            assertThat(session.allocations()).isEqualTo(5 * 2);
            session.run(Map.of("x", g.normal(2, 4, 6)), List.of(y));
            assertThat(session.allocations()).isEqualTo(6 * 2);
        }
    }

    @Test
    void anArrayServesAgainOnceItsLastReaderHasRun() {
        SDVariable x = g.sd().placeHolder("x", DataType.DOUBLE, -1, 3);
        SDVariable y = x;
        for (int i = 0; i < 10; i++) {
            y = y.add(y.mul(2));
        }
        try (Nd4jKernels kernels = new Nd4jKernels();
                KernelSession session = new KernelSession(g.sd(), kernels)) {
            INDArray ones = Nd4j.ones(DataType.DOUBLE, 2, 3);
            assertThat(session.run(Map.of("x", ones), List.of(y.name())).get(y.name()))
                    .isEqualTo(Nd4j.valueArrayOf(new long[] {2, 3}, Math.pow(3, 10), DataType.DOUBLE));
            assertThat(session.allocations()).isEqualTo(3);
            assertThat(ones.sumNumber().doubleValue()).isEqualTo(6);
        }
    }

    @Test
    void whatIsNotComputedIsHandedThrough() {
        SDVariable x = g.sd().placeHolder("x", DataType.DOUBLE, -1, 3);
        SDVariable w = g.variable("w", 2, 3);
        String y = x.mul(w).name();
        List<String> wanted = List.of("x", "w", y);
        try (Nd4jKernels kernels = new Nd4jKernels();
                KernelSession session = new KernelSession(g.sd(), kernels)) {
            for (int i = 0; i < 3; i++) {
                INDArray images = g.normal(2, 3);
                w.setArray(g.normal(2, 3));
                INDArray weights = w.getArr();
                assertThat(session.run(Map.of("x", images), wanted))
                        .isEqualTo(Map.of("x", images, "w", weights, y, images.mul(weights)));
                weights.addi(1);
                INDArray floats = images.castTo(DataType.FLOAT);
                assertThat(session.run(Map.of("x", floats), wanted).get(y))
                        .isEqualTo(floats.castTo(DataType.DOUBLE).mul(weights));
            }
            assertThat(session.allocations()).isEqualTo(1);
        }
    }

    @Test
    void shapesMayFollowValues() {
        SDVariable x = g.sd().placeHolder("x", DataType.DOUBLE, -1);
        String y = g.sd().where(x.gt(1)).castTo(DataType.DOUBLE).mul(2).name();
        try (Nd4jKernels kernels = new Nd4jKernels();
                KernelSession session = new KernelSession(g.sd(), kernels)) {
            for (double third : new double[] {0, 0, 2, 2, 0}) {
                INDArray places = session.run(Map.of("x", Nd4j.createFromArray(0, 2, third)), List.of(y))
                        .get(y);
                assertThat(places.toDoubleMatrix())
                        .isDeepEqualTo(third > 1 ? new double[][] {{2}, {4}} : new double[][] {{2}});
            }
        }
    }

    @Test
    void saysWhatItCannotDo() {
        SDVariable x = g.sd().placeHolder("x", DataType.DOUBLE, -1);
        SDVariable branch = g.sd().switchOp(x, x.sum().gt(0))[1];
        try (Nd4jKernels kernels = new Nd4jKernels();
                KernelSession session = new KernelSession(g.sd(), kernels)) {
            assertThatThrownBy(() -> session.run(Map.of("x", g.normal(3)), List.of(branch.name())))
                    .hasMessage("a KernelSession cannot execute switch, an op switch");
            assertThatThrownBy(() -> session.run(Map.of(), List.of(x.mul(2).name())))
                    .hasMessage("no array for x");
            assertThatThrownBy(() -> session.run(Map.of(), List.of("typo")))
                    .hasMessage("the graph has no variable typo");
        }
    }

    @Test
    void everyOpIsInTheProfile() {
        String y = graph().name();
        OpProfile profile = new OpProfile();
        try (Nd4jKernels kernels = new Nd4jKernels();
                KernelSession session = new KernelSession(g.sd(), kernels)) {
            session.profile(profile);
            session.run(Map.of("x", g.normal(2, 4, 6)), List.of(y));
            session.run(Map.of("x", g.normal(2, 4, 6)), List.of(y));
            session.profile(null);
            session.run(Map.of("x", g.normal(2, 4, 6)), List.of(y));
        }
        assertThat(profile.entries())
                .extracting(OpProfile.Entry::op, OpProfile.Entry::calls)
                .containsExactlyInAnyOrder(tuple("finessl_layer_normalisation", 2L), tuple("finessl_frozen_mlp", 2L));
    }
}

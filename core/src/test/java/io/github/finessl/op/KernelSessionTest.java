package io.github.finessl.op;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.kernel.Activation;
import io.github.finessl.kernel.Nd4jKernels;
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
        SDVariable y = FrozenMlp.of(
                "y",
                x,
                new FrozenNorm(g.constant("gain", 6), g.constant("bias", 6), 1e-5),
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
    void resultsStayUntilTheyAreGivenBack() {
        String y = graph().name();
        try (Nd4jKernels kernels = new Nd4jKernels();
                KernelSession session = new KernelSession(g.sd(), kernels)) {
            Map<String, INDArray> first = session.run(Map.of("x", g.normal(2, 4, 6)), List.of(y));
            INDArray copy = first.get(y).dup();
            Map<String, INDArray> second = session.run(Map.of("x", g.normal(2, 4, 6)), List.of(y));
            assertThat(first.get(y)).isEqualTo(copy).isNotSameAs(second.get(y));
            assertThat(second.get(y)).isNotEqualTo(copy);
            session.release(first);
            assertThat(session.run(Map.of("x", Nd4j.ones(2, 4, 6).castTo(copy.dataType())), List.of(y))
                            .get(y))
                    .isSameAs(first.get(y));
        }
    }

    @Test
    void everyFurtherRunOfTheSameShapeAllocatesNothing() {
        String y = graph().name();
        try (Nd4jKernels kernels = new Nd4jKernels();
                KernelSession session = new KernelSession(g.sd(), kernels)) {
            session.release(session.run(Map.of("x", g.normal(2, 4, 6)), List.of(y)));
            session.release(session.run(Map.of("x", g.normal(3, 4, 6)), List.of(y)));
            long allocations = session.allocations();
            for (int i = 0; i < 10; i++) {
                session.release(session.run(Map.of("x", g.normal(2 + i % 2, 4, 6)), List.of(y)));
            }
            assertThat(session.allocations()).isEqualTo(allocations).isPositive();
        }
    }
}

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

/** Who owns the arrays of a session, and until when. */
class KernelSessionTest {
    private final TestGraph g = new TestGraph();

    /** With an output that nothing reads, and one that only an op reads that nobody asks for. */
    private SDVariable graph() {
        SDVariable x = g.sd().placeHolder("x", DataType.DOUBLE, -1, 4, 6);
        SDVariable qkv = FrozenLinear.of("qkv", x, g.constant("w", 6, 18), g.constant("b", 18), Activation.QUICK_GELU);
        SDVariable y = PromptAttention.of("y", qkv, null, 2, true);
        String op = g.sd().getVariables().get(y.name()).getOutputOfOp();
        String logSumExp = g.sd().getOps().get(op).getOutputsOfOp().get(1);
        g.sd().math().neg("unwanted", g.sd().getVariable(logSumExp));
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
            session.run(Map.of("x", g.normal(3, 4, 6)), List.of(y));
            long allocations = session.allocations();
            for (int i = 0; i < 10; i++) {
                session.run(Map.of("x", g.normal(2 + i % 2, 4, 6)), List.of(y));
            }
            assertThat(session.allocations()).isEqualTo(allocations).isPositive();
        }
    }
}

package io.github.finessl.op;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.kernel.nd4j.Nd4jKernels;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A small graph in double precision with a scalar named {@code loss}, run through the project's session. */
public final class TestGraph {
    private static final double STEP = 1e-5;

    private final SameDiff sd = SameDiff.create();
    private final Map<String, INDArray> variables = new LinkedHashMap<>();
    private final Map<String, INDArray> placeholders = new LinkedHashMap<>();
    private final Random random = new Random(7);

    public TestGraph() {
        KernelOps.register();
    }

    public SameDiff sd() {
        return sd;
    }

    /** Something that gets a gradient. */
    public SDVariable variable(String name, INDArray value) {
        INDArray own = value.castTo(DataType.DOUBLE).dup('c');
        variables.put(name, own);
        return sd.var(name, own);
    }

    public SDVariable variable(String name, long... shape) {
        return variable(name, normal(shape));
    }

    public SDVariable constant(String name, INDArray value) {
        return sd.constant(name, value);
    }

    public SDVariable constant(String name, long... shape) {
        return sd.constant(name, normal(shape));
    }

    public SDVariable classIndices(String name, int... classIndices) {
        return sd.constant(name, Nd4j.createFromArray(classIndices));
    }

    /** The value of a placeholder that the graph has. */
    public TestGraph feed(String name, INDArray value) {
        placeholders.put(name, value);
        return this;
    }

    /** Normally distributed numbers, the same in every run. */
    public INDArray normal(long... shape) {
        double[] values = new double[(int) Arrays.stream(shape).reduce(1, Math::multiplyExact)];
        Arrays.setAll(values, i -> random.nextGaussian());
        return Nd4j.createFromArray(values).reshape(shape);
    }

    /** The loss Σ output ⊙ random numbers. */
    public TestGraph weighted(SDVariable output, long... shape) {
        return weighted(output, normal(shape));
    }

    /** The loss Σ output ⊙ upstream. */
    public TestGraph weighted(SDVariable output, INDArray upstream) {
        output.mul(sd.constant("upstream", upstream)).sum("loss");
        return this;
    }

    public double loss() {
        return value("loss").getDouble(0);
    }

    public INDArray value(String name) {
        return run(sd, List.of(name)).get(name);
    }

    /** The gradients of all variables; zeros for those that the loss does not depend on. */
    public Map<String, INDArray> gradients() {
        Map<String, String> names = Gradients.add(sd, "loss", variables.keySet());
        Map<String, INDArray> values = run(sd, List.copyOf(names.values()));
        Map<String, INDArray> gradients = new LinkedHashMap<>();
        variables.forEach((name, value) ->
                gradients.put(name, names.containsKey(name) ? values.get(names.get(name)) : value.like()));
        return gradients;
    }

    private Map<String, INDArray> run(SameDiff graph, List<String> outputs) {
        try (Nd4jKernels kernels = new Nd4jKernels();
                KernelSession session = new KernelSession(graph, kernels)) {
            Map<String, INDArray> copies = new LinkedHashMap<>();
            session.run(placeholders, outputs).forEach((name, value) -> copies.put(name, value.dup('c')));
            return copies;
        }
    }

    /** Checks every entry of every variable's gradient against central differences. */
    public void assertGradientsAreThoseOfDifferences() {
        Map<String, INDArray> gradients = gradients();
        assertThat(gradients).isNotEmpty();
        try (Nd4jKernels kernels = new Nd4jKernels();
                KernelSession session = new KernelSession(sd, kernels)) {
            variables.forEach((name, value) -> {
                INDArray gradient = gradients.get(name);
                assertThat(gradient.shape()).as("shape of d" + name).isEqualTo(value.shape());
                for (long i = 0; i < value.length(); i++) {
                    double x = value.getDouble(i);
                    double above = lossAt(session, value, i, x + STEP);
                    double below = lossAt(session, value, i, x - STEP);
                    value.putScalar(i, x);
                    double expected = (above - below) / (2 * STEP);
                    assertThat(gradient.getDouble(i))
                            .as("dL/d" + name + "[" + i + "]")
                            .isCloseTo(expected, Offset.offset(2e-8 * Math.max(1, Math.abs(expected))));
                }
            });
        }
    }

    private double lossAt(KernelSession session, INDArray value, long index, double x) {
        value.putScalar(index, x);
        return session.run(placeholders, List.of("loss")).get("loss").getDouble(0);
    }
}

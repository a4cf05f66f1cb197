package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A scaled sum a + factor·s·b: a and b of one shape, a fixed factor, and a learnable scale s [1] or none. */
public final class AddScaled extends KernelOp {

    /** Constructor for SameDiff alone. */
    public AddScaled() {}

    private AddScaled(SameDiff sd, double factor, List<SDVariable> inputs) {
        super(sd, inputs.toArray(SDVariable[]::new));
        addTArgument(factor);
    }

    /** Adds a + factor·b, without a learnable scale, to the graph of {@code a}. */
    public static SDVariable of(String name, SDVariable a, double factor, SDVariable b) {
        return of(name, a, factor, Optional.empty(), b);
    }

    /** Adds the op to the graph of {@code a}. */
    public static SDVariable of(String name, SDVariable a, double factor, Optional<SDVariable> scale, SDVariable b) {
        List<SDVariable> inputs = new ArrayList<>(List.of(a, b));
        scale.ifPresent(inputs::add);
        return new AddScaled(a.getSameDiff(), factor, inputs).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(inputs.get(0).shape());
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        double scale = inputs.size() > 2 ? inputs.get(2).getDouble(0) : 1;
        INDArray sum = outputs.get(0);
        if (tArgs()[0] * scale == 1) {
            inputs.get(0).addi(inputs.get(1), sum);
        } else {
            inputs.get(1).muli(tArgs()[0] * scale, sum);
            sum.addi(inputs.get(0));
        }
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        SDVariable dy = gradients.get(0);
        if (args().length == 2 && tArguments.get(0) == 1) {
            return List.of(dy, dy);
        }
        List<SDVariable> inputs = new ArrayList<>(List.of(args()).subList(1, args().length));
        inputs.add(dy);
        List<SDVariable> result = new ArrayList<>(List.of(dy));
        result.addAll(List.of(new Backward(sameDiff, tArguments.get(0), inputs).outputVariables())
                .subList(0, args().length - 1));
        return result;
    }

    /**
     * The gradients of a scaled sum with respect to b and the scale; inputs are b, the scale where there is one, and
     * the result's gradient.
     */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, double factor, List<SDVariable> inputs) {
            super(sd, inputs.toArray(SDVariable[]::new));
            addTArgument(factor);
        }

        @Override
        public int getNumOutputs() {
            return 2;
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return List.of(inputs.get(0).shape(), new long[] {1});
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            INDArray dy = inputs.get(inputs.size() - 1);
            double scale = inputs.size() > 2 ? inputs.get(1).getDouble(0) : 1;
            if (outputs.get(0) != null) {
                dy.muli(tArgs()[0] * scale, outputs.get(0));
            }
            write(
                    outputs.get(1),
                    () -> Nd4j.scalar(dy.dataType(), Nd4j.getBlasWrapper().dot(inputs.get(0), dy) * tArgs()[0]));
        }
    }
}

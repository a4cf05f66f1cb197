package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import java.util.List;
import java.util.SplittableRandom;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Dropout: in a training pass, each entry is 0 with probability p, else divided by 1 - p; in evaluation nothing changes.
 *
 * <p>The mask follows from the number of the pass and the op's own number alone, so a run that goes on from a checkpoint
 * draws the same ones. A second output holds it.
 */
public final class Dropout extends KernelOp {
    private static final int BITS = 16;

    /** Constructor for SameDiff alone. */
    public Dropout() {}

    private Dropout(SameDiff sd, double probability, int number, SDVariable... inputs) {
        super(sd, inputs);
        addTArgument(probability);
        addIArgument(number);
    }

    /**
     * Adds the op to the graph of {@code x}.
     *
     * @param pass a whole number [1]: 0 in evaluation, another one for each training pass
     * @param number one of its own for each dropout of a graph, from 0 on
     */
    public static SDVariable of(String name, SDVariable x, double probability, SDVariable pass, int number) {
        return new Dropout(x.getSameDiff(), probability, number, x, pass).outputVariables(name)[0];
    }

    @Override
    public int getNumOutputs() {
        return 2;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        long[] shape = inputs.get(0).shape();
        return List.of(shape, shape);
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        INDArray x = inputs.get(0);
        long pass = inputs.get(1).getLong(0);
        if (pass == 0) {
            outputs.get(0).assign(x);
            write(outputs.get(1), () -> x.like().assign(1));
            return;
        }
        INDArray mask = outputs.get(1) == null ? x.ulike() : outputs.get(1);
        long seed = new SplittableRandom(pass).nextLong() + iArgs()[0];
        draw(mask, new SplittableRandom(seed).split(), tArgs()[0]);
        x.muli(mask, outputs.get(0));
    }

    /** Four entries of each random number, 16 bits each. */
    private static void draw(INDArray mask, SplittableRandom random, double probability) {
        long dropped = Math.round(probability * (1 << BITS));
        float kept = (float) (1 / (1 - probability));
        float[] values = new float[Math.toIntExact(mask.length())];
        long bits = 0;
        for (int i = 0; i < values.length; i++) {
            bits = i % 4 == 0 ? random.nextLong() : bits >>> BITS;
            values[i] = (bits & 0xffff) < dropped ? 0 : kept;
        }
        mask.assign(Nd4j.create(values, mask.shape(), 'c'));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        SDVariable dx = new Backward(sameDiff, gradients.get(0), outputVariables()[1]).outputVariables()[0];
        return List.of(dx, noGradient(arg(1)));
    }

    /** The gradient of dropout; inputs are the result's gradient and the mask. */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, SDVariable... inputs) {
            super(sd, inputs);
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return List.of(inputs.get(0).shape());
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            inputs.get(0).muli(inputs.get(1), outputs.get(0));
        }
    }
}

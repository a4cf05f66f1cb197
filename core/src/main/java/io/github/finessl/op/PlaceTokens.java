package io.github.finessl.op;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import io.github.finessl.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The tokens of embedded patches that a norm has changed before they get their places: [class token + its position;
 * registers; patches + their positions]. {@link EmbedPatches} does the same where there is no such norm.
 *
 * <p>Inputs: patches [B, n, D], positions [1 + n, D], class token [D], registers [R, D]; output [B, 1 + R + n, D]. Without a
 * class token the positions are [n, D]; it and the registers are left out of the inputs where there are none. All may be
 * trained.
 */
public final class PlaceTokens extends KernelOp {

    /** Constructor for SameDiff alone. */
    public PlaceTokens() {}

    private PlaceTokens(SameDiff sd, boolean classToken, boolean registers, List<SDVariable> inputs) {
        super(sd, inputs.toArray(SDVariable[]::new));
        addBArgument(classToken, registers);
    }

    /** Adds the op to the graph of {@code patches}. */
    public static SDVariable of(
            String name,
            SDVariable patches,
            SDVariable positions,
            Optional<SDVariable> classToken,
            Optional<SDVariable> registers) {
        List<SDVariable> inputs = new ArrayList<>(List.of(patches, positions));
        classToken.ifPresent(inputs::add);
        registers.ifPresent(inputs::add);
        return new PlaceTokens(patches.getSameDiff(), classToken.isPresent(), registers.isPresent(), inputs)
                .outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        INDArray positions = inputs.get(1);
        long registers = bArgs()[1] ? inputs.get(inputs.size() - 1).size(0) : 0;
        return List.of(new long[] {inputs.get(0).size(0), positions.size(0) + registers, positions.size(1)});
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        INDArray patches = inputs.get(0);
        INDArray positions = inputs.get(1);
        INDArray tokens = outputs.get(0);
        long before = tokens.size(1) - patches.size(1);
        long classTokens = bArgs()[0] ? 1 : 0;
        INDArray ofPatches = positions.get(interval(classTokens, positions.size(0)), all());
        for (long b = 0; b < tokens.size(0); b++) {
            INDArray image = tokens.get(point(b), all(), all());
            if (bArgs()[0]) {
                image.getRow(0).assign(inputs.get(2)).addi(positions.getRow(0));
            }
            if (bArgs()[1]) {
                image.get(interval(classTokens, before), all()).assign(inputs.get(inputs.size() - 1));
            }
            image.get(interval(before, tokens.size(1)), all())
                    .assign(patches.get(point(b), all(), all()))
                    .addi(ofPatches);
        }
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        List<SDVariable> inputs = new ArrayList<>(List.of(args()));
        inputs.add(gradients.get(0));
        return unlessFrozen(new Backward(sameDiff, bArgs(), inputs).outputVariables());
    }

    /** The gradients of placing tokens with respect to all inputs, which are those of the op, and the result's gradient. */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, boolean[] settings, List<SDVariable> inputs) {
            super(sd, inputs.toArray(SDVariable[]::new));
            addBArgument(settings);
        }

        @Override
        public int getNumOutputs() {
            return Math.max(1, args().length - 1);
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return inputs.subList(0, inputs.size() - 1).stream()
                    .map(INDArray::shape)
                    .toList();
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            INDArray gradient = inputs.get(inputs.size() - 1);
            long tokens = gradient.size(1);
            long before = tokens - inputs.get(0).size(1);
            long classTokens = bArgs()[0] ? 1 : 0;
            write(outputs.get(0), () -> gradient.get(all(), interval(before, tokens), all()));
            INDArray sum = gradient.sum(0);
            if (outputs.get(1) != null) {
                INDArray positions = outputs.get(1);
                positions
                        .get(interval(classTokens, positions.size(0)), all())
                        .assign(sum.get(interval(before, tokens), all()));
                if (bArgs()[0]) {
                    positions.getRow(0).assign(sum.getRow(0));
                }
            }
            if (bArgs()[0]) {
                write(outputs.get(2), () -> sum.getRow(0));
            }
            if (bArgs()[1]) {
                write(outputs.get(outputs.size() - 1), () -> sum.get(interval(classTokens, before), all()));
            }
        }
    }
}

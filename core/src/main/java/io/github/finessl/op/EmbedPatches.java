package io.github.finessl.op;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import io.github.finessl.kernel.Affine;
import io.github.finessl.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The embedding of images as tokens: [class token + its position; registers; patches·E + bias + their positions].
 *
 * <p>Inputs: images [B, 3, H, W], E [3·p·q, D], bias [D], positions [1 + n, D], class token [D], registers [R, D]; output
 * [B, 1 + R + n, D]. Without a class token the positions are [n, D]; it and the registers are left out of the inputs where
 * there are none. All but the images may be trained.
 */
public final class EmbedPatches extends KernelOp {

    /** Constructor for SameDiff alone. */
    public EmbedPatches() {}

    private EmbedPatches(
            SameDiff sd,
            int patchHeight,
            int patchWidth,
            boolean classToken,
            boolean registers,
            boolean trained,
            List<SDVariable> inputs) {
        super(sd, inputs.toArray(SDVariable[]::new));
        addIArgument(patchHeight, patchWidth);
        addBArgument(classToken, registers, trained);
    }

    /** Adds the op to the graph of {@code images}. */
    public static SDVariable of(
            String name,
            int patchHeight,
            int patchWidth,
            SDVariable images,
            SDVariable weight,
            SDVariable bias,
            Optional<SDVariable> classToken,
            Optional<SDVariable> registers,
            SDVariable positions) {
        List<SDVariable> inputs = new ArrayList<>(List.of(images, weight, bias, positions));
        classToken.ifPresent(inputs::add);
        registers.ifPresent(inputs::add);
        return new EmbedPatches(
                        images.getSameDiff(),
                        patchHeight,
                        patchWidth,
                        classToken.isPresent(),
                        registers.isPresent(),
                        !weight.isConstant(),
                        inputs)
                .outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        INDArray positions = inputs.get(3);
        long registers = bArgs()[1] ? inputs.get(inputs.size() - 1).size(0) : 0;
        return List.of(new long[] {inputs.get(0).size(0), positions.size(0) + registers, positions.size(1)});
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        kernels.embedPatches(
                inputs.get(0),
                (int) iArgs()[0],
                (int) iArgs()[1],
                new Affine(inputs.get(1), inputs.get(2), bArgs()[2]),
                bArgs()[0] ? inputs.get(4) : null,
                bArgs()[1] ? inputs.get(inputs.size() - 1) : null,
                inputs.get(3),
                outputs.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        List<SDVariable> inputs = new ArrayList<>(List.of(args()));
        inputs.add(gradients.get(0));
        SDVariable[] computed = new Backward(sameDiff, this, inputs).outputVariables();
        return unlessFrozen(Stream.concat(Stream.of(noGradient(arg(0))), Stream.of(computed))
                .toArray(SDVariable[]::new));
    }

    /**
     * The gradients of patch embedding with respect to all inputs but the images; inputs are those of the op, and the
     * result's gradient.
     */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, EmbedPatches forward, List<SDVariable> inputs) {
            super(sd, inputs.toArray(SDVariable[]::new));
            addIArgument(forward.iArgs());
            addBArgument(forward.bArgs());
        }

        @Override
        public int getNumOutputs() {
            return Math.max(1, args().length - 2);
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return inputs.subList(1, inputs.size() - 1).stream()
                    .map(INDArray::shape)
                    .toList();
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            INDArray images = inputs.get(0);
            INDArray dTokens = inputs.get(inputs.size() - 1);
            long classTokens = bArgs()[0] ? 1 : 0;
            INDArray positions = inputs.get(3);
            long patches = positions.size(0) - classTokens;
            long tokens = dTokens.size(1);
            long width = dTokens.size(2);
            INDArray sum = Nd4j.createUninitialized(dTokens.dataType(), tokens, width);
            kernels.layers().sumRows(dTokens.reshape(images.size(0), tokens * width), sum.reshape(tokens * width));
            INDArray ofPatches = sum.get(interval(tokens - patches, tokens), all());
            if (outputs.get(0) != null) {
                INDArray dPatches = dTokens.get(all(), interval(tokens - patches, tokens), all())
                        .dup('c');
                kernels.layers()
                        .patchGradient(images, (int) iArgs()[0], (int) iArgs()[1], rows(dPatches), outputs.get(0));
            }
            if (outputs.get(1) != null) {
                kernels.layers().sumRows(ofPatches, outputs.get(1));
            }
            if (outputs.get(2) != null) {
                outputs.get(2)
                        .get(interval(classTokens, positions.size(0)), all())
                        .assign(ofPatches);
                if (bArgs()[0]) {
                    outputs.get(2).getRow(0).assign(sum.getRow(0));
                }
            }
            if (bArgs()[0]) {
                write(outputs.get(3), () -> sum.getRow(0));
            }
            if (bArgs()[1]) {
                write(outputs.get(outputs.size() - 1), () -> sum.get(interval(classTokens, tokens - patches), all()));
            }
        }
    }
}

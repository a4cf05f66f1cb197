package io.github.finessl.op;

import io.github.finessl.kernel.Affine;
import io.github.finessl.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Images to tokens: [class token + its position; registers; patches·E + bias + their positions].
 *
 * <p>Inputs: images [B, 3, H, W], E [3·p·q, D], bias [D], positions [1 + n, D], class token [D], registers [R, D]; output
 * [B, 1 + R + n, D]. Without a class token the positions are [n, D]; it and the registers are left out of the inputs where
 * there are none. All of it is frozen and nothing trainable lies below, so there is no gradient.
 */
public final class EmbedPatches extends KernelOp {

    /** For SameDiff alone. */
    public EmbedPatches() {}

    private EmbedPatches(
            SameDiff sd,
            int patchHeight,
            int patchWidth,
            boolean classToken,
            boolean registers,
            List<SDVariable> inputs) {
        super(sd, inputs.toArray(SDVariable[]::new));
        addIArgument(patchHeight, patchWidth);
        addBArgument(classToken, registers);
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
                        inputs)
                .outputVariables(name)[0];
    }

    @Override
    public String opName() {
        return "finessl_embed_patches";
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
                new Affine(inputs.get(1), inputs.get(2)),
                bArgs()[0] ? inputs.get(4) : null,
                bArgs()[1] ? inputs.get(inputs.size() - 1) : null,
                inputs.get(3),
                outputs.get(0));
    }
}

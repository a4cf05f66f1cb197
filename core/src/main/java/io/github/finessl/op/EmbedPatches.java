package io.github.finessl.op;

import io.github.finessl.kernel.Affine;
import io.github.finessl.kernel.Kernels;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Images to tokens: [class token; patches·E + bias] + positions.
 *
 * <p>Inputs: images [B, 3, H, W], E [3·p·q, D], bias [D], class token [D], positions [1 + n, D]; output [B, 1 + n, D].
 * All of it is frozen and nothing trainable lies below, so there is no gradient.
 */
public final class EmbedPatches extends KernelOp {

    /** For SameDiff alone. */
    public EmbedPatches() {}

    private EmbedPatches(SameDiff sd, int patchHeight, int patchWidth, SDVariable... inputs) {
        super(sd, inputs);
        addIArgument(patchHeight, patchWidth);
    }

    /** Adds the op to the graph of {@code images}. */
    public static SDVariable of(
            String name,
            int patchHeight,
            int patchWidth,
            SDVariable images,
            SDVariable weight,
            SDVariable bias,
            SDVariable classToken,
            SDVariable positions) {
        SameDiff sd = images.getSameDiff();
        return new EmbedPatches(sd, patchHeight, patchWidth, images, weight, bias, classToken, positions)
                .outputVariables(name)[0];
    }

    @Override
    public String opName() {
        return "finessl_embed_patches";
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        INDArray positions = inputs.get(4);
        return List.of(new long[] {inputs.get(0).size(0), positions.size(0), positions.size(1)});
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        kernels.embedPatches(
                inputs.get(0),
                (int) iArgs()[0],
                (int) iArgs()[1],
                new Affine(inputs.get(1), inputs.get(2)),
                inputs.get(3),
                inputs.get(4),
                outputs.get(0));
    }
}

package io.github.finessl.op;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import io.github.finessl.kernel.Activation;
import io.github.finessl.kernel.Kernels;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

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
        INDArray images = inputs.get(0);
        INDArray classToken = inputs.get(3);
        INDArray positions = inputs.get(4);
        INDArray tokens = outputs.get(0);
        long p = iArguments.get(0);
        long q = iArguments.get(1);
        long channels = images.size(1);
        long rows = images.size(2) / p;
        long columns = images.size(3) / q;

        INDArray first = classToken.add(positions.getRow(0));
        INDArray patchPositions = positions.get(interval(1, positions.size(0)), all());
        INDArray patches = Nd4j.createUninitialized(images.dataType(), rows * columns, channels * p * q);
        INDArray scattered = patches.reshape(rows, columns, channels, p, q);
        for (long b = 0; b < images.size(0); b++) {
            INDArray image = images.get(point(b), all(), all(), all()).reshape(channels, rows, p, columns, q);
            scattered.assign(image.permute(1, 3, 0, 2, 4));
            INDArray imageTokens = tokens.get(point(b), all(), all());
            imageTokens.getRow(0).assign(first);
            kernels.linear(
                    patches,
                    inputs.get(1),
                    inputs.get(2),
                    Activation.IDENTITY,
                    patchPositions,
                    null,
                    imageTokens.get(interval(1, tokens.size(1)), all()));
        }
        patches.close();
    }
}

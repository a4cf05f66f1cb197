package io.github.finessl.export;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.QueryKey;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * A block's deep prompts as attention sees them: keys and values that depend on no image.
 *
 * @param keys [1, h, P, D/h], normed where the block norms keys
 * @param values likewise
 */
record PromptTokens(INDArray keys, INDArray values) {

    /**
     * Computes both in double precision.
     *
     * @param prompt [P, D]
     */
    static PromptTokens of(INDArray prompt, Block block, int heads) {
        long width = prompt.size(1);
        INDArray projected =
                normed(prompt, block.norm1()).mmul(block.qkv().weight().castTo(DataType.DOUBLE)); // [P, 3·D]
        block.qkv().bias().ifPresent(bias -> projected.addiRowVector(bias.castTo(DataType.DOUBLE)));
        Optional<LayerNorm> keyNorm = block.qk().flatMap(QueryKey::keyNorm);
        INDArray keys = part(projected, 1, width);
        return new PromptTokens(
                heads(keyNorm.map(norm -> headsNormed(keys, norm)).orElse(keys), heads),
                heads(part(projected, 2, width), heads));
    }

    private static INDArray part(INDArray projected, int part, long width) {
        return projected.get(all(), interval(part * width, (part + 1) * width)).dup('c');
    }

    /** A norm as wide as a head norms every head by itself. */
    private static INDArray headsNormed(INDArray keys, LayerNorm norm) {
        long width = norm.gain().length();
        return normed(keys.reshape('c', keys.length() / width, width), norm).reshape('c', keys.shape());
    }

    private static INDArray normed(INDArray rows, LayerNorm norm) {
        INDArray x = rows.castTo(DataType.DOUBLE);
        INDArray centred = norm.centred() ? x.subColumnVector(x.mean(true, 1)) : x;
        INDArray deviation = Transforms.sqrt(centred.mul(centred).mean(true, 1).addi(norm.epsilon()), false);
        return centred.divColumnVector(deviation)
                .muliRowVector(norm.gain().castTo(DataType.DOUBLE))
                .addiRowVector(norm.bias().castTo(DataType.DOUBLE));
    }

    /** [P, D] to [1, h, P, D/h]. */
    private static INDArray heads(INDArray tokens, int heads) {
        long prompts = tokens.size(0);
        return tokens.reshape('c', 1, prompts, heads, tokens.size(1) / heads)
                .permute(0, 2, 1, 3)
                .dup('c');
    }
}

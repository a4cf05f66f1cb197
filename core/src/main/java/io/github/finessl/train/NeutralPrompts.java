package io.github.finessl.train;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Deep prompts that a block's queries hardly attend to, so that the first step sees nearly the features of the frozen
 * encoder, which a head was made for.
 *
 * <p>A prompt meets the queries as the key of u, what the block's norm makes of it but for its gain and bias. In head h the
 * mean query q̄ of images gives it the logit a_h·u + const, with a_h = gain ⊙ (W_K q̄_h)/√d. A patch token's u is moved by
 * the shortest vector that lowers this logit by δ = {@value #LOWERED} in every head, and made a norm's output again. So
 * prompts get about e^-δ of the attention that patch tokens in their place would get: little enough not to matter, enough for a
 * gradient.
 */
final class NeutralPrompts {
    private static final double LOWERED = 4;

    private NeutralPrompts() {}

    /**
     * Moves prompts to where they are hardly attended to.
     *
     * @param tokens patch tokens [P, D] at the block's input
     * @param blockInput all tokens [B, T, D] of some images there
     * @param deviation of each prompt's values, which the norm takes away again: the smaller, the faster prompts learn
     */
    static INDArray of(INDArray tokens, INDArray blockInput, Block block, int heads, double deviation) {
        INDArray logits = logits(blockInput, block, heads);
        INDArray products = logits.mmul(logits.transpose());
        INDArray shares = Nd4j.linalg().solve(products, Nd4j.ones(DataType.FLOAT, heads, 1));
        INDArray shortest = shares.transpose().mmul(logits); // [1, D], whose product with every a_h is 1
        INDArray moved = normalised(tokens, block.norm1()).subiRowVector(shortest.muli(LOWERED));
        return normalised(moved, block.norm1()).muli(deviation);
    }

    /** The vectors a_h [h, D], without what they have in common with (1, .., 1), to which every u is orthogonal. */
    private static INDArray logits(INDArray blockInput, Block block, int heads) {
        int width = (int) blockInput.size(2);
        int each = width / heads;
        INDArray gain = block.norm1().gain().reshape(1, width);
        INDArray weight = block.qkv().weight();
        INDArray meanQuery = normalised(blockInput.reshape(-1, width), block.norm1())
                .mean(true, 0)
                .muli(gain)
                .addi(block.norm1().bias().reshape(1, width))
                .mmul(weight.get(all(), interval(0, width)));
        block.qkv()
                .bias()
                .ifPresent(bias -> meanQuery.addi(bias.get(interval(0, width)).reshape(1, width)));
        INDArray logits = Nd4j.create(heads, width);
        for (int h = 0; h < heads; h++) {
            INDArray keys = weight.get(all(), interval(width + h * each, width + (h + 1) * each)); // [D, d]
            INDArray query = meanQuery.get(all(), interval(h * each, (h + 1) * each)); // [1, d]
            logits.putRow(h, query.mmul(keys.transpose()).muli(gain).divi(Math.sqrt(each)));
        }
        return logits.subiColumnVector(logits.mean(true, 1));
    }

    /** Rows of mean 0 and variance 1, as a layer norm makes them before its gain and bias. */
    private static INDArray normalised(INDArray rows, LayerNorm norm) {
        INDArray centred = rows.subColumnVector(rows.mean(true, 1));
        INDArray variance = centred.mul(centred).mean(true, 1);
        return centred.diviColumnVector(Transforms.sqrt(variance.addi(norm.epsilon())));
    }
}

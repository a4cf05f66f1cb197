package io.github.finessl.encoder;

import io.github.finessl.kernel.Activation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A vision transformer: tokens (class token, registers, patches), positions, optional pre-norm, blocks, pooling, final
 * norm.
 *
 * <p>All weights are f32 and c-ordered, linear weights as [in, out]. A gain for each channel of a residual branch
 * (LayerScale) is part of the linear layer before it, which is exact: γ ⊙ (x·W + b) = x·(W·diag γ) + γ ⊙ b. Features are
 * what {@code pooling} says; {@code head} is the linear layer that the file has behind them (CLIP's projection, a
 * classifier) and takes no part in training; a softmax or normalisation after it is left out.
 *
 * @param imageHeight input height in pixels; {@code imageWidth} likewise
 * @param patchHeight patch height in pixels; {@code patchWidth} likewise
 * @param heads attention heads
 * @param patches [3·patchHeight·patchWidth, D]: the patch convolution as a matrix over (channel, row, column)
 * @param classToken [D], the first token, where the encoder has one
 * @param registers [R, D]: further tokens between the class token and the patches (register tokens, a distillation
 *     token), if any; positions that a file gives them are added in
 * @param positions of the class token, where there is one, then of the patches, [1 + patches an image, D] or [patches an
 *     image, D]
 * @param preNorm the norm before the first block (CLIP), if any
 * @param layerScale whether the file has a LayerScale (DINOv2, DeiT III), which says something about its training
 * @param finalNorm applied to the class token, to the mean of the tokens or to each of them, as {@code pooling} says
 * @param head projection or classifier behind the features, if the file has one
 */
public record VisionTransformer(
        int imageHeight,
        int imageWidth,
        int patchHeight,
        int patchWidth,
        int heads,
        Linear patches,
        Optional<INDArray> classToken,
        Optional<INDArray> registers,
        INDArray positions,
        Optional<LayerNorm> preNorm,
        List<Block> blocks,
        boolean layerScale,
        Pooling pooling,
        LayerNorm finalNorm,
        Optional<Linear> head,
        String sha256)
        implements Encoder {

    /** A linear layer x·weight + bias; weight [in, out], bias [out] where there is one. */
    public record Linear(INDArray weight, Optional<INDArray> bias) {}

    /** A layer norm: gain ⊙ normalised x + bias; gain and bias [D]. */
    public record LayerNorm(INDArray gain, INDArray bias, double epsilon) {}

    /**
     * A pre-norm block: x += out(attention(qkv(norm1 x))); x += fc2(act(fc1(norm2 x))).
     *
     * @param qkv [D, 3·D], columns in the order q, k, v, each grouped by head
     */
    public record Block(
            LayerNorm norm1, Linear qkv, Linear out, LayerNorm norm2, Linear fc1, Activation activation, Linear fc2) {}

    /** The width D of the tokens. */
    public int width() {
        return (int) positions.size(1);
    }

    @Override
    public Map<String, INDArray> parameters() {
        Map<String, INDArray> all = new LinkedHashMap<>();
        put(all, "patches", patches);
        classToken.ifPresent(token -> all.put("classToken", token));
        registers.ifPresent(tokens -> all.put("registers", tokens));
        all.put("positions", positions);
        preNorm.ifPresent(norm -> put(all, "preNorm", norm));
        for (int b = 0; b < blocks.size(); b++) {
            Block block = blocks.get(b);
            String prefix = "block." + b;
            put(all, prefix + ".norm1", block.norm1());
            put(all, prefix + ".qkv", block.qkv());
            put(all, prefix + ".out", block.out());
            put(all, prefix + ".norm2", block.norm2());
            put(all, prefix + ".fc1", block.fc1());
            put(all, prefix + ".fc2", block.fc2());
        }
        put(all, "finalNorm", finalNorm);
        return all;
    }

    private static void put(Map<String, INDArray> all, String name, Linear linear) {
        all.put(name + ".weight", linear.weight());
        linear.bias().ifPresent(bias -> all.put(name + ".bias", bias));
    }

    private static void put(Map<String, INDArray> all, String name, LayerNorm norm) {
        all.put(name + ".gain", norm.gain());
        all.put(name + ".bias", norm.bias());
    }

    @Override
    public int featureWidth() {
        return width();
    }

    /** The number of tokens in front of the patches: the class token, where there is one, and registers. */
    public int tokensBeforePatches() {
        return (int) ((classToken.isPresent() ? 1 : 0)
                + registers.map(r -> r.size(0)).orElse(0L));
    }

    /** The number of tokens of an image: class token, registers and patches. */
    public int tokens() {
        return (int) (positions.size(0) + registers.map(r -> r.size(0)).orElse(0L));
    }

    /**
     * This encoder for square images of another size, its positions resampled as timm does it: bicubic with
     * antialiasing, class token and registers kept as they are.
     *
     * @throws IllegalArgumentException if the patches do not divide the image
     */
    @Override
    public VisionTransformer atResolution(int pixels) {
        if (pixels == imageHeight && pixels == imageWidth) {
            return this;
        }
        if (pixels <= 0 || pixels % patchHeight != 0 || pixels % patchWidth != 0) {
            throw new IllegalArgumentException("expected a resolution that patches of " + patchHeight + "×" + patchWidth
                    + " pixels divide, found " + pixels);
        }
        INDArray resampled = PositionInterpolation.resample(
                positions,
                classToken.isPresent() ? 1 : 0,
                imageHeight / patchHeight,
                imageWidth / patchWidth,
                pixels / patchHeight,
                pixels / patchWidth);
        return new VisionTransformer(
                pixels,
                pixels,
                patchHeight,
                patchWidth,
                heads,
                patches,
                classToken,
                registers,
                resampled,
                preNorm,
                blocks,
                layerScale,
                pooling,
                finalNorm,
                head,
                sha256);
    }
}

package io.github.finessl.encoder;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import io.github.finessl.kernel.Activation;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

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
 * @param embedding what makes the first block's tokens of an image
 * @param layerScale whether the file has a LayerScale (DINOv2, DeiT III), which says something about its training
 * @param finalNorm applied to the class token, to the mean of the tokens or to each of them, as {@code pooling} says, if
 *     any
 * @param pooledNorm one more norm, of what the tokens are pooled to (BLIP, CoCa), if any
 * @param head projection or classifier behind the features, if the file has one
 * @param pixels what is known about the pixels that it takes
 */
public record VisionTransformer(
        int imageHeight,
        int imageWidth,
        int patchHeight,
        int patchWidth,
        int heads,
        Embedding embedding,
        List<Block> blocks,
        boolean layerScale,
        Pooling pooling,
        Optional<LayerNorm> finalNorm,
        Optional<LayerNorm> pooledNorm,
        Optional<Linear> head,
        String sha256,
        PixelInput pixels)
        implements Encoder {

    /**
     * What makes tokens of an image: class token, registers and embedded patches, with their positions.
     *
     * @param patches [3·patchHeight·patchWidth, D]: the patch convolution as a matrix over (channel, row, column)
     * @param patchNorm the norm of the embedded patches, before positions are added (AIMv2), if any
     * @param classToken [D], the first token, where the encoder has one
     * @param registers [R, D]: further tokens between the class token and the patches (register tokens, a distillation
     *     token), if any; positions that a file gives them are added in
     * @param positions of the class token, where there is one, then of the patches, [1 + patches an image, D] or [patches
     *     an image, D]; none where the file adds none (DINOv3, which rotates queries and keys)
     * @param preNorm the norm before the first block (CLIP), if any
     */
    public record Embedding(
            Linear patches,
            Optional<LayerNorm> patchNorm,
            Optional<INDArray> classToken,
            Optional<INDArray> registers,
            Optional<INDArray> positions,
            Optional<LayerNorm> preNorm) {

        /** The number of tokens in front of the patches: the class token, where there is one, and registers. */
        public int tokensBeforePatches() {
            return (int) ((classToken.isPresent() ? 1 : 0)
                    + registers.map(r -> r.size(0)).orElse(0L));
        }

        private Embedding onGrid(int rows, int columns, int newRows, int newColumns) {
            return new Embedding(
                    patches,
                    patchNorm,
                    classToken,
                    registers,
                    positions.map(table -> PositionInterpolation.resample(
                            table, classToken.isPresent() ? 1 : 0, rows, columns, newRows, newColumns)),
                    preNorm);
        }
    }

    @Override
    public VisionTransformer with(PixelInput known) {
        return new VisionTransformer(
                imageHeight,
                imageWidth,
                patchHeight,
                patchWidth,
                heads,
                embedding,
                blocks,
                layerScale,
                pooling,
                finalNorm,
                pooledNorm,
                head,
                sha256,
                known);
    }

    /** A linear layer x·weight + bias; weight [in, out], bias [out] where there is one. */
    public record Linear(INDArray weight, Optional<INDArray> bias) {}

    /**
     * A layer norm over the last dimension: gain ⊙ (x - mean)/√(variance + ε) + bias, or, not centred, an RMS norm: gain ⊙
     * x/√(mean of x² + ε).
     *
     * @param gain [D]
     * @param bias [D]; an RMS norm has none, and zeros here
     */
    public record LayerNorm(INDArray gain, INDArray bias, double epsilon, boolean centred) {

        /** The usual norm, which takes the mean away. */
        public LayerNorm(INDArray gain, INDArray bias, double epsilon) {
            this(gain, bias, epsilon, true);
        }

        /** An RMS norm. */
        public static LayerNorm rms(INDArray gain, double epsilon) {
            return new LayerNorm(gain, gain.like(), epsilon, false);
        }
    }

    /**
     * A pre-norm block: x += out(attendedNorm(attention(qkv(norm1 x)))); x += mlp(norm2 x).
     *
     * @param qkv [D, 3·D], columns in the order q, k, v, each grouped by head
     * @param qk what happens to queries, keys and scores besides, if anything
     * @param attendedNorm over the heads' results side by side (EVA-02 CLIP's inner attention norm), if any
     */
    public record Block(
            LayerNorm norm1,
            Linear qkv,
            Optional<QueryKey> qk,
            Optional<LayerNorm> attendedNorm,
            Linear out,
            LayerNorm norm2,
            Mlp mlp) {

        /** A block with plain attention. */
        public Block(LayerNorm norm1, Linear qkv, Linear out, LayerNorm norm2, Mlp mlp) {
            this(norm1, qkv, Optional.empty(), Optional.empty(), out, norm2, mlp);
        }
    }

    /**
     * What a block does to queries, keys and scores between projection and softmax, in this order. A norm as wide as a head
     * norms every head by itself (timm's {@code qk_norm}), one D wide all heads together (InternViT). T tokens of an image.
     *
     * @param queryNorm gain and bias [headWidth] or [D]; {@code keyNorm} likewise
     * @param rotation of queries and keys by their tokens' places
     * @param bias [heads, T, T] or [1, T, T], (query, key), added to the scores after their division by √headWidth; a
     *     constant of the file, which is never trained
     */
    public record QueryKey(
            Optional<LayerNorm> queryNorm,
            Optional<LayerNorm> keyNorm,
            Optional<Rotation> rotation,
            Optional<INDArray> bias) {

        /**
         * The bias [.., queries, keys] of the first queries and keys, of which those behind the image's T tokens, prompts,
         * have none: zeros.
         */
        public Optional<INDArray> biasOf(long queries, long keys) {
            return bias.map(table -> {
                long tokens = table.size(1);
                long asking = Math.min(queries, tokens);
                INDArray all = Nd4j.zeros(table.dataType(), table.size(0), queries, keys);
                all.get(all(), interval(0, asking), interval(0, tokens))
                        .assign(table.get(all(), interval(0, asking), all()));
                return all;
            });
        }
    }

    /**
     * Rotary positions in halves: entries i and i + headWidth/2 of a head are turned together, (a, b) to (a·cos - b·sin,
     * b·cos + a·sin). Entries and tokens that are not turned have cos 1 and sin 0.
     *
     * @param cos [heads, T, headWidth/2] or [1, T, headWidth/2]; {@code sin} likewise; constants, which are never trained
     * @param rule the rotation for other grids of patches, where it is known
     */
    public record Rotation(INDArray cos, INDArray sin, Optional<RotationRule> rule) {}

    /** A rule by which a rotation follows from the grid of patches. */
    @FunctionalInterface
    public interface RotationRule {

        /** The rotation of class token, registers and patches for so many rows and columns of patches. */
        Rotation of(int rows, int columns);
    }

    /**
     * An MLP: fc2(innerNorm(act(fc1 x))), or, gated, fc2(innerNorm(act(gate) ⊙ value)) with [gate, value] = fc1 x.
     *
     * @param fc1 [D, hidden], or, gated, [D, 2·hidden], the columns of the gate first
     * @param innerNorm [hidden] (EVA-02), if any
     * @param fc2 [hidden, D]
     */
    public record Mlp(Linear fc1, Activation activation, boolean gated, Optional<LayerNorm> innerNorm, Linear fc2) {

        /** A plain MLP. */
        public Mlp(Linear fc1, Activation activation, Linear fc2) {
            this(fc1, activation, false, Optional.empty(), fc2);
        }
    }

    /** The width D of the tokens. */
    public int width() {
        return (int) embedding.patches().weight().size(1);
    }

    @Override
    public Map<String, INDArray> parameters() {
        Map<String, INDArray> all = new LinkedHashMap<>();
        put(all, "patches", embedding.patches());
        put(all, "patchNorm", embedding.patchNorm());
        embedding.classToken().ifPresent(token -> all.put("classToken", token));
        embedding.registers().ifPresent(tokens -> all.put("registers", tokens));
        embedding.positions().ifPresent(table -> all.put("positions", table));
        put(all, "preNorm", embedding.preNorm());
        for (int b = 0; b < blocks.size(); b++) {
            put(all, "block." + b, blocks.get(b));
        }
        put(all, "finalNorm", finalNorm);
        if (pooling instanceof Pooling.Attention attention) {
            put(all, "pooling", attention);
        }
        put(all, "pooledNorm", pooledNorm);
        return all;
    }

    private static void put(Map<String, INDArray> all, String name, Block block) {
        put(all, name + ".norm1", Optional.of(block.norm1()));
        put(all, name + ".qkv", block.qkv());
        put(all, name + ".queryNorm", block.qk().flatMap(QueryKey::queryNorm));
        put(all, name + ".keyNorm", block.qk().flatMap(QueryKey::keyNorm));
        put(all, name + ".attendedNorm", block.attendedNorm());
        put(all, name + ".out", block.out());
        put(all, name + ".norm2", Optional.of(block.norm2()));
        put(all, name, block.mlp());
    }

    private static void put(Map<String, INDArray> all, String name, Mlp mlp) {
        put(all, name + ".fc1", mlp.fc1());
        put(all, name + ".innerNorm", mlp.innerNorm());
        put(all, name + ".fc2", mlp.fc2());
    }

    private static void put(Map<String, INDArray> all, String name, Pooling.Attention pooling) {
        all.put(name + ".query", pooling.query());
        put(all, name + ".kv", pooling.kv());
        put(all, name + ".keyNorm", pooling.keyNorm());
        put(all, name + ".out", pooling.out());
        pooling.residual().ifPresent(residual -> {
            put(all, name + ".norm", Optional.of(residual.norm()));
            put(all, name, residual.mlp());
        });
    }

    private static void put(Map<String, INDArray> all, String name, Linear linear) {
        all.put(name + ".weight", linear.weight());
        linear.bias().ifPresent(bias -> all.put(name + ".bias", bias));
    }

    private static void put(Map<String, INDArray> all, String name, Optional<LayerNorm> norm) {
        norm.ifPresent(present -> {
            all.put(name + ".gain", present.gain());
            if (present.centred()) {
                all.put(name + ".bias", present.bias());
            }
        });
    }

    @Override
    public int featureWidth() {
        return pooling instanceof Pooling.Attention attention
                ? (int) attention.out().weight().size(1)
                : width();
    }

    /** The number of tokens of an image: class token, registers and patches. */
    public int tokens() {
        return embedding.tokensBeforePatches() + imageHeight / patchHeight * (imageWidth / patchWidth);
    }

    /**
     * This encoder for square images of another size: positions are resampled as timm does it, bicubic with antialiasing,
     * class token and registers kept as they are; rotations follow their rule.
     *
     * @throws IllegalArgumentException if the patches do not divide the image, or something in the file belongs to its own
     *     grid of patches
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
        int rows = pixels / patchHeight;
        int columns = pixels / patchWidth;
        return new VisionTransformer(
                pixels,
                pixels,
                patchHeight,
                patchWidth,
                heads,
                embedding.onGrid(imageHeight / patchHeight, imageWidth / patchWidth, rows, columns),
                onGrid(rows, columns),
                layerScale,
                pooling,
                finalNorm,
                pooledNorm,
                head,
                sha256,
                pixels());
    }

    /** The blocks for another grid of patches; those that turn alike share their rotation. */
    private List<Block> onGrid(int rows, int columns) {
        IdentityHashMap<Rotation, Rotation> turned = new IdentityHashMap<>();
        return blocks.stream()
                .map(block -> onGrid(
                        block, rotation -> turned.computeIfAbsent(rotation, each -> onGrid(each, rows, columns))))
                .toList();
    }

    private Block onGrid(Block block, UnaryOperator<Rotation> turned) {
        return new Block(
                block.norm1(),
                block.qkv(),
                block.qk().map(qk -> onGrid(qk, turned)),
                block.attendedNorm(),
                block.out(),
                block.norm2(),
                block.mlp());
    }

    private QueryKey onGrid(QueryKey qk, UnaryOperator<Rotation> turned) {
        if (qk.bias().isPresent()) {
            throw new IllegalArgumentException(
                    "this encoder adds relative positions to its attention scores, which are known for images of "
                            + imageWidth + "×" + imageHeight + " pixels alone");
        }
        return new QueryKey(qk.queryNorm(), qk.keyNorm(), qk.rotation().map(turned), Optional.empty());
    }

    private Rotation onGrid(Rotation rotation, int rows, int columns) {
        return rotation.rule()
                .orElseThrow(() -> new IllegalArgumentException(
                        "this encoder rotates queries and keys by angles that are known for images of " + imageWidth
                                + "×" + imageHeight + " pixels alone"))
                .of(rows, columns);
    }
}

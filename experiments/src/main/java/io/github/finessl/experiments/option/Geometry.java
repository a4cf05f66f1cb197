package io.github.finessl.experiments.option;

import java.util.List;
import java.util.Locale;

/** Sizes of well-known vision transformers for images of 224 pixels, to be benchmarked with random weights. */
public enum Geometry {
    VIT_B_32(768, 12, 32),
    VIT_B_16(768, 12, 16),
    VIT_TI_16(192, 3, 16);

    /** The number of transformer blocks, the same for all sizes. */
    public static final int DEPTH = 12;

    /** The side of an image in pixels. */
    public static final int IMAGE = 224;

    private final int width;
    private final int heads;
    private final int patch;

    Geometry(int width, int heads, int patch) {
        this.width = width;
        this.heads = heads;
        this.patch = patch;
    }

    /** The length of a token's vector. */
    public int width() {
        return width;
    }

    /** The number of attention heads of a block. */
    public int heads() {
        return heads;
    }

    /** The side of a patch in pixels. */
    public int patch() {
        return patch;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The shapes of a block's weight matrices, as pairs (in, out). */
    public List<long[]> products() {
        long d = width;
        return List.of(new long[] {d, 3 * d}, new long[] {d, d}, new long[] {d, 4 * d}, new long[] {4 * d, d});
    }

    /** The number of tokens of an image, the class token among them. */
    public int tokens() {
        return 1 + (IMAGE / patch) * (IMAGE / patch);
    }

    /**
     * The number of floating-point operations that a FineSSL step needs at least: three views forward, two backward,
     * prompts as keys and values, the last block for the class token alone, no gradient of frozen weights and none
     * below the first block's prompts. A product of [m, k] and [k, n] counts 2·m·k·n; everything else counts nothing.
     *
     * <pre>
     *   L(T)  = 24·D²·T                       q, k, v, output and MLP of a block for T tokens
     *   A(q)  = 4·q·(T + P)·D                 attention of q queries
     *   F     = 2·(T-1)·3p²·D + 11·(L(T) + A(T)) + 4·D²·T + 20·D² + A(1)           forward, an image
     *   B     = 10·(L(T) + 2·A(T)) + 18·D²·T + 6·P·T·D + 4·D²·T + 20·D² + 2·A(1)  backward, an image
     *   step  = batch·(3·F + 2·B)
     * </pre>
     *
     * <p>The first block's attention gives three products of [T, D] and [P, D] a head's worth: the gradients of its
     * prompts' values, of their weights and of their keys. Prompts' keys and values themselves (4·D²·P a block forward
     * and as much backward, once a step) are left out: below 1 % from batch 8 on.
     */
    public double usefulFlops(int batch, int prompts) {
        double d = width;
        double t = tokens();
        double linear = 24 * d * d * t;
        double attention = 4 * t * (t + prompts) * d;
        double lastAttention = 4 * (t + prompts) * d;
        double lastBlock = 4 * d * d * t + 20 * d * d;
        double forward =
                2 * (t - 1) * 3 * patch * patch * d + (DEPTH - 1) * (linear + attention) + lastBlock + lastAttention;
        double backward = (DEPTH - 2) * (linear + 2 * attention)
                + 18 * d * d * t
                + 6 * prompts * t * d
                + lastBlock
                + 2 * lastAttention;
        return batch * (3 * forward + 2 * backward);
    }
}

package io.github.finessl.model;

import io.github.finessl.encoder.PixelInput;
import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.Pooling.ResidualMlp;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.Embedding;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.encoder.VisionTransformer.Mlp;
import io.github.finessl.encoder.VisionTransformer.QueryKey;
import io.github.finessl.encoder.VisionTransformer.Rotation;
import io.github.finessl.kernel.Activation;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Tiny encoders with random weights, each of the structure of a family and more of it than one of the family has: width 12,
 * 2 heads, 2 blocks, images of 16×24 pixels in 2×3 patches, or, where there is everything, of 16×16 pixels.
 */
public final class Structures {
    private static final int WIDTH = 12;
    private static final int HEADS = 2;
    private static final int HEAD = WIDTH / HEADS;
    private static final int HIDDEN = 10;
    private static final int PATCH = 8;

    private final Random random = new Random(17);
    private final int columns;
    private final int patches;

    private Structures(int columns) {
        this.columns = columns;
        this.patches = 2 * columns;
    }

    public static Map<String, VisionTransformer> all() {
        Structures some = new Structures(3);
        Map<String, VisionTransformer> all = new LinkedHashMap<>();
        all.put("DINOv3", some.dinoV3());
        all.put("EVA-02", some.eva02());
        all.put("AIMv2", some.aimV2());
        all.put("SigLIP", some.sigLip());
        all.put("CoCa", some.coCa());
        all.put("BEiT", some.beit());
        all.put("norms of queries and keys", some.normed());
        all.put("BLIP", some.blip(new Pooling.ClassToken()));
        all.put("mean between norms", some.blip(new Pooling.NormThenMean(1)));
        all.put("everything", new Structures(2).everything());
        return all;
    }

    /** Rotated patches, gated MLP, no positions. */
    private VisionTransformer dinoV3() {
        Mlp mlp = new Mlp(linear(WIDTH, 2 * HIDDEN), Activation.SILU, true, Optional.empty(), linear(HIDDEN, WIDTH));
        QueryKey qk = new QueryKey(Optional.empty(), Optional.empty(), Optional.of(rotation(1, 3)), Optional.empty());
        return encoder(
                Optional.empty(),
                true,
                2,
                false,
                () -> new Block(norm(WIDTH), qkv(), Optional.of(qk), Optional.empty(), square(), norm(WIDTH), mlp),
                new Pooling.ClassToken(),
                Optional.of(norm(WIDTH)));
    }

    /** Every head turned by its own angles, norms inside both halves. */
    private VisionTransformer eva02() {
        return encoder(
                Optional.empty(),
                false,
                0,
                true,
                () -> new Block(
                        norm(WIDTH),
                        qkv(),
                        Optional.of(new QueryKey(
                                Optional.empty(), Optional.empty(), Optional.of(rotation(HEADS, 0)), Optional.empty())),
                        Optional.of(norm(WIDTH)),
                        square(),
                        norm(WIDTH),
                        new Mlp(
                                linear(WIDTH, 2 * HIDDEN),
                                Activation.SILU,
                                true,
                                Optional.of(norm(HIDDEN)),
                                linear(HIDDEN, WIDTH))),
                new Pooling.NormThenMean(0),
                Optional.of(norm(WIDTH)));
    }

    /** RMS norms, one of them behind the patches, gated MLP, a constant query. */
    private VisionTransformer aimV2() {
        return encoder(
                Optional.of(rms(WIDTH)),
                true,
                1,
                true,
                () -> new Block(
                        rms(WIDTH),
                        qkv(),
                        square(),
                        rms(WIDTH),
                        new Mlp(
                                linear(WIDTH, 2 * HIDDEN),
                                Activation.GELU_TANH,
                                true,
                                Optional.empty(),
                                linear(HIDDEN, WIDTH))),
                new Pooling.Attention(
                        0,
                        HEADS,
                        values(WIDTH),
                        linear(WIDTH, 2 * WIDTH),
                        Optional.empty(),
                        square(),
                        Optional.empty()),
                Optional.of(rms(WIDTH)));
    }

    /** Plain blocks under attention pooling with an MLP. */
    private VisionTransformer sigLip() {
        return encoder(
                Optional.empty(),
                false,
                0,
                true,
                () -> new Block(norm(WIDTH), qkv(), square(), norm(WIDTH), mlp(WIDTH)),
                new Pooling.Attention(
                        0,
                        HEADS,
                        values(WIDTH),
                        linear(WIDTH, 2 * WIDTH),
                        Optional.empty(),
                        square(),
                        Optional.of(new ResidualMlp(norm(WIDTH), mlp(WIDTH)))),
                Optional.of(norm(WIDTH)));
    }

    /** Attention pooling of another width, a norm behind it, the class token not asked, no norm before it. */
    private VisionTransformer coCa() {
        return encoder(
                Optional.empty(),
                true,
                0,
                true,
                () -> new Block(norm(WIDTH), qkv(), square(), norm(WIDTH), mlp(WIDTH)),
                new Pooling.Attention(
                        1, 2, values(8), linear(WIDTH, 16), Optional.of(norm(4)), linear(8, 9), Optional.empty()),
                Optional.empty(),
                Optional.of(norm(9)));
    }

    /** Plain blocks, and a second norm of what the normed tokens are pooled to. */
    private VisionTransformer blip(Pooling pooling) {
        return encoder(
                Optional.empty(),
                true,
                0,
                true,
                () -> new Block(norm(WIDTH), qkv(), square(), norm(WIDTH), mlp(WIDTH)),
                pooling,
                Optional.of(norm(WIDTH)),
                Optional.of(norm(WIDTH)));
    }

    /** A bias of the scores of every head, no positions, no norm after the blocks. */
    private VisionTransformer beit() {
        return encoder(
                Optional.empty(),
                true,
                0,
                false,
                () -> new Block(
                        norm(WIDTH),
                        qkv(),
                        Optional.of(new QueryKey(
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(values(HEADS, patches + 1, patches + 1)))),
                        Optional.empty(),
                        square(),
                        norm(WIDTH),
                        mlp(WIDTH)),
                new Pooling.ClassToken(),
                Optional.empty());
    }

    /** Queries normed head by head, keys all heads together. */
    private VisionTransformer normed() {
        return encoder(
                Optional.empty(),
                true,
                0,
                true,
                () -> new Block(
                        norm(WIDTH),
                        qkv(),
                        Optional.of(new QueryKey(
                                Optional.of(norm(HEAD)), Optional.of(rms(WIDTH)), Optional.empty(), Optional.empty())),
                        Optional.empty(),
                        square(),
                        norm(WIDTH),
                        new Mlp(linear(WIDTH, HIDDEN), Activation.RELU, linear(HIDDEN, WIDTH))),
                new Pooling.MeanThenNorm(1),
                Optional.of(norm(WIDTH)));
    }

    /** Every slot filled. */
    private VisionTransformer everything() {
        int tokens = patches + 3;
        return encoder(
                Optional.of(norm(WIDTH)),
                true,
                2,
                true,
                () -> new Block(
                        rms(WIDTH),
                        qkv(),
                        Optional.of(new QueryKey(
                                Optional.of(rms(HEAD)),
                                Optional.of(norm(HEAD)),
                                Optional.of(rotation(HEADS, 3)),
                                Optional.of(values(1, tokens, tokens)))),
                        Optional.of(norm(WIDTH)),
                        square(),
                        norm(WIDTH),
                        new Mlp(
                                linear(WIDTH, 2 * HIDDEN),
                                Activation.QUICK_GELU,
                                true,
                                Optional.of(rms(HIDDEN)),
                                linear(HIDDEN, WIDTH))),
                new Pooling.Attention(
                        2,
                        HEADS,
                        values(WIDTH),
                        linear(WIDTH, 2 * WIDTH),
                        Optional.of(rms(HEAD)),
                        square(),
                        Optional.of(new ResidualMlp(rms(WIDTH), mlp(WIDTH)))),
                Optional.of(norm(WIDTH)),
                Optional.of(norm(WIDTH)));
    }

    /** One block of RMS norms and linear layers that have no biases. */
    static VisionTransformer withoutBiases() {
        Structures some = new Structures(2);
        Linear square = new Linear(some.values(WIDTH, WIDTH), Optional.empty());
        return new VisionTransformer(
                PATCH,
                PATCH,
                PATCH,
                PATCH,
                HEADS,
                new Embedding(
                        new Linear(some.values(3 * PATCH * PATCH, WIDTH), Optional.empty()),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()),
                List.of(new Block(
                        some.rms(WIDTH),
                        new Linear(some.values(WIDTH, 3 * WIDTH), Optional.empty()),
                        square,
                        some.rms(WIDTH),
                        new Mlp(square, Activation.SILU, square))),
                false,
                new Pooling.NormThenMean(0),
                Optional.of(some.rms(WIDTH)),
                Optional.empty(),
                Optional.empty(),
                "0".repeat(64),
                PixelInput.UNKNOWN);
    }

    /** An encoder whose patches in row r and column c are turned by r, r + c/2 and r + c. */
    static VisionTransformer rotatedByRule() {
        Structures some = new Structures(3);
        QueryKey qk = new QueryKey(Optional.empty(), Optional.empty(), Optional.of(byRule(2, 3)), Optional.empty());
        return some.encoder(
                Optional.empty(),
                true,
                0,
                false,
                () -> new Block(
                        some.norm(WIDTH),
                        some.qkv(),
                        Optional.of(qk),
                        Optional.empty(),
                        some.square(),
                        some.norm(WIDTH),
                        some.mlp(WIDTH)),
                new Pooling.ClassToken(),
                Optional.of(some.norm(WIDTH)));
    }

    private static Rotation byRule(int rows, int columns) {
        INDArray angles = Nd4j.zeros(DataType.FLOAT, 1, 1 + rows * columns, 3);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                for (int i = 0; i < 3; i++) {
                    angles.putScalar(new int[] {0, 1 + r * columns + c, i}, r + .5 * i * c);
                }
            }
        }
        return new Rotation(
                Transforms.cos(angles, true), Transforms.sin(angles, true), Optional.of(Structures::byRule));
    }

    private interface Blocks {
        Block next();
    }

    private VisionTransformer encoder(
            Optional<LayerNorm> patchNorm,
            boolean classToken,
            int registers,
            boolean positions,
            Blocks blocks,
            Pooling pooling,
            Optional<LayerNorm> finalNorm) {
        return encoder(patchNorm, classToken, registers, positions, blocks, pooling, finalNorm, Optional.empty());
    }

    private VisionTransformer encoder(
            Optional<LayerNorm> patchNorm,
            boolean classToken,
            int registers,
            boolean positions,
            Blocks blocks,
            Pooling pooling,
            Optional<LayerNorm> finalNorm,
            Optional<LayerNorm> pooledNorm) {
        return new VisionTransformer(
                2 * PATCH,
                columns * PATCH,
                PATCH,
                PATCH,
                HEADS,
                new Embedding(
                        linear(3 * PATCH * PATCH, WIDTH),
                        patchNorm,
                        classToken ? Optional.of(values(WIDTH)) : Optional.empty(),
                        registers > 0 ? Optional.of(values(registers, WIDTH)) : Optional.empty(),
                        positions ? Optional.of(values(patches + (classToken ? 1 : 0), WIDTH)) : Optional.empty(),
                        Optional.empty()),
                Stream.generate(blocks::next).limit(2).toList(),
                false,
                pooling,
                finalNorm,
                pooledNorm,
                Optional.empty(),
                "0".repeat(64),
                PixelInput.UNKNOWN);
    }

    /** Angles for the patches; the tokens before them are not turned. */
    private Rotation rotation(int groups, int before) {
        INDArray turned = values(groups, patches, HEAD / 2).mul(3);
        INDArray angles =
                before == 0 ? turned : Nd4j.concat(1, Nd4j.zeros(DataType.FLOAT, groups, before, HEAD / 2), turned);
        return new Rotation(Transforms.cos(angles, true), Transforms.sin(angles, true), Optional.empty());
    }

    private Linear qkv() {
        return linear(WIDTH, 3 * WIDTH);
    }

    private Linear square() {
        return linear(WIDTH, WIDTH);
    }

    private Mlp mlp(int width) {
        return new Mlp(linear(width, HIDDEN), Activation.GELU_ERF, linear(HIDDEN, width));
    }

    private Linear linear(int in, int out) {
        return new Linear(
                values(in, out).mul(1.5 / Math.sqrt(in)),
                Optional.of(values(out).mul(.3)));
    }

    private LayerNorm norm(int width) {
        return new LayerNorm(values(width).mul(.3).add(1), values(width).mul(.3), 1e-3);
    }

    private LayerNorm rms(int width) {
        return LayerNorm.rms(values(width).mul(.3).add(1), 1e-3);
    }

    private INDArray values(long... shape) {
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Nd4j.create(values, shape, 'c');
    }
}

package io.github.finessl.model;

import io.github.finessl.Golden;
import io.github.finessl.encoder.PixelInput;
import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.Embedding;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.encoder.VisionTransformer.Mlp;
import io.github.finessl.kernel.Activation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The small CLIP model of {@code golden/small_model/weights}: width 64, 3 blocks, 4 heads, patch 8, image 32. */
public final class SmallClip {
    private static final Golden WEIGHTS = Golden.open("golden/small_model/weights");
    public static final Golden INPUTS = Golden.open("golden/small_model/inputs");

    private SmallClip() {}

    public static VisionTransformer encoder() {
        List<Block> blocks = IntStream.range(0, 3)
                .mapToObj(b -> "visual.transformer.resblocks." + b + ".")
                .map(p -> new Block(
                        norm(p + "ln_1"),
                        linear(p + "attn.in_proj_weight", p + "attn.in_proj_bias"),
                        linear(p + "attn.out_proj.weight", p + "attn.out_proj.bias"),
                        norm(p + "ln_2"),
                        new Mlp(
                                linear(p + "mlp.c_fc.weight", p + "mlp.c_fc.bias"),
                                Activation.QUICK_GELU,
                                linear(p + "mlp.c_proj.weight", p + "mlp.c_proj.bias"))))
                .toList();
        INDArray convolution = weight("visual.conv1.weight");
        return new VisionTransformer(
                32,
                32,
                8,
                8,
                4,
                new Embedding(
                        new Linear(
                                convolution.reshape(64, 3 * 8 * 8).transpose().dup('c'), Optional.empty()),
                        Optional.empty(),
                        Optional.of(weight("visual.class_embedding")),
                        Optional.empty(),
                        Optional.of(weight("visual.positional_embedding")),
                        Optional.of(norm("visual.ln_pre"))),
                blocks,
                false,
                new Pooling.ClassToken(),
                Optional.of(norm("visual.ln_post")),
                Optional.empty(),
                Optional.empty(),
                "0".repeat(64),
                PixelInput.UNKNOWN);
    }

    /** CLIP's, and the same weights as encoders of other kinds: with registers, without class token, pooled by mean. */
    public static Map<String, VisionTransformer> kinds() {
        VisionTransformer clip = encoder();
        Optional<INDArray> registers = Optional.of(Nd4j.createFromArray(tokens(3, 64)));
        Optional<INDArray> ofPatches = clip.embedding()
                .positions()
                .map(table -> table.get(NDArrayIndex.interval(1, clip.tokens()), NDArrayIndex.all())
                        .dup('c'));
        Map<String, VisionTransformer> kinds = new LinkedHashMap<>();
        kinds.put("class token", clip);
        kinds.put(
                "class token and registers",
                like(
                        clip,
                        clip.embedding().classToken(),
                        registers,
                        clip.embedding().positions(),
                        new Pooling.ClassToken()));
        kinds.put(
                "mean of patches, norm",
                like(
                        clip,
                        clip.embedding().classToken(),
                        registers,
                        clip.embedding().positions(),
                        new Pooling.MeanThenNorm(4)));
        kinds.put(
                "norm, mean of all",
                like(
                        clip,
                        clip.embedding().classToken(),
                        Optional.empty(),
                        clip.embedding().positions(),
                        new Pooling.NormThenMean(0)));
        kinds.put(
                "norm, mean without class token",
                like(clip, Optional.empty(), Optional.empty(), ofPatches, new Pooling.NormThenMean(0)));
        kinds.put(
                "mean of patches and registers, norm",
                like(clip, Optional.empty(), registers, ofPatches, new Pooling.MeanThenNorm(0)));
        return kinds;
    }

    /** The same with another activation. */
    public static VisionTransformer with(VisionTransformer vit, Activation activation) {
        List<Block> blocks = vit.blocks().stream()
                .map(block -> new Block(
                        block.norm1(),
                        block.qkv(),
                        block.out(),
                        block.norm2(),
                        new Mlp(block.mlp().fc1(), activation, block.mlp().fc2())))
                .toList();
        return withBlocks(vit, blocks);
    }

    /** The same with other blocks. */
    public static VisionTransformer withBlocks(VisionTransformer vit, List<Block> blocks) {
        return copy(vit, vit.embedding(), blocks, vit.pooling(), vit.finalNorm(), vit.head());
    }

    /** The same with another final norm. */
    public static VisionTransformer withFinalNorm(VisionTransformer vit, LayerNorm norm) {
        return copy(vit, vit.embedding(), vit.blocks(), vit.pooling(), Optional.of(norm), vit.head());
    }

    /** The same with a linear layer behind the features. */
    public static VisionTransformer withHead(VisionTransformer vit, Linear head) {
        return copy(vit, vit.embedding(), vit.blocks(), vit.pooling(), vit.finalNorm(), Optional.of(head));
    }

    private static VisionTransformer like(
            VisionTransformer vit,
            Optional<INDArray> classToken,
            Optional<INDArray> registers,
            Optional<INDArray> positions,
            Pooling pooling) {
        Embedding of = vit.embedding();
        Embedding embedding =
                new Embedding(of.patches(), of.patchNorm(), classToken, registers, positions, of.preNorm());
        return copy(vit, embedding, vit.blocks(), pooling, vit.finalNorm(), vit.head());
    }

    private static VisionTransformer copy(
            VisionTransformer vit,
            Embedding embedding,
            List<Block> blocks,
            Pooling pooling,
            Optional<LayerNorm> finalNorm,
            Optional<Linear> head) {
        return new VisionTransformer(
                vit.imageHeight(),
                vit.imageWidth(),
                vit.patchHeight(),
                vit.patchWidth(),
                vit.heads(),
                embedding,
                blocks,
                vit.layerScale(),
                pooling,
                finalNorm,
                vit.pooledNorm(),
                head,
                vit.sha256(),
                vit.pixels());
    }

    private static double[][] tokens(int rows, int columns) {
        Random random = new Random(5);
        double[][] values = new double[rows][columns];
        for (double[] row : values) {
            java.util.Arrays.setAll(row, i -> random.nextGaussian());
        }
        return values;
    }

    /** The golden start of prompts and heads, without the auxiliary head's, which differs from the main one's. */
    public static Map<String, INDArray> start() {
        Map<String, INDArray> start = prompts();
        start.put(Heads.WEIGHT, weight("tuner.head.weight"));
        start.put(Heads.SCALE, weight("tuner.head.logit_scale"));
        start.put(Heads.AUX_WEIGHT, weight("tuner.head1.weight"));
        start.put(Heads.AUX_SCALE, weight("tuner.head1.logit_scale"));
        return start;
    }

    /** The golden start of deep prompts, five for each block. */
    public static Map<String, INDArray> prompts() {
        Map<String, INDArray> prompts = new LinkedHashMap<>();
        for (int b = 0; b < 3; b++) {
            prompts.put("prompt." + b, weight("tuner.vpt_list." + b + ".prompt"));
        }
        return prompts;
    }

    private static LayerNorm norm(String name) {
        return new LayerNorm(weight(name + ".weight"), weight(name + ".bias"), 1e-5);
    }

    private static Linear linear(String weight, String bias) {
        return new Linear(weight(weight).transpose().dup('c'), Optional.of(weight(bias)));
    }

    static INDArray weight(String name) {
        return array(WEIGHTS, name).castTo(DataType.FLOAT);
    }

    /** A golden array in double precision. */
    public static INDArray array(Golden golden, String name) {
        long[] shape =
                java.util.Arrays.stream(golden.get(name).shape()).asLongStream().toArray();
        return Nd4j.create(golden.get(name).doubles(), shape, DataType.DOUBLE);
    }
}

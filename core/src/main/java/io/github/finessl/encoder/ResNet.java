package io.github.finessl.encoder;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * CLIP's ModifiedResNet (Radford et al., ICML 2021): a stem of convolutions, stages of bottleneck blocks that average
 * where other ResNets skip pixels, and attention pooling in place of a global average. Features are the pooled embedding
 * behind its projection.
 *
 * <p>All weights are f32 and c-ordered.
 *
 * @param imageHeight input height in pixels; {@code imageWidth} likewise
 * @param stem convolutions in front of the first block, each with a ReLU behind it
 * @param stemPool side of the squares that are averaged behind the stem
 * @param stages blocks by stage; the first block of a stage has a convolution in its shortcut
 * @param pixels what is known about the pixels that it takes
 */
public record ResNet(
        int imageHeight,
        int imageWidth,
        List<Convolution> stem,
        int stemPool,
        List<List<Block>> stages,
        AttentionPool pool,
        String sha256,
        PixelInput pixels)
        implements Encoder {

    /** A convolution and the batch norm behind it: norm(weight * x + bias), zeros around x. */
    public static final class Convolution {
        private final INDArray weight;
        private final Optional<INDArray> bias;
        private final Optional<BatchNorm> norm;
        private final int stride;
        private final int padding;
        private Convolution folded;

        /**
         * Creates a convolution.
         *
         * @param weight [out, in, height, width]
         * @param bias [out]; mostly there where the file's exporter has folded the norm into the convolution
         * @param stride in both directions
         * @param padding in pixels on each side
         */
        public Convolution(
                INDArray weight, Optional<INDArray> bias, Optional<BatchNorm> norm, int stride, int padding) {
            this.weight = weight;
            this.bias = bias;
            this.norm = norm;
            this.stride = stride;
            this.padding = padding;
        }

        /** The weight [out, in, height, width]. */
        public INDArray weight() {
            return weight;
        }

        /** The bias [out], if there is one. */
        public Optional<INDArray> bias() {
            return bias;
        }

        /** The batch norm behind the convolution, if there is one. */
        public Optional<BatchNorm> norm() {
            return norm;
        }

        /** The stride in both directions. */
        public int stride() {
            return stride;
        }

        /** The padding with zeros on each side, in pixels. */
        public int padding() {
            return padding;
        }

        /** This convolution with its norm folded into weight and bias: computed once, so that all who ask share it. */
        public synchronized Convolution folded() {
            if (norm.isEmpty()) {
                return this;
            }
            if (folded == null) {
                INDArray scale = norm.get().scale();
                INDArray shift = norm.get().mean().castTo(DataType.DOUBLE).neg();
                bias.ifPresent(b -> shift.addi(b.castTo(DataType.DOUBLE)));
                shift.muli(scale).addi(norm.get().bias().castTo(DataType.DOUBLE));
                INDArray scaled = weight.castTo(DataType.DOUBLE).mul(scale.reshape(scale.length(), 1, 1, 1));
                folded = new Convolution(
                        scaled.castTo(weight.dataType()),
                        Optional.of(shift.castTo(weight.dataType())),
                        Optional.empty(),
                        stride,
                        padding);
            }
            return folded;
        }
    }

    /**
     * A batch norm: gain ⊙ (x − mean) / √(variance + ε) + bias of each channel; all [channels]; mean and variance are
     * running ones.
     */
    public record BatchNorm(INDArray gain, INDArray bias, INDArray mean, INDArray variance, double epsilon) {

        /** The inverse standard deviation 1 / √(variance + ε), in double precision. */
        public INDArray inverseDeviation() {
            return Transforms.sqrt(variance.castTo(DataType.DOUBLE).add(epsilon), false)
                    .rdivi(1);
        }

        /** gain / √(variance + ε), in double precision. */
        INDArray scale() {
            return inverseDeviation().muli(gain.castTo(DataType.DOUBLE));
        }
    }

    /**
     * A bottleneck block: relu(conv3(average(relu(conv2(relu(conv1 x))))) + shortcut(x)), where the shortcut is x
     * itself or downsample(average(x)).
     *
     * @param pool side of the squares that both averages take; 1 for none
     */
    public record Block(
            Convolution conv1, Convolution conv2, Convolution conv3, int pool, Optional<Convolution> downsample) {}

    /**
     * Attention pooling: the mean over all pixels attends to itself and to each pixel, then a projection.
     *
     * @param positions [1 + pixels, D], the mean's first; added to what goes into query, key and value
     * @param query [D, D]; {@code key} and {@code value} likewise, columns grouped by head
     * @param projection [D, features]
     */
    public record AttentionPool(
            INDArray positions,
            VisionTransformer.Linear query,
            VisionTransformer.Linear key,
            VisionTransformer.Linear value,
            VisionTransformer.Linear projection,
            int heads) {}

    @Override
    public int featureWidth() {
        return (int) pool.projection().weight().size(1);
    }

    /**
     * Whether the network has batch norms, which batch norm tuning needs: not in a file whose exporter has folded them.
     */
    public boolean hasNorms() {
        return convolutions().values().stream().anyMatch(c -> c.norm().isPresent());
    }

    /** The total stride: pixels of the image, in each direction, for one of the last stage. */
    public int totalStride() {
        int stride = stemPool;
        for (Convolution c : stem) {
            stride *= c.stride();
        }
        for (List<Block> stage : stages) {
            for (Block b : stage) {
                stride *= b.conv1().stride()
                        * b.conv2().stride()
                        * b.pool()
                        * b.conv3().stride();
            }
        }
        return stride;
    }

    /**
     * Every convolution by name, in network order: {@code stem.0}, {@code block.2.1.conv3} (stage, block, convolution),
     * {@code block.2.0.downsample}.
     */
    public Map<String, Convolution> convolutions() {
        Map<String, Convolution> all = new LinkedHashMap<>();
        for (int i = 0; i < stem.size(); i++) {
            all.put("stem." + i, stem.get(i));
        }
        for (int s = 0; s < stages.size(); s++) {
            for (int b = 0; b < stages.get(s).size(); b++) {
                String name = blockName(s, b);
                Block block = stages.get(s).get(b);
                all.put(name + ".conv1", block.conv1());
                all.put(name + ".conv2", block.conv2());
                all.put(name + ".conv3", block.conv3());
                block.downsample().ifPresent(d -> all.put(name + ".downsample", d));
            }
        }
        return all;
    }

    /** The name of a block. */
    public static String blockName(int stage, int block) {
        return "block." + stage + "." + block;
    }

    /** The name of a convolution's own weight and bias: of {@code stem.0} it is {@code stem.0.conv}. */
    public static String convName(String convolution) {
        return convolution.startsWith("block") && !convolution.endsWith("downsample")
                ? convolution
                : convolution + ".conv";
    }

    /** The name of a convolution's norm: {@code stem.0.norm}, {@code block.2.1.norm3}, {@code block.2.0.downsample.norm}. */
    public static String normName(String convolution) {
        return convolution.startsWith("block") && !convolution.endsWith("downsample")
                ? convolution.replace("conv", "norm")
                : convolution + ".norm";
    }

    /**
     * The running mean and variance of every norm, by name: {@code stem.0.norm.mean}, {@code block.2.1.norm3.variance}.
     */
    public Map<String, INDArray> statistics() {
        Map<String, INDArray> all = new LinkedHashMap<>();
        convolutions()
                .forEach((name, convolution) -> convolution.norm().ifPresent(norm -> {
                    all.put(normName(name) + ".mean", norm.mean());
                    all.put(normName(name) + ".variance", norm.variance());
                }));
        return all;
    }

    /**
     * Every weight that can be trained, by name, in network order: {@code stem.0.conv.weight}, {@code stem.0.norm.gain},
     * {@code block.2.1.conv3.bias}, {@code pool.query.weight} and so on. Running statistics are not trained.
     */
    @Override
    public Map<String, INDArray> parameters() {
        Map<String, INDArray> all = new LinkedHashMap<>();
        convolutions().forEach((name, convolution) -> {
            all.put(convName(name) + ".weight", convolution.weight());
            convolution.bias().ifPresent(b -> all.put(convName(name) + ".bias", b));
            convolution.norm().ifPresent(norm -> {
                all.put(normName(name) + ".gain", norm.gain());
                all.put(normName(name) + ".bias", norm.bias());
            });
        });
        all.put("pool.positions", pool.positions());
        put(all, "pool.query", pool.query());
        put(all, "pool.key", pool.key());
        put(all, "pool.value", pool.value());
        put(all, "pool.projection", pool.projection());
        return all;
    }

    private static void put(Map<String, INDArray> all, String name, VisionTransformer.Linear linear) {
        all.put(name + ".weight", linear.weight());
        linear.bias().ifPresent(b -> all.put(name + ".bias", b));
    }

    @Override
    public ResNet with(PixelInput known) {
        return new ResNet(imageHeight, imageWidth, stem, stemPool, stages, pool, sha256, known);
    }

    /**
     * This encoder for square images of another size, the positions of its pooling resampled like those of a vision
     * transformer.
     *
     * @throws IllegalArgumentException if the network's stride does not divide the image
     */
    @Override
    public ResNet atResolution(int pixels) {
        if (pixels == imageHeight && pixels == imageWidth) {
            return this;
        }
        int stride = totalStride();
        if (pixels <= 0 || pixels % stride != 0) {
            throw new IllegalArgumentException(
                    "expected a resolution that the network's stride of " + stride + " divides, found " + pixels);
        }
        INDArray resampled = PositionInterpolation.resample(
                pool.positions(), 1, imageHeight / stride, imageWidth / stride, pixels / stride, pixels / stride);
        return new ResNet(
                pixels,
                pixels,
                stem,
                stemPool,
                stages,
                new AttentionPool(resampled, pool.query(), pool.key(), pool.value(), pool.projection(), pool.heads()),
                sha256,
                pixels());
    }
}

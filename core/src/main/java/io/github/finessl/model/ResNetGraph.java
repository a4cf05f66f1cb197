package io.github.finessl.model;

import io.github.finessl.encoder.ResNet;
import io.github.finessl.encoder.ResNet.AttentionPool;
import io.github.finessl.encoder.ResNet.Block;
import io.github.finessl.encoder.ResNet.Convolution;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.op.AveragePool;
import io.github.finessl.op.BatchNorm;
import io.github.finessl.op.ChannelsLast;
import io.github.finessl.op.ClassToken;
import io.github.finessl.op.Convolve;
import io.github.finessl.op.Convolve.Geometry;
import io.github.finessl.op.PromptAttention;
import io.github.finessl.op.ScaleAndShift;
import io.github.finessl.op.TokensWithMean;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Emits CLIP's ResNet, what is trained of it as variables and the rest as constants.
 *
 * <p>Norms use their running statistics and, unless they are trained themselves, become part of the convolution in front
 * of them. With batch statistics, trained norms use those of the batch in a training pass, and running ones in an
 * evaluation, as the graph's placeholder {@value #PASS} says.
 */
final class ResNetGraph {
    /** Name of a long scalar: 0 for an evaluation, otherwise a training pass; there if some norm reads it. */
    static final String PASS = "pass";

    private final SameDiff sd;
    private final ResNet resnet;
    private final DataType type;
    private final Map<String, SDVariable> trained;
    private final boolean batchStatistics;
    private final List<Statistics> statistics = new ArrayList<>();

    /**
     * @param trained variables by the names of {@link ResNet#parameters()}, and {@code ssf.X.scale} and {@code ssf.X.shift}
     *     for a scale and shift [channels] behind convolution X and its norm, or behind the {@code features}
     * @param batchStatistics whether trained norms use the statistics of the batch in training
     * @throws IllegalArgumentException for a name of neither kind, or batch statistics without a norm
     */
    ResNetGraph(SameDiff sd, ResNet resnet, DataType type, Map<String, SDVariable> trained, boolean batchStatistics) {
        this.sd = sd;
        this.resnet = resnet;
        this.type = type;
        this.trained = trained;
        this.batchStatistics = batchStatistics;
        if (batchStatistics && !resnet.hasNorms()) {
            throw new IllegalArgumentException(
                    "batch norm tuning needs the encoder's BatchNormalization nodes, but its exporter has folded them into"
                            + " the convolutions: export it with training=TrainingMode.PRESERVE and"
                            + " do_constant_folding=False");
        }
        for (String name : trained.keySet()) {
            if (!resnet.parameters().containsKey(name) && !isScaleOrShift(name)) {
                throw new IllegalArgumentException("the encoder has no parameter " + name);
            }
        }
    }

    private boolean isScaleOrShift(String name) {
        String place = name.replaceFirst("^ssf\\.", "").replaceFirst("\\.(scale|shift)$", "");
        return (name.equals(scaleName(place)) || name.equals(shiftName(place)))
                && (place.equals("features") || resnet.convolutions().containsKey(place));
    }

    /** The parameter that scales the channels behind a convolution and its norm, or the {@code features}. */
    static String scaleName(String place) {
        return "ssf." + place + ".scale";
    }

    /** The parameter that is then added. */
    static String shiftName(String place) {
        return "ssf." + place + ".shift";
    }

    /**
     * A norm that uses the statistics of the batch in training.
     *
     * @param name of the norm, as in the names of its parameters
     * @param mean the running mean [C], which the graph reads in every evaluation; {@code variance} likewise
     * @param batchMean name of the mean [C] that a training pass computes
     * @param batchVariance name of the unbiased variance
     */
    record Statistics(String name, INDArray mean, INDArray variance, String batchMean, String batchVariance) {}

    /**
     * The encoder's outputs.
     *
     * @param features f(x) [B, D]: the embedding behind attention pooling
     * @param statistics of the norms that use those of the batch, in network order
     */
    record Outputs(SDVariable features, List<Statistics> statistics) {}

    /** Adds the encoder to the graph; images [B, 3, H, W]. */
    Outputs build(SDVariable images) {
        SDVariable x = ChannelsLast.of("pixels", images);
        for (int i = 0; i < resnet.stem().size(); i++) {
            x = convolution("stem." + i, resnet.stem().get(i), x, Optional.empty(), true);
        }
        x = averaged("stem.pool", x, resnet.stemPool());
        for (int s = 0; s < resnet.stages().size(); s++) {
            for (int b = 0; b < resnet.stages().get(s).size(); b++) {
                x = block(ResNet.blockName(s, b), resnet.stages().get(s).get(b), x);
            }
        }
        SDVariable pooled = pooled(x, resnet.pool());
        SDVariable features = scaled("features", pooled, Optional.empty(), false);
        return new Outputs(features, statistics);
    }

    /** relu(conv3(average(relu(conv2(relu(conv1 x))))) + shortcut). */
    private SDVariable block(String name, Block block, SDVariable x) {
        SDVariable shortcut = block.downsample()
                .map(d -> convolution(
                        name + ".downsample",
                        d,
                        averaged(name + ".shortcut", x, block.pool()),
                        Optional.empty(),
                        false))
                .orElse(x);
        SDVariable y = convolution(name + ".conv1", block.conv1(), x, Optional.empty(), true);
        y = convolution(name + ".conv2", block.conv2(), y, Optional.empty(), true);
        y = averaged(name + ".pool", y, block.pool());
        return convolution(name + ".conv3", block.conv3(), y, Optional.of(shortcut), true);
    }

    private static SDVariable averaged(String name, SDVariable x, int side) {
        return side == 1 ? x : AveragePool.of(name, x, side);
    }

    /** The mean over all pixels asks, it and the pixels answer. */
    private SDVariable pooled(SDVariable x, AttentionPool pool) {
        SDVariable tokens = TokensWithMean.of("pool.tokens", x, value("pool.positions", pool.positions()));
        SDVariable q = linear("pool.query", pool.query(), ClassToken.of("pool.mean", tokens)); // [B, D]
        SDVariable k = linear("pool.key", pool.key(), tokens); // [B, T, D]
        SDVariable v = linear("pool.value", pool.value(), tokens);
        SDVariable attended = PromptAttention.of("pool.attention", q, k, v, List.of(), pool.heads());
        return linear("pool.projection", pool.projection(), attended);
    }

    private SDVariable linear(String name, Linear linear, SDVariable x) {
        INDArray bias = linear.bias()
                .orElseGet(() -> Nd4j.zeros(DataType.FLOAT, linear.weight().size(1)));
        return Convolve.of(
                name,
                x,
                value(name + ".weight", linear.weight()),
                value(name + ".bias", bias),
                Geometry.POINTWISE,
                Optional.empty(),
                false);
    }

    /** A convolution, its norm, scale and shift behind both, residual, ReLU: whatever there is of it, in this order. */
    private SDVariable convolution(
            String name, Convolution c, SDVariable x, Optional<SDVariable> residual, boolean relu) {
        boolean scaled = trained.containsKey(scaleName(name)) || trained.containsKey(shiftName(name));
        SDVariable y = normed(name, c, x, scaled ? Optional.empty() : residual, !scaled && relu);
        return scaled ? scaled(name, y, residual, relu) : y;
    }

    private SDVariable scaled(String place, SDVariable x, Optional<SDVariable> residual, boolean relu) {
        SDVariable scale = trained.get(scaleName(place));
        SDVariable shift = trained.get(shiftName(place));
        if (scale == null && shift == null) {
            return x;
        } else if (scale == null || shift == null) {
            throw new IllegalArgumentException("a scale and a shift behind " + place + " come together");
        }
        return ScaleAndShift.of("ssf." + place, x, scale, shift, residual, relu);
    }

    private SDVariable normed(String name, Convolution c, SDVariable x, Optional<SDVariable> residual, boolean relu) {
        String conv = ResNet.convName(name);
        INDArray bias =
                c.bias().orElseGet(() -> Nd4j.zeros(DataType.FLOAT, c.weight().size(0)));
        Geometry geometry = new Geometry(c.stride(), c.padding());
        if (c.norm().isEmpty()) {
            return Convolve.of(
                    conv,
                    x,
                    value(conv + ".weight", c.weight()),
                    value(conv + ".bias", bias),
                    geometry,
                    residual,
                    relu);
        }
        ResNet.BatchNorm n = c.norm().get();
        String norm = ResNet.normName(name);
        boolean normTrained = trained.containsKey(norm + ".gain") || trained.containsKey(norm + ".bias");
        if (batchStatistics && normTrained) {
            SDVariable y = Convolve.of(
                    conv,
                    x,
                    value(conv + ".weight", c.weight()),
                    value(conv + ".bias", bias),
                    geometry,
                    Optional.empty(),
                    false);
            return batchNorm(norm, n, y, residual, relu);
        }
        INDArray inverse = Transforms.sqrt(n.variance().castTo(DataType.DOUBLE).add(n.epsilon()), false)
                .rdivi(1);
        INDArray mean = n.mean().castTo(DataType.DOUBLE);
        boolean inside = !trained.containsKey(norm + ".gain") && !trained.containsKey(conv + ".weight");
        if (inside) {
            return folded(name, c, n, bias, inverse, x, residual, relu);
        }
        SDVariable y = Convolve.of(
                conv,
                x,
                value(conv + ".weight", c.weight()),
                value(conv + ".bias", bias),
                geometry,
                Optional.empty(),
                false);
        SDVariable scale = value(norm + ".gain", n.gain()).mul(constant(norm + ".inverse", inverse));
        SDVariable shift = value(norm + ".bias", n.bias()).sub(scale.mul(constant(norm + ".mean", mean)));
        return ScaleAndShift.of(norm, y, scale, shift, residual, relu);
    }

    /** The norm's arithmetic done once, on the weights. */
    private SDVariable folded(
            String name,
            Convolution c,
            ResNet.BatchNorm n,
            INDArray bias,
            INDArray inverse,
            SDVariable x,
            Optional<SDVariable> residual,
            boolean relu) {
        String conv = ResNet.convName(name);
        String norm = ResNet.normName(name);
        INDArray scale = n.gain().castTo(DataType.DOUBLE).mul(inverse); // [out]
        INDArray weight = c.weight().castTo(DataType.DOUBLE).mul(scale.reshape(scale.length(), 1, 1, 1));
        SDVariable shift;
        if (trained.containsKey(norm + ".bias") || trained.containsKey(conv + ".bias")) {
            SDVariable own = value(conv + ".bias", bias);
            shift = own.sub(constant(norm + ".mean", n.mean()))
                    .mul(constant(norm + ".scale", scale))
                    .add(value(norm + ".bias", n.bias()));
        } else {
            shift = constant(
                    conv + ".folded.bias",
                    bias.castTo(DataType.DOUBLE)
                            .sub(n.mean().castTo(DataType.DOUBLE))
                            .muli(scale)
                            .addi(n.bias().castTo(DataType.DOUBLE)));
        }
        return Convolve.of(
                conv,
                x,
                constant(conv + ".folded.weight", weight),
                shift,
                new Geometry(c.stride(), c.padding()),
                residual,
                relu);
    }

    private SDVariable batchNorm(
            String name, ResNet.BatchNorm n, SDVariable x, Optional<SDVariable> residual, boolean relu) {
        SDVariable pass = sd.hasVariable(PASS) ? sd.getVariable(PASS) : sd.placeHolder(PASS, DataType.INT64);
        INDArray mean = n.mean().castTo(type).dup('c');
        INDArray variance = n.variance().castTo(type).dup('c');
        SDVariable[] y = BatchNorm.of(
                name,
                x,
                new BatchNorm.Norm(
                        value(name + ".gain", n.gain()),
                        value(name + ".bias", n.bias()),
                        sd.var(name + ".mean", mean),
                        sd.var(name + ".variance", variance),
                        n.epsilon()),
                pass,
                residual,
                relu);
        statistics.add(new Statistics(name, mean, variance, y[1].name(), y[2].name()));
        return y[0];
    }

    /** A parameter: a variable where it is trained, else a constant. */
    private SDVariable value(String name, INDArray value) {
        SDVariable variable = trained.get(name);
        return variable == null ? constant(name, value) : variable;
    }

    private SDVariable constant(String name, INDArray value) {
        return sd.constant(name, value.castTo(type));
    }
}

package io.github.finessl.model;

import io.github.finessl.encoder.ResNet;
import io.github.finessl.encoder.ResNet.AttentionPool;
import io.github.finessl.encoder.ResNet.Block;
import io.github.finessl.encoder.ResNet.Convolution;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.op.AveragePool;
import io.github.finessl.op.BatchNorm;
import io.github.finessl.op.ChannelAffine;
import io.github.finessl.op.ChannelsLast;
import io.github.finessl.op.ClassToken;
import io.github.finessl.op.Convolve;
import io.github.finessl.op.Convolve.Geometry;
import io.github.finessl.op.LinearLayer;
import io.github.finessl.op.PromptAttention;
import io.github.finessl.op.TokensWithMean;
import io.github.finessl.tuning.ScaleAndShift;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Emits CLIP's ResNet, what is trained of it as variables and the rest as constants.
 *
 * <p>Norms use their running statistics and, unless they are trained themselves, become part of the convolution in front
 * of them. With batch statistics, trained norms use those of the batch in a training pass, and running ones in an
 * evaluation.
 */
final class ResNetGraph implements EncoderGraph {
    private final SameDiff sd;
    private final ResNet resnet;
    private final DataType type;
    private final Map<String, SDVariable> trained;
    private final boolean batchStatistics;
    private final SDVariable pass;
    private final List<Statistics> statistics = new ArrayList<>();

    /**
     * @param trained variables by the names of {@link ResNet#parameters()}, and those of {@link ScaleAndShift}
     *     behind a convolution and its norm
     * @param batchStatistics whether trained norms use the statistics of the batch in training
     * @param pass the number of the pass [1], which norms with batch statistics read
     * @throws IllegalArgumentException for a name of neither kind
     */
    ResNetGraph(
            SameDiff sd,
            ResNet resnet,
            DataType type,
            Map<String, SDVariable> trained,
            boolean batchStatistics,
            SDVariable pass) {
        this.sd = sd;
        this.resnet = resnet;
        this.type = type;
        this.trained = trained;
        this.batchStatistics = batchStatistics;
        this.pass = pass;
        for (String name : trained.keySet()) {
            if (!resnet.parameters().containsKey(name) && !isScaleOrShift(name)) {
                throw new IllegalArgumentException("the encoder has no parameter " + name);
            }
        }
    }

    private boolean isScaleOrShift(String name) {
        return resnet.convolutions().keySet().stream()
                .anyMatch(place -> name.equals(ScaleAndShift.scale(place)) || name.equals(ScaleAndShift.shift(place)));
    }

    @Override
    public Outputs build(SDVariable images) {
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
        return new Outputs(pooled(x, resnet.pool()), List.of(), statistics);
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
        SDVariable attended = PromptAttention.of("pool.attention", q, k, v, List.of(), Optional.empty(), pool.heads());
        return linear("pool.projection", pool.projection(), attended);
    }

    private SDVariable linear(String name, Linear linear, SDVariable x) {
        return LinearLayer.of(
                name,
                x,
                value(name + ".weight", linear.weight()),
                linear.bias().map(bias -> value(name + ".bias", bias)));
    }

    /** A convolution, its norm, scale and shift behind both, residual, ReLU: whatever there is of it, in this order. */
    private SDVariable convolution(
            String name, Convolution c, SDVariable x, Optional<SDVariable> residual, boolean relu) {
        SDVariable scale = trained.get(ScaleAndShift.scale(name));
        if (scale == null) {
            return normed(name, c, x, residual, relu);
        }
        SDVariable y = normed(name, c, x, Optional.empty(), false);
        return ChannelAffine.of("ssf." + name, y, scale, trained.get(ScaleAndShift.shift(name)), residual, relu);
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
        if (!trained.containsKey(norm + ".gain") && !trained.containsKey(conv + ".weight")) {
            return folded(name, c, x, residual, relu);
        }
        SDVariable y = Convolve.of(
                conv,
                x,
                value(conv + ".weight", c.weight()),
                value(conv + ".bias", bias),
                geometry,
                Optional.empty(),
                false);
        SDVariable scale = value(norm + ".gain", n.gain()).mul(constant(norm + ".inverse", n.inverseDeviation()));
        SDVariable shift = value(norm + ".bias", n.bias()).sub(scale.mul(constant(norm + ".mean", n.mean())));
        return ChannelAffine.of(norm, y, scale, shift, residual, relu);
    }

    /** The norm's arithmetic done once, on weight and bias; to the latter trained biases add what they have learnt. */
    private SDVariable folded(String name, Convolution c, SDVariable x, Optional<SDVariable> residual, boolean relu) {
        String conv = ResNet.convName(name);
        String norm = ResNet.normName(name);
        Convolution folded = c.folded();
        SDVariable bias = constant(conv + ".folded.bias", folded.bias().orElseThrow());
        if (trained.containsKey(norm + ".bias")) {
            ResNet.BatchNorm n = c.norm().orElseThrow();
            bias = bias.add(trained.get(norm + ".bias").sub(constant(norm + ".bias.start", n.bias())));
        }
        if (trained.containsKey(conv + ".bias")) {
            INDArray start = c.bias().orElseThrow();
            INDArray scale = c.norm()
                    .map(n -> n.gain().castTo(DataType.DOUBLE).mul(n.inverseDeviation()))
                    .orElseThrow();
            bias = bias.add(trained.get(conv + ".bias")
                    .sub(constant(conv + ".bias.start", start))
                    .mul(constant(conv + ".bias.scale", scale)));
        }
        return Convolve.of(
                conv,
                x,
                constant(conv + ".folded.weight", folded.weight()),
                bias,
                new Geometry(c.stride(), c.padding()),
                residual,
                relu);
    }

    private SDVariable batchNorm(
            String name, ResNet.BatchNorm n, SDVariable x, Optional<SDVariable> residual, boolean relu) {
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
        statistics.add(new Statistics(name + ".mean", mean, y[1].name()));
        statistics.add(new Statistics(name + ".variance", variance, y[2].name()));
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

package io.github.finessl.op;

import java.util.List;
import org.nd4j.imports.converters.ImportClassMapping;

/** The list of custom ops. */
public final class KernelOps {
    private static final List<KernelOp> ALL = List.of(
            new EmbedPatches(),
            new EmbedPatches.Backward(),
            new AppendPrompts(),
            new AppendPrompts.Backward(),
            new ClassToken(),
            new ClassToken.Backward(),
            new LayerNormalisation(),
            new LayerNormalisation.Backward(),
            new LinearLayer(),
            new LinearLayer.Backward(),
            new Rotate(),
            new Gate(),
            new Gate.Backward(),
            new QueryTokens(),
            new QueryTokens.Backward(),
            new PlaceTokens(),
            new PlaceTokens.Backward(),
            new Activate(),
            new Activate.Backward(),
            new ScaleShift(),
            new ScaleShift.Backward(),
            new AddScaled(),
            new AddScaled.Backward(),
            new Dropout(),
            new Dropout.Backward(),
            new MeanTokens(),
            new MeanTokens.Backward(),
            new FrozenLinear(),
            new FrozenLinear.Backward(),
            new FrozenMlp(),
            new FrozenMlp.Backward(),
            new FrozenAttention(),
            new FrozenAttention.Backward(),
            new PromptAttention(),
            new PromptAttention.Backward(),
            new ChannelsLast(),
            new Convolve(),
            new Convolve.Backward(),
            new BatchNorm(),
            new BatchNorm.Backward(),
            new ChannelAffine(),
            new ChannelAffine.Backward(),
            new AveragePool(),
            new AveragePool.Backward(),
            new TokensWithMean(),
            new TokensWithMean.Backward(),
            new CosineHead(),
            new CosineHead.Backward(),
            new BalancedMarginSoftmax(),
            new BalancedMarginSoftmax.Backward(),
            new AuxiliaryLoss(),
            new AuxiliaryLoss.Backward(),
            new Fairness(),
            new Fairness.Backward());

    private KernelOps() {}

    /**
     * Registers the custom ops with SameDiff, which finds an op's class by its name; to be called before a graph is
     * built.
     */
    public static void register() {
        ALL.forEach(op -> ImportClassMapping.getOpNameMapping().put(op.opName(), op));
    }
}

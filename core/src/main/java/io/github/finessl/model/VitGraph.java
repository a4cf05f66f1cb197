package io.github.finessl.model;

import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.op.AppendPrompts;
import io.github.finessl.op.ClassToken;
import io.github.finessl.op.EmbedPatches;
import io.github.finessl.op.FrozenAttention;
import io.github.finessl.op.FrozenLayerNorm;
import io.github.finessl.op.FrozenLinear;
import io.github.finessl.op.FrozenLinear.Columns;
import io.github.finessl.op.FrozenMlp;
import io.github.finessl.op.FrozenMlp.Layer;
import io.github.finessl.op.FrozenNorm;
import io.github.finessl.op.MeanTokens;
import io.github.finessl.op.PromptAttention;
import io.github.finessl.tuning.VisualPrompts;
import io.github.finessl.tuning.VisualPrompts.Placement.Shallow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Emits a vision transformer, its weights as constants, with prompts spliced in. */
final class VitGraph {
    private final SameDiff sd;
    private final VisionTransformer vit;
    private final DataType type;
    private final Map<String, SDVariable> prompts;
    private final boolean shallow;

    /**
     * @param prompts the prompt variables [P, D] by {@link VisualPrompts#parameter}; empty without prompts
     * @param placement of the prompts; ignored without prompts
     */
    VitGraph(
            SameDiff sd,
            VisionTransformer vit,
            DataType type,
            Map<String, SDVariable> prompts,
            Optional<VisualPrompts.Placement> placement) {
        this.sd = sd;
        this.vit = vit;
        this.type = type;
        this.prompts = prompts;
        this.shallow = placement.filter(Shallow.class::isInstance).isPresent();
    }

    /**
     * The encoder's outputs.
     *
     * @param features f(x) [B, D]: the class token after the final norm, or a mean of tokens
     * @param blockInputs the tokens [B, T, D] that enter each block
     */
    record Outputs(SDVariable features, List<SDVariable> blockInputs) {}

    /** Adds the encoder to the graph; images [B, 3, H, W]. */
    Outputs build(SDVariable images) {
        SDVariable x = EmbedPatches.of(
                "embedding",
                vit.patchHeight(),
                vit.patchWidth(),
                images,
                constant("patches.weight", vit.patches().weight()),
                bias("patches.bias", vit.patches()),
                vit.classToken().map(token -> constant("classToken", token)),
                vit.registers().map(registers -> constant("registers", registers)),
                constant("positions", vit.positions()));
        if (vit.preNorm().isPresent()) {
            x = FrozenLayerNorm.of("preNorm", x, norm("preNorm", vit.preNorm().get()));
        }
        if (shallow) {
            x = AppendPrompts.of("tokens.prompted", x, prompts.get(VisualPrompts.parameter(0)));
        }
        List<SDVariable> blockInputs = new ArrayList<>();
        int last = vit.blocks().size() - 1;
        for (int b = 0; b <= last; b++) {
            blockInputs.add(x);
            SDVariable prompt = shallow ? null : prompts.get(VisualPrompts.parameter(b));
            boolean classTokenOnly = b == last && vit.pooling() instanceof Pooling.ClassToken;
            x = block("block." + b, vit.blocks().get(b), x, prompt, classTokenOnly);
        }
        return new Outputs(pooled(x), blockInputs);
    }

    /** The last block's class token [B, D] or tokens [B, T, D] to features [B, D]; prompts are in no mean. */
    private SDVariable pooled(SDVariable x) {
        FrozenNorm norm = norm("features", vit.finalNorm());
        if (vit.pooling() instanceof Pooling.MeanThenNorm mean) {
            return FrozenLayerNorm.of("features", MeanTokens.of("mean", x, mean.first(), vit.tokens()), norm);
        } else if (vit.pooling() instanceof Pooling.NormThenMean mean) {
            SDVariable normed = FrozenLayerNorm.of("finalNorm", x, norm);
            return MeanTokens.of("features", normed, mean.first(), vit.tokens());
        }
        return FrozenLayerNorm.of("features", x, norm);
    }

    /**
     * x += out(attention(norm1 x)); x += fc2(act(fc1(norm2 x))): [B, T, D] to [B, T, D], or, where it alone
     * becomes the features, in the last block to the class token's [B, D].
     */
    private SDVariable block(String name, Block block, SDVariable x, SDVariable prompt, boolean classTokenOnly) {
        long width = vit.width();
        List<Columns> thirds = Columns.thirds(width);
        List<Columns> keyAndValue = thirds.subList(1, 3);
        FrozenNorm norm1 = norm(name + ".norm1", block.norm1());
        Layer qkv = layer(name + ".qkv", block.qkv());
        Layer out = layer(name + ".out", block.out());

        List<SDVariable> prompts = prompt == null
                ? List.of()
                : FrozenLinear.of(name + ".prompt.kv", prompt, norm1, qkv.weight(), qkv.bias(), keyAndValue); // [P, D]
        SDVariable y; // [B, T, D] or [B, D]
        if (classTokenOnly) {
            SDVariable first = ClassToken.of(name + ".class", x);
            SDVariable q = FrozenLinear.of(name + ".q", first, norm1, qkv.weight(), qkv.bias(), thirds.subList(0, 1))
                    .get(0);
            List<SDVariable> kv = FrozenLinear.of(name + ".kv", x, norm1, qkv.weight(), qkv.bias(), keyAndValue);
            SDVariable attended =
                    PromptAttention.of(name + ".attention", q, kv.get(0), kv.get(1), prompts, vit.heads());
            y = FrozenLinear.plusResidual(name + ".out", attended, out.weight(), out.bias(), first);
        } else {
            y = FrozenAttention.of(name + ".attention", x, norm1, qkv, out, prompts, vit.heads());
        }
        return FrozenMlp.of(
                name + ".mlp",
                y,
                norm(name + ".norm2", block.norm2()),
                layer(name + ".fc1", block.fc1()),
                block.activation(),
                layer(name + ".fc2", block.fc2()),
                true);
    }

    private Layer layer(String name, Linear linear) {
        return new Layer(constant(name + ".weight", linear.weight()), bias(name + ".bias", linear));
    }

    private FrozenNorm norm(String name, LayerNorm norm) {
        return new FrozenNorm(
                constant(name + ".gain", norm.gain()), constant(name + ".bias", norm.bias()), norm.epsilon());
    }

    private SDVariable bias(String name, Linear linear) {
        return constant(
                name,
                linear.bias()
                        .orElseGet(
                                () -> Nd4j.zeros(DataType.FLOAT, linear.weight().size(1))));
    }

    private SDVariable constant(String name, INDArray value) {
        return sd.constant(name, value.castTo(type));
    }
}

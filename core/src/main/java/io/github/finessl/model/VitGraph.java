package io.github.finessl.model;

import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.op.AppendPrompts;
import io.github.finessl.op.ClassToken;
import io.github.finessl.op.EmbedPatches;
import io.github.finessl.op.FrozenLayerNorm;
import io.github.finessl.op.FrozenLinear;
import io.github.finessl.op.FrozenLinear.Columns;
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
     * @param features f(x) [B, D]: the class token after the final norm
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
                constant("classToken", vit.classToken()),
                constant("positions", vit.positions()));
        if (vit.preNorm().isPresent()) {
            x = norm("preNorm", x, vit.preNorm().get());
        }
        boolean tokenGradient = false;
        if (shallow) {
            x = AppendPrompts.of("tokens.prompted", x, prompts.get(VisualPrompts.parameter(0)));
            tokenGradient = true;
        }
        List<SDVariable> blockInputs = new ArrayList<>();
        int last = vit.blocks().size() - 1;
        for (int b = 0; b <= last; b++) {
            blockInputs.add(x);
            SDVariable prompt = shallow ? null : prompts.get(VisualPrompts.parameter(b));
            x = block("block." + b, vit.blocks().get(b), x, prompt, b == last, tokenGradient);
            tokenGradient |= prompt != null;
        }
        return new Outputs(norm("features", x, vit.finalNorm()), blockInputs);
    }

    /**
     * x += out(attention(norm1 x)); x += fc2(act(fc1(norm2 x))): [B, T, D] to [B, T, D], or, in the last block, to the
     * class token's [B, D] alone.
     */
    private SDVariable block(
            String name, Block block, SDVariable x, SDVariable prompt, boolean classTokenOnly, boolean tokenGradient) {
        long width = vit.width();
        Columns q = new Columns(0, width);
        Columns kv = new Columns(width, 3 * width);
        SDVariable gain1 = constant(name + ".norm1.gain", block.norm1().gain());
        SDVariable bias1 = constant(name + ".norm1.bias", block.norm1().bias());
        double epsilon = block.norm1().epsilon();
        SDVariable qkvWeight = constant(name + ".qkv.weight", block.qkv().weight());
        SDVariable qkvBias = bias(name + ".qkv.bias", block.qkv());

        SDVariable promptKv = null;
        if (prompt != null) {
            SDVariable p = FrozenLayerNorm.of(name + ".prompt.norm1", prompt, gain1, bias1, epsilon); // [P, D]
            promptKv = FrozenLinear.of(name + ".prompt.kv", p, qkvWeight, qkvBias, kv); // [P, 2·D]
        }

        SDVariable h = FrozenLayerNorm.of(name + ".norm1", x, gain1, bias1, epsilon); // [B, T, D]
        SDVariable attended;
        SDVariable residual = x;
        if (classTokenOnly) {
            residual = ClassToken.of(name + ".residual", x); // [B, D]
            SDVariable query = FrozenLinear.of(
                    name + ".q", ClassToken.of(name + ".norm1.class", h), qkvWeight, qkvBias, q); // [B, D]
            SDVariable keyValue = FrozenLinear.of(name + ".kv", h, qkvWeight, qkvBias, kv); // [B, T, 2·D]
            attended = PromptAttention.ofClassToken(
                    name + ".attention", query, keyValue, promptKv, vit.heads(), tokenGradient); // [B, D]
        } else {
            SDVariable qkv =
                    FrozenLinear.of(name + ".qkv", h, qkvWeight, qkvBias, new Columns(0, 3 * width)); // [B, T, 3·D]
            attended = PromptAttention.of(name + ".attention", qkv, promptKv, vit.heads(), tokenGradient); // [B, T, D]
        }
        SDVariable y = plusResidual(name + ".out", attended, block.out(), residual);
        SDVariable m = norm(name + ".norm2", y, block.norm2());
        SDVariable hidden = FrozenLinear.of(
                name + ".fc1",
                m,
                constant(name + ".fc1.weight", block.fc1().weight()),
                bias(name + ".fc1.bias", block.fc1()),
                block.activation());
        return plusResidual(name + ".fc2", hidden, block.fc2(), y);
    }

    private SDVariable plusResidual(String name, SDVariable x, Linear linear, SDVariable residual) {
        return FrozenLinear.plusResidual(
                name, x, constant(name + ".weight", linear.weight()), bias(name + ".bias", linear), residual);
    }

    private SDVariable norm(String name, SDVariable x, LayerNorm norm) {
        return FrozenLayerNorm.of(
                name, x, constant(name + ".gain", norm.gain()), constant(name + ".bias", norm.bias()), norm.epsilon());
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

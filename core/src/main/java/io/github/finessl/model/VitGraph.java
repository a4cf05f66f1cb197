package io.github.finessl.model;

import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.op.Activate;
import io.github.finessl.op.AddScaled;
import io.github.finessl.op.AppendPrompts;
import io.github.finessl.op.ClassToken;
import io.github.finessl.op.EmbedPatches;
import io.github.finessl.op.FrozenAttention;
import io.github.finessl.op.FrozenLinear;
import io.github.finessl.op.FrozenLinear.Columns;
import io.github.finessl.op.FrozenMlp;
import io.github.finessl.op.FrozenMlp.Layer;
import io.github.finessl.op.FrozenNorm;
import io.github.finessl.op.LayerNormalisation;
import io.github.finessl.op.LinearLayer;
import io.github.finessl.op.MeanTokens;
import io.github.finessl.op.PromptAttention;
import io.github.finessl.tuning.Site;
import io.github.finessl.tuning.TunedGraph;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.VisualPrompts;
import io.github.finessl.tuning.VisualPrompts.Placement.Shallow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Emits a vision transformer: a half of a block is one op where nothing inside of it is tuned. */
final class VitGraph implements EncoderGraph {
    private final SameDiff sd;
    private final VisionTransformer vit;
    private final DataType type;
    private final Tuning tuning;
    private final TunedGraph tuned;
    private final Map<String, SDVariable> trained;
    private final boolean shallow;

    private static final List<Site> QUERY = List.of(Site.QUERY);
    private static final List<Site> KEY_AND_VALUE = List.of(Site.KEY, Site.VALUE);
    private static final List<Site> QUERY_KEY_AND_VALUE = List.of(Site.QUERY, Site.KEY, Site.VALUE);

    VitGraph(
            SameDiff sd,
            VisionTransformer vit,
            DataType type,
            Tuning tuning,
            Map<String, SDVariable> trained,
            SDVariable pass) {
        this.sd = sd;
        this.vit = vit;
        this.type = type;
        this.tuning = tuning;
        this.trained = trained;
        this.shallow = tuning.prompts()
                .filter(prompts -> prompts.placement() instanceof Shallow)
                .isPresent();
        this.tuned = new TunedGraph() {
            @Override
            public SDVariable parameter(String name) {
                return trained.get(name);
            }

            @Override
            public SDVariable pass() {
                return pass;
            }
        };
    }

    @Override
    public Outputs build(SDVariable images) {
        SDVariable x = EmbedPatches.of(
                "embedding",
                vit.patchHeight(),
                vit.patchWidth(),
                images,
                weight("patches.weight", vit.patches().weight()),
                bias("patches.bias", vit.patches()),
                vit.classToken().map(token -> weight("classToken", token)),
                vit.registers().map(registers -> weight("registers", registers)),
                weight("positions", vit.positions().orElseThrow()));
        if (vit.preNorm().isPresent()) {
            x = LayerNormalisation.of(
                    "preNorm", x, norm("preNorm", vit.preNorm().get()));
        }
        if (shallow) {
            x = AppendPrompts.of("tokens.prompted", x, trained.get(VisualPrompts.parameter(0)));
        }
        List<SDVariable> blockInputs = new ArrayList<>();
        int last = vit.blocks().size() - 1;
        for (int b = 0; b <= last; b++) {
            blockInputs.add(x);
            boolean classTokenOnly = b == last && vit.pooling() instanceof Pooling.ClassToken;
            x = mlpHalf(b, attentionHalf(b, x, classTokenOnly));
        }
        return new Outputs(pooled(x), blockInputs, List.of());
    }

    /** The last block's class token [B, D] or tokens [B, T, D] to features [B, D]; prompts are in no mean. */
    private SDVariable pooled(SDVariable x) {
        FrozenNorm norm = norm("finalNorm", vit.finalNorm().orElseThrow());
        if (vit.pooling() instanceof Pooling.MeanThenNorm mean) {
            return LayerNormalisation.of("features", MeanTokens.of("mean", x, mean.first(), vit.tokens()), norm);
        } else if (vit.pooling() instanceof Pooling.NormThenMean mean) {
            SDVariable normal = LayerNormalisation.of("normal", x, norm);
            return MeanTokens.of("features", normal, mean.first(), vit.tokens());
        }
        return LayerNormalisation.of("features", x, norm);
    }

    /**
     * x + out(attention(norm1 x)): [B, T, D] to [B, T, D], or, where it alone becomes the features, in the last block to the
     * class token's [B, D]. One op where nothing inside is tuned.
     */
    private SDVariable attentionHalf(int b, SDVariable x, boolean classTokenOnly) {
        String name = "block." + b;
        Block block = vit.blocks().get(b);
        FrozenNorm norm1 = norm(name + ".norm1", block.norm1());
        Layer qkv = layer(name + ".qkv", block.qkv());
        Layer out = layer(name + ".out", block.out());
        Optional<SDVariable> prompt =
                shallow ? Optional.empty() : Optional.ofNullable(trained.get(VisualPrompts.parameter(b)));

        boolean untouched = frozen(norm1.gain(), norm1.bias(), qkv.weight(), qkv.bias(), out.weight(), out.bias())
                && Collections.disjoint(tuning.sites(), Set.of(Site.QUERY, Site.KEY, Site.VALUE, Site.OUT));
        List<SDVariable> prompts = prompt.map(
                        tokens -> projected(b, name + ".prompt", tokens, KEY_AND_VALUE, norm1, qkv, untouched))
                .orElse(List.of()); // [P, D] each
        if (untouched && !classTokenOnly) {
            return FrozenAttention.of(name + ".attention", x, norm1, qkv, out, prompts, vit.heads());
        }
        SDVariable queried = classTokenOnly ? ClassToken.of(name + ".class", x) : x; // [B, D] or [B, T, D]
        List<SDVariable> qkvs; // queries of the queried tokens, keys and values of all
        if (classTokenOnly) {
            qkvs = new ArrayList<>(projected(b, name + ".q", queried, QUERY, norm1, qkv, untouched));
            qkvs.addAll(projected(b, name + ".kv", x, KEY_AND_VALUE, norm1, qkv, untouched));
        } else {
            qkvs = projected(b, name + ".qkv", x, QUERY_KEY_AND_VALUE, norm1, qkv, untouched);
        }
        SDVariable attended =
                PromptAttention.of(name + ".attention", qkvs.get(0), qkvs.get(1), qkvs.get(2), prompts, vit.heads());
        if (untouched) {
            return FrozenLinear.plusResidual(name + ".out", attended, out.weight(), out.bias(), queried);
        }
        SDVariable y = LinearLayer.of(name + ".out", attended, out.weight(), Optional.of(out.bias()));
        return AddScaled.of(name + ".residual1", queried, 1, adapted(Site.OUT, b, attended, y));
    }

    /** Queries, keys and values of tokens [.., D], of which some are wanted. */
    private List<SDVariable> projected(
            int b, String name, SDVariable tokens, List<Site> wanted, FrozenNorm norm1, Layer qkv, boolean untouched) {
        List<Columns> thirds = Columns.thirds(vit.width());
        List<Columns> columns = wanted.stream()
                .map(site -> thirds.get(QUERY_KEY_AND_VALUE.indexOf(site)))
                .toList();
        if (untouched) {
            return FrozenLinear.of(name, tokens, norm1, qkv.weight(), qkv.bias(), columns);
        }
        SDVariable normal = LayerNormalisation.of(name + ".normal", tokens, norm1);
        List<SDVariable> parts = LinearLayer.of(name, normal, qkv.weight(), Optional.of(qkv.bias()), columns);
        return IntStream.range(0, wanted.size())
                .mapToObj(i -> adapted(wanted.get(i), b, normal, parts.get(i)))
                .toList();
    }

    private SDVariable adapted(Site site, int block, SDVariable x, SDVariable y) {
        return tuning.sites().contains(site) ? tuning.adapt(site, block, x, y, tuned) : y;
    }

    /** x + fc2(act(fc1(norm2 x))), of any tokens. One op where nothing inside is tuned. */
    private SDVariable mlpHalf(int b, SDVariable x) {
        String name = "block." + b;
        Block block = vit.blocks().get(b);
        FrozenNorm norm2 = norm(name + ".norm2", block.norm2());
        Layer fc1 = layer(name + ".fc1", block.mlp().fc1());
        Layer fc2 = layer(name + ".fc2", block.mlp().fc2());
        boolean branched = tuning.sites().contains(Site.MLP);
        SDVariable branch;
        if (frozen(norm2.gain(), norm2.bias(), fc1.weight(), fc1.bias(), fc2.weight(), fc2.bias())
                && Collections.disjoint(tuning.sites(), Set.of(Site.FC1, Site.FC2))) {
            branch = FrozenMlp.of(name + ".mlp", x, norm2, fc1, block.mlp().activation(), fc2, !branched);
            if (!branched) {
                return branch;
            }
        } else {
            SDVariable normal = LayerNormalisation.of(name + ".normal2", x, norm2);
            SDVariable hidden = LinearLayer.of(name + ".fc1", normal, fc1.weight(), Optional.of(fc1.bias()));
            SDVariable activated = Activate.of(
                    name + ".activated",
                    adapted(Site.FC1, b, normal, hidden),
                    block.mlp().activation());
            SDVariable y = LinearLayer.of(name + ".fc2", activated, fc2.weight(), Optional.of(fc2.bias()));
            branch = adapted(Site.FC2, b, activated, y);
        }
        return AddScaled.of(name + ".residual2", x, 1, adapted(Site.MLP, b, x, branch));
    }

    private static boolean frozen(SDVariable... weights) {
        return Stream.of(weights).allMatch(SDVariable::isConstant);
    }

    private Layer layer(String name, Linear linear) {
        return new Layer(weight(name + ".weight", linear.weight()), bias(name + ".bias", linear));
    }

    private FrozenNorm norm(String name, LayerNorm norm) {
        return new FrozenNorm(weight(name + ".gain", norm.gain()), weight(name + ".bias", norm.bias()), norm.epsilon());
    }

    private SDVariable bias(String name, Linear linear) {
        return weight(
                name,
                linear.bias()
                        .orElseGet(
                                () -> Nd4j.zeros(DataType.FLOAT, linear.weight().size(1))));
    }

    /** The variable of this name where it is trained, else a constant. */
    private SDVariable weight(String name, INDArray value) {
        SDVariable variable = trained.get(name);
        return variable == null ? sd.constant(name, value.castTo(type)) : variable;
    }
}

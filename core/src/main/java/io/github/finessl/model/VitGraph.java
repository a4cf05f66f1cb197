package io.github.finessl.model;

import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.Pooling.ResidualMlp;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.encoder.VisionTransformer.Mlp;
import io.github.finessl.encoder.VisionTransformer.QueryKey;
import io.github.finessl.encoder.VisionTransformer.Rotation;
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
import io.github.finessl.op.Gate;
import io.github.finessl.op.LayerNormalisation;
import io.github.finessl.op.LinearLayer;
import io.github.finessl.op.MeanTokens;
import io.github.finessl.op.PlaceTokens;
import io.github.finessl.op.PromptAttention;
import io.github.finessl.op.QueryTokens;
import io.github.finessl.op.Rotate;
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
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
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
        SDVariable x = embedded(images);
        if (vit.embedding().preNorm().isPresent()) {
            x = LayerNormalisation.of(
                    "preNorm", x, norm("preNorm", vit.embedding().preNorm().get()));
        }
        if (shallow) {
            x = AppendPrompts.of("tokens.prompted", x, trained.get(VisualPrompts.parameter(0)));
        }
        List<SDVariable> blockInputs = new ArrayList<>();
        int last = vit.blocks().size() - 1;
        for (int b = 0; b <= last; b++) {
            blockInputs.add(x);
            boolean classTokenOnly = b == last && vit.pooling() instanceof Pooling.ClassToken;
            Block block = vit.blocks().get(b);
            x = attentionHalf(b, x, classTokenOnly);
            String name = "block." + b;
            x = mlpHalf(name, x, name + ".norm2", block.norm2(), block.mlp(), OptionalInt.of(b));
        }
        return new Outputs(features(x), blockInputs, List.of());
    }

    private SDVariable embedded(SDVariable images) {
        int patches = vit.tokens() - vit.embedding().tokensBeforePatches();
        int placed = patches + (vit.embedding().classToken().isPresent() ? 1 : 0);
        SDVariable positions = weight(
                "positions",
                vit.embedding().positions().orElseGet(() -> Nd4j.zeros(DataType.FLOAT, placed, vit.width())));
        Optional<SDVariable> classToken = vit.embedding().classToken().map(token -> weight("classToken", token));
        Optional<SDVariable> registers = vit.embedding().registers().map(tokens -> weight("registers", tokens));
        if (vit.embedding().patchNorm().isEmpty()) {
            return embedded("embedding", images, classToken, registers, positions);
        }
        SDVariable nowhere = sd.constant(
                "nowhere", Nd4j.zeros(DataType.FLOAT, patches, vit.width()).castTo(type));
        SDVariable plain = embedded("patches", images, Optional.empty(), Optional.empty(), nowhere);
        SDVariable normal = LayerNormalisation.of(
                "patches.normal",
                plain,
                norm("patchNorm", vit.embedding().patchNorm().get()));
        return PlaceTokens.of("embedding", normal, positions, classToken, registers);
    }

    private SDVariable embedded(
            String name,
            SDVariable images,
            Optional<SDVariable> classToken,
            Optional<SDVariable> registers,
            SDVariable positions) {
        return EmbedPatches.of(
                name,
                vit.patchHeight(),
                vit.patchWidth(),
                images,
                weight("patches.weight", vit.embedding().patches().weight()),
                bias("patches.bias", vit.embedding().patches()),
                classToken,
                registers,
                positions);
    }

    /** The last block's class token [B, D] or tokens [B, T, D] to features [B, F]. */
    private SDVariable features(SDVariable x) {
        return vit.pooledNorm()
                .map(last -> LayerNormalisation.of("features", pooled("pooled", x), norm("pooledNorm", last)))
                .orElseGet(() -> pooled("features", x));
    }

    /** Tokens to one vector; prompts are in no mean. */
    private SDVariable pooled(String name, SDVariable x) {
        Optional<FrozenNorm> norm = vit.finalNorm().map(present -> norm("finalNorm", present));
        if (vit.pooling() instanceof Pooling.MeanThenNorm mean) {
            return normalised(name, MeanTokens.of("mean", x, mean.first(), vit.tokens()), norm);
        } else if (vit.pooling() instanceof Pooling.NormThenMean mean) {
            return MeanTokens.of(name, normalised("normal", x, norm), mean.first(), vit.tokens());
        } else if (vit.pooling() instanceof Pooling.Attention attention) {
            return asked(attention, x, norm);
        }
        return normalised(name, x, norm);
    }

    private static SDVariable normalised(String name, SDVariable x, Optional<FrozenNorm> norm) {
        return norm.map(present -> LayerNormalisation.of(name, x, present)).orElse(x);
    }

    /** What a constant query learns of the tokens [B, T, D], [B, F]. Prompts are not asked. */
    private SDVariable asked(Pooling.Attention pooling, SDVariable x, Optional<FrozenNorm> norm) {
        long width = pooling.query().length();
        List<Columns> halves = List.of(new Columns(0, width), new Columns(width, 2 * width));
        List<SDVariable> kv = linear("pooling.kv", x, norm, layer("pooling.kv", pooling.kv()), halves);
        SDVariable keys = normalised("pooling.keys", kv.get(0), norm("pooling.keyNorm", pooling.keyNorm()));
        SDVariable query = weight("pooling.query", pooling.query());
        SDVariable answer = QueryTokens.of(
                "pooling.attention", query, keys, kv.get(1), pooling.heads(), pooling.first(), vit.tokens());
        Layer out = layer("pooling.out", pooling.out());
        SDVariable y = LinearLayer.of("pooling.out", answer, out.weight(), Optional.of(out.bias()));
        if (pooling.residual().isPresent()) {
            ResidualMlp residual = pooling.residual().get();
            y = mlpHalf("pooling", y, "pooling.norm", residual.norm(), residual.mlp(), OptionalInt.empty());
        }
        return y;
    }

    /** norm(x)·W + b for each range of columns, in one op where nothing of it is trained. */
    private static List<SDVariable> linear(
            String name, SDVariable x, Optional<FrozenNorm> norm, Layer layer, List<Columns> columns) {
        return frozen(layer) && norm.map(VitGraph::frozen).orElse(true)
                ? FrozenLinear.of(name, x, norm, layer, columns)
                : LinearLayer.of(
                        name,
                        normalised(name + ".normal", x, norm),
                        layer.weight(),
                        Optional.of(layer.bias()),
                        columns);
    }

    /**
     * x + out(attention(norm1 x)): [B, T, D] to [B, T, D], or, where it alone becomes the features, in the last block to the
     * class token's [B, D]. One op where nothing inside is tuned and attention is plain.
     */
    private SDVariable attentionHalf(int b, SDVariable x, boolean classTokenOnly) {
        String name = "block." + b;
        Block block = vit.blocks().get(b);
        FrozenNorm norm1 = norm(name + ".norm1", block.norm1());
        Layer qkv = layer(name + ".qkv", block.qkv());
        Layer out = layer(name + ".out", block.out());
        Optional<FrozenNorm> attendedNorm = norm(name + ".attendedNorm", block.attendedNorm());
        Optional<SDVariable> prompt =
                shallow ? Optional.empty() : Optional.ofNullable(trained.get(VisualPrompts.parameter(b)));

        boolean untouched = frozen(norm1)
                && frozen(qkv)
                && attendedNorm.map(VitGraph::frozen).orElse(true)
                && frozen(out)
                && Collections.disjoint(tuning.sites(), Set.of(Site.QUERY, Site.KEY, Site.VALUE, Site.OUT));
        List<SDVariable> prompts = prompt.map(
                        tokens -> projected(b, name + ".prompt", tokens, KEY_AND_VALUE, norm1, qkv, untouched))
                .orElse(List.of()); // [P, D] each
        if (untouched && !classTokenOnly && block.qk().isEmpty() && attendedNorm.isEmpty()) {
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
        SDVariable attended = attention(b, qkvs, prompts, classTokenOnly);
        if (untouched) {
            return FrozenLinear.plusResidual(name + ".out", attended, attendedNorm, out, queried);
        }
        SDVariable normal = normalised(name + ".attended", attended, attendedNorm);
        SDVariable y = LinearLayer.of(name + ".out", normal, out.weight(), Optional.of(out.bias()));
        return AddScaled.of(name + ".residual1", queried, 1, adapted(Site.OUT, b, normal, y));
    }

    /**
     * Attention, with what the block does to queries, keys and scores. Prompts' keys are normed as tokens' are, since they
     * come of the same layer, but have no place in the image: they are not turned, and get no bias.
     */
    private SDVariable attention(int b, List<SDVariable> qkv, List<SDVariable> prompts, boolean classTokenOnly) {
        String name = "block." + b;
        Optional<QueryKey> qk = vit.blocks().get(b).qk();
        Optional<FrozenNorm> keyNorm = norm(name + ".keyNorm", qk.flatMap(QueryKey::keyNorm));
        SDVariable q =
                normalised(name + ".queries", qkv.get(0), norm(name + ".queryNorm", qk.flatMap(QueryKey::queryNorm)));
        SDVariable k = normalised(name + ".keys", qkv.get(1), keyNorm);
        if (qk.isPresent() && qk.get().rotation().isPresent()) {
            Rotation rotation = qk.get().rotation().get();
            SDVariable cos = weight(name + ".cos", rotation.cos());
            SDVariable sin = weight(name + ".sin", rotation.sin());
            q = Rotate.of(name + ".queries.rotated", q, cos, sin, vit.heads());
            k = Rotate.of(name + ".keys.rotated", k, cos, sin, vit.heads());
        }
        List<SDVariable> promptKeyAndValue = prompts.isEmpty()
                ? prompts
                : List.of(normalised(name + ".prompt.keys", prompts.get(0), keyNorm), prompts.get(1));
        long added = tuning.prompts().map(VisualPrompts::length).orElse(0);
        long tokens = vit.tokens() + (shallow ? added : 0);
        long keys = tokens + (prompts.isEmpty() ? 0 : added);
        Optional<SDVariable> bias = qk.flatMap(present -> present.biasOf(classTokenOnly ? 1 : tokens, keys))
                .map(scores -> weight(name + ".scoreBias", scores));
        return PromptAttention.of(name + ".attention", q, k, qkv.get(2), promptKeyAndValue, bias, vit.heads());
    }

    /** Queries, keys and values of tokens [.., D], of which some are wanted. */
    private List<SDVariable> projected(
            int b, String name, SDVariable tokens, List<Site> wanted, FrozenNorm norm1, Layer qkv, boolean untouched) {
        List<Columns> thirds = Columns.thirds(vit.width());
        List<Columns> columns = wanted.stream()
                .map(site -> thirds.get(QUERY_KEY_AND_VALUE.indexOf(site)))
                .toList();
        if (untouched) {
            return FrozenLinear.of(name, tokens, Optional.of(norm1), qkv, columns);
        }
        SDVariable normal = LayerNormalisation.of(name + ".normal", tokens, norm1);
        List<SDVariable> parts = LinearLayer.of(name, normal, qkv.weight(), Optional.of(qkv.bias()), columns);
        return IntStream.range(0, wanted.size())
                .mapToObj(i -> adapted(wanted.get(i), b, normal, parts.get(i)))
                .toList();
    }

    private SDVariable adapted(Site site, int block, SDVariable x, SDVariable y) {
        return adapted(site, OptionalInt.of(block), x, y);
    }

    private SDVariable adapted(Site site, OptionalInt block, SDVariable x, SDVariable y) {
        return isTuned(block, site) ? tuning.adapt(site, block.getAsInt(), x, y, tuned) : y;
    }

    /** Whether a strategy does something there. What lies behind the blocks has no sites. */
    private boolean isTuned(OptionalInt block, Site site) {
        return block.isPresent() && tuning.sites().contains(site);
    }

    /** The layers of x + fc2(innerNorm(act(fc1(norm x)))). */
    private record MlpLayers(FrozenNorm norm, Layer fc1, Optional<FrozenNorm> innerNorm, Layer fc2) {

        boolean areFrozen() {
            return frozen(norm)
                    && frozen(fc1)
                    && innerNorm.map(VitGraph::frozen).orElse(true)
                    && frozen(fc2);
        }
    }

    /** x + mlp(norm x), of any tokens, in a block or behind the blocks. */
    private SDVariable mlpHalf(String name, SDVariable x, String normName, LayerNorm norm, Mlp mlp, OptionalInt block) {
        MlpLayers layers = new MlpLayers(
                norm(normName, norm),
                layer(name + ".fc1", mlp.fc1()),
                norm(name + ".innerNorm", mlp.innerNorm()),
                layer(name + ".fc2", mlp.fc2()));
        boolean branched = isTuned(block, Site.MLP);
        boolean untouched = layers.areFrozen() && !isTuned(block, Site.FC1) && !isTuned(block, Site.FC2);
        if (untouched && !branched) {
            return frozenMlp(name, x, mlp, layers, true);
        }
        SDVariable branch = untouched ? frozenMlp(name, x, mlp, layers, false) : tunedMlp(name, x, mlp, layers, block);
        return AddScaled.of(name + ".residual2", x, 1, adapted(Site.MLP, block, x, branch));
    }

    /** One op where the MLP is plain. */
    private static SDVariable frozenMlp(String name, SDVariable x, Mlp mlp, MlpLayers layers, boolean residual) {
        if (!mlp.gated() && layers.innerNorm().isEmpty()) {
            return FrozenMlp.of(
                    name + ".mlp", x, layers.norm(), layers.fc1(), mlp.activation(), layers.fc2(), residual);
        }
        SDVariable hidden = FrozenLinear.of(name + ".fc1", x, Optional.of(layers.norm()), layers.fc1());
        SDVariable activated = activated(name + ".activated", hidden, mlp);
        return residual
                ? FrozenLinear.plusResidual(name + ".fc2", activated, layers.innerNorm(), layers.fc2(), x)
                : FrozenLinear.of(name + ".fc2", activated, layers.innerNorm(), layers.fc2());
    }

    private SDVariable tunedMlp(String name, SDVariable x, Mlp mlp, MlpLayers layers, OptionalInt block) {
        Layer fc1 = layers.fc1();
        Layer fc2 = layers.fc2();
        SDVariable normal = LayerNormalisation.of(name + ".normal2", x, layers.norm());
        SDVariable hidden = LinearLayer.of(name + ".fc1", normal, fc1.weight(), Optional.of(fc1.bias()));
        SDVariable activated = normalised(
                name + ".inner",
                activated(name + ".activated", adapted(Site.FC1, block, normal, hidden), mlp),
                layers.innerNorm());
        SDVariable y = LinearLayer.of(name + ".fc2", activated, fc2.weight(), Optional.of(fc2.bias()));
        return adapted(Site.FC2, block, activated, y);
    }

    private static SDVariable activated(String name, SDVariable hidden, Mlp mlp) {
        return mlp.gated() ? Gate.of(name, hidden, mlp.activation()) : Activate.of(name, hidden, mlp.activation());
    }

    private static boolean frozen(Layer layer) {
        return layer.weight().isConstant() && layer.bias().isConstant();
    }

    private static boolean frozen(FrozenNorm norm) {
        return norm.gain().isConstant() && norm.bias().isConstant();
    }

    private Layer layer(String name, Linear linear) {
        return new Layer(weight(name + ".weight", linear.weight()), bias(name + ".bias", linear));
    }

    private FrozenNorm norm(String name, LayerNorm norm) {
        return new FrozenNorm(
                weight(name + ".gain", norm.gain()),
                weight(name + ".bias", norm.bias()),
                norm.epsilon(),
                norm.centred());
    }

    private Optional<FrozenNorm> norm(String name, Optional<LayerNorm> norm) {
        return norm.map(present -> norm(name, present));
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

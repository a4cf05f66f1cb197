package io.github.finessl.export;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.Pooling.ResidualMlp;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.Embedding;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.encoder.VisionTransformer.Mlp;
import io.github.finessl.encoder.VisionTransformer.QueryKey;
import io.github.finessl.tuning.Combined;
import io.github.finessl.tuning.Lora;
import io.github.finessl.tuning.ScaleAndShift;
import io.github.finessl.tuning.Site;
import io.github.finessl.tuning.Tuning;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An encoder with all that a strategy's parameters can do by being part of its weights. This is exact but for rounding:
 *
 * <ul>
 *   <li>the encoder's own weights, as trained;
 *   <li>LoRA: x·W + (1/r)·x·A·B = x·(W + (1/r)·A·B);
 *   <li>SSF: (x·W + b) ⊙ s + t = x·(W·diag s) + (b ⊙ s + t).
 * </ul>
 */
final class TunedWeights {
    private static final List<Site> THIRDS = List.of(Site.QUERY, Site.KEY, Site.VALUE);

    private final List<Tuning> parts;
    private final Map<String, INDArray> trained;

    private TunedWeights(Tuning tuning, Map<String, INDArray> trained) {
        this.parts = parts(tuning);
        this.trained = trained;
    }

    /** The strategies that a strategy consists of, in the order in which they act. */
    static List<Tuning> parts(Tuning tuning) {
        return tuning instanceof Combined combined ? combined.parts() : List.of(tuning);
    }

    /** @param trained the strategy's parameters by name */
    static VisionTransformer of(VisionTransformer vit, Tuning tuning, Map<String, INDArray> trained) {
        return new TunedWeights(tuning, trained).of(vit);
    }

    private VisionTransformer of(VisionTransformer vit) {
        return new VisionTransformer(
                vit.imageHeight(),
                vit.imageWidth(),
                vit.patchHeight(),
                vit.patchWidth(),
                vit.heads(),
                own(vit.embedding()),
                IntStream.range(0, vit.blocks().size())
                        .mapToObj(b -> block(b, vit.blocks().get(b)))
                        .toList(),
                vit.layerScale(),
                vit.pooling() instanceof Pooling.Attention attention ? own(attention) : vit.pooling(),
                vit.finalNorm().map(norm -> own("finalNorm", norm)),
                vit.pooledNorm().map(norm -> own("pooledNorm", norm)),
                vit.head(),
                vit.sha256(),
                vit.pixels());
    }

    private Embedding own(Embedding embedding) {
        return new Embedding(
                own("patches", embedding.patches()),
                embedding.patchNorm().map(norm -> own("patchNorm", norm)),
                embedding.classToken().map(token -> own("classToken", token)),
                embedding.registers().map(registers -> own("registers", registers)),
                embedding.positions().map(table -> own("positions", table)),
                embedding.preNorm().map(norm -> own("preNorm", norm)));
    }

    private Block block(int b, Block block) {
        String name = "block." + b;
        return new Block(
                own(name + ".norm1", block.norm1()),
                folded(b, "qkv", own(name + ".qkv", block.qkv())),
                block.qk()
                        .map(qk -> new QueryKey(
                                qk.queryNorm().map(norm -> own(name + ".queryNorm", norm)),
                                qk.keyNorm().map(norm -> own(name + ".keyNorm", norm)),
                                qk.rotation(),
                                qk.bias())),
                block.attendedNorm().map(norm -> own(name + ".attendedNorm", norm)),
                folded(b, "out", own(name + ".out", block.out())),
                own(name + ".norm2", block.norm2()),
                new Mlp(
                        folded(b, "fc1", own(name + ".fc1", block.mlp().fc1())),
                        block.mlp().activation(),
                        block.mlp().gated(),
                        block.mlp().innerNorm().map(norm -> own(name + ".innerNorm", norm)),
                        folded(b, "fc2", own(name + ".fc2", block.mlp().fc2()))));
    }

    private Pooling.Attention own(Pooling.Attention pooling) {
        return new Pooling.Attention(
                pooling.first(),
                pooling.heads(),
                own("pooling.query", pooling.query()),
                own("pooling.kv", pooling.kv()),
                pooling.keyNorm().map(norm -> own("pooling.keyNorm", norm)),
                own("pooling.out", pooling.out()),
                pooling.residual()
                        .map(residual -> new ResidualMlp(
                                own("pooling.norm", residual.norm()),
                                new Mlp(
                                        own("pooling.fc1", residual.mlp().fc1()),
                                        residual.mlp().activation(),
                                        residual.mlp().gated(),
                                        residual.mlp().innerNorm().map(norm -> own("pooling.innerNorm", norm)),
                                        own("pooling.fc2", residual.mlp().fc2())))));
    }

    private Linear folded(int b, String layer, Linear linear) {
        Linear result = linear;
        for (Tuning part : parts) {
            if (part instanceof Lora lora && layer.equals("qkv")) {
                result = new Linear(lowRank(lora, b, result.weight()), result.bias());
            } else if (part instanceof ScaleAndShift) {
                result = scaled(b + "." + layer, result);
            }
        }
        return result;
    }

    /** qkv [D, 3·D] with (1/r)·A·B more in the columns of queries and values. */
    private INDArray lowRank(Lora lora, int b, INDArray qkv) {
        INDArray result = qkv.dup('c');
        long width = qkv.size(0);
        for (Site site : List.of(Site.QUERY, Site.VALUE)) {
            INDArray product =
                    trained.get(Lora.parameter(site, b, "a")).mmul(trained.get(Lora.parameter(site, b, "b")));
            long from = THIRDS.indexOf(site) * width;
            result.get(all(), interval(from, from + width)).addi(product.div(lora.rank()));
        }
        return result;
    }

    private Linear scaled(String place, Linear linear) {
        INDArray scale = trained.get(ScaleAndShift.scale(place));
        INDArray shift = trained.get(ScaleAndShift.shift(place));
        return new Linear(
                linear.weight().mulRowVector(scale),
                Optional.of(
                        linear.bias().map(bias -> bias.mul(scale).add(shift)).orElse(shift)));
    }

    private Linear own(String name, Linear linear) {
        return new Linear(own(name + ".weight", linear.weight()), linear.bias().map(bias -> own(name + ".bias", bias)));
    }

    private LayerNorm own(String name, LayerNorm norm) {
        return new LayerNorm(
                own(name + ".gain", norm.gain()), own(name + ".bias", norm.bias()), norm.epsilon(), norm.centred());
    }

    private INDArray own(String name, INDArray value) {
        return trained.getOrDefault(name, value);
    }
}

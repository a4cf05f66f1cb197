package io.github.finessl.export;

import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.kernel.Activation;
import io.github.finessl.tuning.AdaptFormer;
import io.github.finessl.tuning.Adapter;
import io.github.finessl.tuning.Bottleneck;
import io.github.finessl.tuning.Tuning;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Emits what adapters do to the output of a block's MLP; without dropout, which evaluation does not have. */
final class MlpBranches {
    private final OnnxGraph graph;
    private final Operators ops;
    private final Tuning tuning;
    private final Map<String, INDArray> trained;

    MlpBranches(OnnxGraph graph, Operators ops, Tuning tuning, Map<String, INDArray> trained) {
        this.graph = graph;
        this.ops = ops;
        this.tuning = tuning;
        this.trained = trained;
    }

    /**
     * The branch that is added to the residual stream.
     *
     * @param x the tokens [B, T, D] between attention and MLP
     * @param y the MLP's output [B, T, D]
     */
    String added(int block, String x, String y) {
        String result = y;
        for (Tuning part : TunedWeights.parts(tuning)) {
            if (part instanceof Adapter adapter) {
                String adapted = scaled(bottleneck(adapter.bottleneck(block), result), Bottleneck.SCALE);
                result = adapter.sequential() ? adapted : ops.add(result, adapted);
            } else if (part instanceof AdaptFormer former) {
                result = ops.add(result, adapted(former, block, former.sequential() ? result : x));
            }
        }
        return result;
    }

    private String adapted(AdaptFormer former, int block, String x) {
        String out = bottleneck(former.bottleneck(block), x);
        if (former.learnableScale()) {
            String name = AdaptFormer.scale(block);
            return ops.multiply(out, graph.weight(name, trained.get(name)));
        }
        return former.norm() == AdaptFormer.Norm.OUT ? out : scaled(out, Bottleneck.SCALE);
    }

    private String scaled(String x, double factor) {
        return ops.multiply(x, graph.scalar(factor));
    }

    private String bottleneck(Bottleneck bottleneck, String x) {
        String prefix = bottleneck.prefix();
        String in = bottleneck.norm() == AdaptFormer.Norm.IN ? normalised(bottleneck, x) : x;
        String hidden = ops.activation(linear(prefix + ".down", in), Activation.RELU);
        String out = linear(prefix + ".up", hidden);
        return bottleneck.norm() == AdaptFormer.Norm.OUT ? normalised(bottleneck, out) : out;
    }

    private String linear(String name, String x) {
        return ops.linear(name, x, new Linear(trained.get(name + ".weight"), Optional.of(trained.get(name + ".bias"))));
    }

    private String normalised(Bottleneck bottleneck, String x) {
        String name = bottleneck.prefix() + ".norm";
        LayerNorm norm = new LayerNorm(trained.get(name + ".gain"), trained.get(name + ".bias"), bottleneck.epsilon());
        return ops.norm(x, ops.normOf(name, norm));
    }
}

package io.github.finessl.tuning;

import io.github.finessl.kernel.Activation;
import io.github.finessl.op.Activate;
import io.github.finessl.op.Dropout;
import io.github.finessl.op.FrozenNorm;
import io.github.finessl.op.LayerNormalisation;
import io.github.finessl.op.LinearLayer;
import io.github.finessl.tuning.Parameter.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The bottleneck of an adapter: up(dropout(relu(down(x)))) with a layer norm before or behind it. Its parameters are
 * norm.gain and norm.bias [D], down.weight [D, dim], down.bias [dim], up.weight [dim, D], up.bias [D]; gain starts at
 * 1, the other norm and up and all biases at 0, so that nothing is changed at first.
 *
 * @param prefix of the parameters' names, the block's number included
 * @param norm where the layer norm is
 */
public record Bottleneck(String prefix, AdaptFormer.Norm norm) {
    /** The factor of the output before it is added to anything. */
    public static final double SCALE = 0.1;

    private static final double EPSILON = 1e-5;

    /** The parameters for tokens of this width. */
    List<Parameter> parameters(int width, int dim, Start down) {
        List<Parameter> parameters = new ArrayList<>();
        if (norm != AdaptFormer.Norm.NONE) {
            parameters.add(Parameter.of(prefix + ".norm.gain", Start.ONES, width));
            parameters.add(Parameter.of(prefix + ".norm.bias", Start.ZEROS, width));
        }
        parameters.add(Parameter.of(prefix + ".down.weight", down, width, dim));
        parameters.add(Parameter.of(prefix + ".down.bias", Start.ZEROS, dim));
        parameters.add(Parameter.of(prefix + ".up.weight", Start.ZEROS, dim, width));
        parameters.add(Parameter.of(prefix + ".up.bias", Start.ZEROS, width));
        return parameters;
    }

    /**
     * The ε of a norm of what is not scaled yet. One behind it is that of the scaled output: LN(s·u; ε) = LN(u; ε/s²).
     */
    public double epsilon() {
        return norm == AdaptFormer.Norm.OUT ? EPSILON / (SCALE * SCALE) : EPSILON;
    }

    /** Adds it to the graph. */
    SDVariable of(SDVariable x, Optional<DropoutSetting> dropout, TunedGraph graph) {
        SDVariable in = norm == AdaptFormer.Norm.IN ? normalised(x, graph) : x;
        SDVariable hidden = Activate.of(null, linear("down", in, graph), Activation.RELU);
        SDVariable kept = dropout.map(d -> Dropout.of(null, hidden, d.probability(), graph.pass(), d.number()))
                .orElse(hidden);
        SDVariable out = linear("up", kept, graph);
        return norm == AdaptFormer.Norm.OUT ? normalised(out, graph) : out;
    }

    /**
     * The dropout inside a bottleneck.
     *
     * @param number one of its own in the graph
     */
    record DropoutSetting(double probability, int number) {}

    private SDVariable linear(String layer, SDVariable x, TunedGraph graph) {
        return LinearLayer.of(
                null,
                x,
                graph.parameter(prefix + "." + layer + ".weight"),
                Optional.of(graph.parameter(prefix + "." + layer + ".bias")));
    }

    private SDVariable normalised(SDVariable x, TunedGraph graph) {
        FrozenNorm parameters = new FrozenNorm(
                graph.parameter(prefix + ".norm.gain"), graph.parameter(prefix + ".norm.bias"), epsilon());
        return LayerNormalisation.of(null, x, parameters);
    }
}

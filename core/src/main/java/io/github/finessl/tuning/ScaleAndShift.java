package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.ResNet;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.op.FrozenLinear.Columns;
import io.github.finessl.op.ScaleShift;
import io.github.finessl.tuning.Parameter.Start.Normal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * SSF (Lian et al., "Scaling &amp; Shifting Your Features", NeurIPS 2022): the outputs of a block's four linear layers
 * become y ⊙ scale + shift; of a ResNet, the outputs of every convolution with its norm.
 *
 * <p>For each block of a transformer scale and shift behind qkv [3·D], the attention's output [D], fc1 [hidden] and fc2 [D]; scales start
 * as N(1, .02), shifts as N(0, .02).
 */
public record ScaleAndShift() implements Tuning {
    private static final double DEVIATION = .02;

    @Override
    public String name() {
        return "ssf";
    }

    @Override
    public List<Parameter> parameters(Encoder encoder) {
        List<Parameter> parameters = new ArrayList<>();
        if (encoder instanceof ResNet resnet) {
            resnet.convolutions()
                    .forEach((place, c) -> add(parameters, place, c.weight().size(0)));
            return parameters;
        }
        VisionTransformer vit = Strategies.requireTransformer(this, encoder);
        for (int b = 0; b < vit.blocks().size(); b++) {
            Block block = vit.blocks().get(b);
            add(parameters, b + ".qkv", block.qkv().weight().size(1));
            add(parameters, b + ".out", block.out().weight().size(1));
            add(parameters, b + ".fc1", block.mlp().fc1().weight().size(1));
            add(parameters, b + ".fc2", block.mlp().fc2().weight().size(1));
        }
        return parameters;
    }

    private static void add(List<Parameter> parameters, String place, long width) {
        parameters.add(Parameter.of(scale(place), new Normal(1, DEVIATION), width));
        parameters.add(Parameter.of(shift(place), new Normal(0, DEVIATION), width));
    }

    /**
     * The name of the parameter that the output at a place is multiplied with: behind {@code 3.fc1}, or a ResNet's
     * convolution.
     */
    public static String scale(String place) {
        return "ssf." + place + ".scale";
    }

    /** The name of the parameter that is added to the scaled output at a place. */
    public static String shift(String place) {
        return "ssf." + place + ".shift";
    }

    @Override
    public Set<Site> sites() {
        return Set.of(Site.QUERY, Site.KEY, Site.VALUE, Site.OUT, Site.FC1, Site.FC2);
    }

    @Override
    public SDVariable adapt(Site site, int block, SDVariable x, SDVariable y, TunedGraph graph) {
        return switch (site) {
            case QUERY -> third(0, block, y, graph);
            case KEY -> third(1, block, y, graph);
            case VALUE -> third(2, block, y, graph);
            case OUT -> whole("out", block, y, graph);
            case FC1 -> whole("fc1", block, y, graph);
            case FC2 -> whole("fc2", block, y, graph);
            case MLP -> y;
        };
    }

    private static SDVariable third(int part, int block, SDVariable y, TunedGraph graph) {
        long width = graph.parameter(scale(block + ".qkv")).getShape()[0] / 3;
        return scaled("qkv", block, y, graph, Columns.thirds(width).get(part));
    }

    private static SDVariable whole(String layer, int block, SDVariable y, TunedGraph graph) {
        long width = graph.parameter(scale(block + "." + layer)).getShape()[0];
        return scaled(layer, block, y, graph, new Columns(0, width));
    }

    private static SDVariable scaled(String layer, int block, SDVariable y, TunedGraph graph, Columns columns) {
        return ScaleShift.of(
                null,
                y,
                graph.parameter(scale(block + "." + layer)),
                graph.parameter(shift(block + "." + layer)),
                columns);
    }
}

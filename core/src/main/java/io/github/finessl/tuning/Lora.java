package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.op.AddScaled;
import io.github.finessl.op.LinearLayer;
import io.github.finessl.tuning.Parameter.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * LoRA (Hu et al., "Low-Rank Adaptation of Large Language Models", ICLR 2022): queries and values get (1/r)·x·A·B more.
 *
 * <p>For each block A [D, r], uniform in ±1/√r, and B [r, D], which starts at 0, for queries and for values.
 *
 * @param rank r
 */
public record Lora(int rank) implements Tuning {

    /** Checks the rank. */
    public Lora {
        Strategies.requirePositive("the rank", rank);
    }

    /** LoRA of a rank. */
    public static Lora rank(int rank) {
        return new Lora(rank);
    }

    @Override
    public String name() {
        return "lora";
    }

    @Override
    public String spelling() {
        return "lora:rank=" + rank;
    }

    @Override
    public List<Parameter> parameters(Encoder encoder) {
        VisionTransformer vit = Strategies.requireTransformer(this, encoder);
        List<Parameter> parameters = new ArrayList<>();
        for (int b = 0; b < vit.blocks().size(); b++) {
            for (Site site : List.of(Site.QUERY, Site.VALUE)) {
                parameters.add(Parameter.of(parameter(site, b, "a"), Start.kaimingUniform(rank), vit.width(), rank));
                parameters.add(Parameter.of(parameter(site, b, "b"), Start.ZEROS, rank, vit.width()));
            }
        }
        return parameters;
    }

    /** The name of the parameter A or B, as {@code factor} a or b says, for queries or values. */
    public static String parameter(Site site, int block, String factor) {
        return "lora." + block + (site == Site.QUERY ? ".query." : ".value.") + factor;
    }

    @Override
    public Set<Site> sites() {
        return Set.of(Site.QUERY, Site.VALUE);
    }

    @Override
    public SDVariable adapt(Site site, int block, SDVariable x, SDVariable y, TunedGraph graph) {
        SDVariable down = LinearLayer.of(null, x, graph.parameter(parameter(site, block, "a")), Optional.empty());
        SDVariable up = LinearLayer.of(null, down, graph.parameter(parameter(site, block, "b")), Optional.empty());
        return AddScaled.of(null, y, 1.0 / rank, up);
    }
}

package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.op.AddScaled;
import io.github.finessl.tuning.Bottleneck.DropoutSetting;
import io.github.finessl.tuning.Parameter.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * AdaptFormer (Chen et al., NeurIPS 2022): s·up(dropout(relu(down(LN x)))) of the tokens x between attention and MLP is
 * added to the MLP's output y; in sequence, the same of y instead of x.
 *
 * @param dim of the bottleneck
 * @param sequential whether it reads the MLP's output
 * @param learnableScale whether s is trained, a number for each block that starts at 1; else it is 0.1
 * @param norm where the layer norm is
 */
public record AdaptFormer(int dim, boolean sequential, boolean learnableScale, Norm norm) implements Tuning {
    private static final double DROPOUT = 0.1;

    /** The place of the layer norm. */
    public enum Norm {
        /** A norm before the bottleneck. */
        IN,
        /** A norm behind the bottleneck and its scale. */
        OUT,
        /** No norm. */
        NONE
    }

    /** Checks the dimension. */
    public AdaptFormer {
        Strategies.requirePositive("the bottleneck", dim);
        if (learnableScale && norm == Norm.OUT) {
            throw new IllegalArgumentException("a norm behind the bottleneck undoes a learnable scale");
        }
    }

    /** AdaptFormer beside the MLP with a fixed scale and a norm before the bottleneck, as in its paper. */
    public static AdaptFormer dim(int dim) {
        return new AdaptFormer(dim, false, false, Norm.IN);
    }

    @Override
    public String name() {
        return sequential ? "adaptformer-sequential" : "adaptformer";
    }

    @Override
    public String spelling() {
        return "adaptformer:dim=" + dim + (sequential ? ",sequential" : "") + (learnableScale ? ",learnable" : "")
                + (norm == Norm.IN ? "" : ",norm=" + norm.name().toLowerCase(Locale.ROOT));
    }

    @Override
    public List<Parameter> parameters(Encoder encoder) {
        VisionTransformer vit = Strategies.requireTransformer(this, encoder);
        List<Parameter> parameters = new ArrayList<>();
        for (int b = 0; b < vit.blocks().size(); b++) {
            parameters.addAll(bottleneck(b).parameters(vit.width(), dim, Start.kaimingUniform(vit.width())));
            if (learnableScale) {
                parameters.add(Parameter.of(scale(b), Start.ONES, 1));
            }
        }
        return parameters;
    }

    /** The bottleneck behind a block's MLP. */
    public Bottleneck bottleneck(int block) {
        return new Bottleneck("adaptformer." + block, norm);
    }

    /** The name of the parameter s [1] of a block, where it is trained. */
    public static String scale(int block) {
        return "adaptformer." + block + ".scale";
    }

    @Override
    public Set<Site> sites() {
        return Set.of(Site.MLP);
    }

    @Override
    public SDVariable adapt(Site site, int block, SDVariable x, SDVariable y, TunedGraph graph) {
        SDVariable adapted =
                bottleneck(block).of(sequential ? y : x, Optional.of(new DropoutSetting(DROPOUT, block)), graph);
        return learnableScale
                ? AddScaled.of(null, y, 1, Optional.of(graph.parameter(scale(block))), adapted)
                : AddScaled.of(null, y, norm == Norm.OUT ? 1 : Bottleneck.SCALE, adapted);
    }
}

package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.op.AddScaled;
import io.github.finessl.tuning.Parameter.Start;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Adapters (Houlsby et al., ICML 2019) on the MLP's output y, before it is added to the residual stream:
 * y + 0.1·up(relu(down(LN y))), or, in sequence, without the "y +".
 *
 * @param dim of the bottleneck
 * @param sequential whether the adapter's output takes y's place
 */
public record Adapter(int dim, boolean sequential) implements Tuning {
    /** Checks the dimension. */
    public Adapter {
        Strategies.requirePositive("the bottleneck", dim);
    }

    @Override
    public String name() {
        return sequential ? "adapter-sequential" : "adapter";
    }

    @Override
    public String spelling() {
        return "adapter:dim=" + dim + (sequential ? ",sequential" : "");
    }

    @Override
    public List<Parameter> parameters(Encoder encoder) {
        VisionTransformer vit = Strategies.requireTransformer(this, encoder);
        return IntStream.range(0, vit.blocks().size())
                .mapToObj(b -> bottleneck(b).parameters(vit.width(), dim, Start.kaimingNormal(vit.width())))
                .flatMap(List::stream)
                .toList();
    }

    /** The bottleneck behind a block's MLP. */
    public Bottleneck bottleneck(int block) {
        return new Bottleneck("adapter." + block, AdaptFormer.Norm.IN);
    }

    @Override
    public Set<Site> sites() {
        return Set.of(Site.MLP);
    }

    @Override
    public SDVariable adapt(Site site, int block, SDVariable x, SDVariable y, TunedGraph graph) {
        SDVariable adapted = bottleneck(block).of(y, Optional.empty(), graph);
        return sequential ? adapted.mul(Bottleneck.SCALE) : AddScaled.of(null, y, Bottleneck.SCALE, adapted);
    }
}

package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * A strategy of fine-tuning, which says what is trained besides the heads: a few parameters, all of the encoder, or
 * nothing.
 *
 * <p>A strategy says which parameters it trains and how they start, and what it does behind which layers of a block. It
 * knows nothing of the rest of the graph.
 */
public interface Tuning {

    /** The strategy's name in messages. */
    String name();

    /** The strategy's text, which {@link Tunings#make} reads, but for the number of prompts. */
    default String spelling() {
        return name();
    }

    /**
     * The parameters that the strategy trains, of this encoder or added to it, in the graph's order. A parameter that
     * has the name of one of {@link Encoder#parameters()} is that one; others are new.
     *
     * @throws IllegalArgumentException saying why, if the encoder cannot be tuned so
     */
    List<Parameter> parameters(Encoder encoder);

    /** The places in a block where {@link #adapt} does something. */
    default Set<Site> sites() {
        return Set.of();
    }

    /**
     * Replaces the output of a layer at one of {@link #sites()}.
     *
     * @param x what the layer was given
     * @param y its output
     */
    default SDVariable adapt(Site site, int block, SDVariable x, SDVariable y, TunedGraph graph) {
        return y;
    }

    /** The strategy's prompts, where it has any. */
    default Optional<VisualPrompts> prompts() {
        return Optional.empty();
    }

    /** Whether batch norms use the statistics of the batch in training. */
    default boolean batchStatistics() {
        return false;
    }

    /**
     * The strategies that follow each other in one run, each for an equal share of its steps: itself, or two or more.
     */
    default List<Tuning> phases() {
        return List.of(this);
    }
}

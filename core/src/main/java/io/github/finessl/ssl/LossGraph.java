package io.github.finessl.ssl;

import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The part of the training graph that a method builds its loss on. Rows are the labelled images, then the first strong
 * views in the order of the weak ones, then the second; weak views that are trained on come before the strong ones.
 *
 * @param graph the graph
 * @param features f [N, D]
 * @param logits z of the main head [N, C]
 * @param auxiliary creates the auxiliary head when a method first asks for it
 * @param classes C
 */
public record LossGraph(SameDiff graph, SDVariable features, SDVariable logits, Supplier<Head> auxiliary, int classes) {

    /** A cosine head's variables: weight [C, D], scale [1]. */
    public record Head(SDVariable weight, SDVariable scale) {}

    /** Adds a placeholder of floats [any]. */
    public SDVariable placeholder(Feed.Vector feed) {
        return graph.placeHolder(feed.name(), features.dataType(), -1);
    }

    /** Adds a placeholder of distributions [N, C]. */
    public SDVariable placeholder(Feed.Distributions feed) {
        return graph.placeHolder(feed.name(), features.dataType(), -1, classes);
    }

    /** Adds a placeholder of class indices [N]. */
    public SDVariable placeholder(Feed.ClassIndices feed) {
        return graph.placeHolder(feed.name(), DataType.INT32, -1);
    }
}

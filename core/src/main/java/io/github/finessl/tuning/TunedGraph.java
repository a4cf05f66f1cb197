package io.github.finessl.tuning;

import org.nd4j.autodiff.samediff.SDVariable;

/** A model's graph as a strategy sees it. */
public interface TunedGraph {

    /** The variable of one of the strategy's parameters. */
    SDVariable parameter(String name);

    /** The number [1] of the pass: 0 in evaluation, another one for each training pass. */
    SDVariable pass();
}

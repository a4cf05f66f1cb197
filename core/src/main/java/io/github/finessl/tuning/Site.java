package io.github.finessl.tuning;

/** A place in a transformer's block behind which a strategy may do something. */
public enum Site {
    /** The linear layer of the queries, of norm(x). */
    QUERY,
    /** The linear layer of the keys. */
    KEY,
    /** The linear layer of the values. */
    VALUE,
    /** The linear layer behind attention, its output projection. */
    OUT,
    /** The first linear layer of the MLP. */
    FC1,
    /** The second linear layer of the MLP. */
    FC2,
    /** The whole branch of the MLP, its norm included, before it is added to what it was given. */
    MLP
}

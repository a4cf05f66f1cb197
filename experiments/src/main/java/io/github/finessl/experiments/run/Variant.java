package io.github.finessl.experiments.run;

import io.github.finessl.experiments.option.Options;

/** A named set of options, for a row or a cell of a table. */
public record Variant(String name, Options options) {}

package io.github.finessl.experiments.run;

import io.github.finessl.experiments.option.Options;

/** A row of a table, or one of its cells: a name and the options that make it. */
public record Variant(String name, Options options) {}

package io.github.finessl.experiments;

/** A row of a table, or one of its cells: a name and the options that make it. */
public record Variant(String name, Options options) {}

package io.github.finessl.tuning;

/** Nothing: the heads alone learn, on frozen features. */
public record LinearProbe() implements Tuning {}

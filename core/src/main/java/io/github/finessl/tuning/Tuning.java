package io.github.finessl.tuning;

/** What is trained besides the heads. */
public sealed interface Tuning permits LinearProbe, VisualPrompts {}

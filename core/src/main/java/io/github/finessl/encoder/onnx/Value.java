package io.github.finessl.encoder.onnx;

/** What tracing knows about a tensor of the graph. */
sealed interface Value permits Constant, View, Quantised, Measured, Unknown {}

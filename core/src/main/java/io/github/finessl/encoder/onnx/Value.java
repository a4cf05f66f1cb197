package io.github.finessl.encoder.onnx;

/** A tensor of the graph as tracing knows it. */
sealed interface Value permits Constant, View, Probed, Quantised, Measured, Unknown {}

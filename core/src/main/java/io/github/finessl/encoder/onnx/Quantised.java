package io.github.finessl.encoder.onnx;

/**
 * Integers that stand for a tensor: value = scale · (integers − zero point), up to rounding and clipping, which are dropped.
 *
 * @param value what was quantised
 * @param zeroPoint a constant or a measured one, as the scale; a constant 0 where the file gives none
 */
record Quantised(Value value, Value scale, Value zeroPoint) implements Value {}

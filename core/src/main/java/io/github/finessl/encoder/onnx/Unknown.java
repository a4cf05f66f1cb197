package io.github.finessl.encoder.onnx;

/** A tensor that no vision transformer computes, with the phrase that says what computed it. */
record Unknown(String found) implements Value {}

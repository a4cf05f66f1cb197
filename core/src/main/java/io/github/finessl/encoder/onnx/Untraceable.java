package io.github.finessl.encoder.onnx;

/** A node does something that has no place in a vision transformer; the message completes "found ...". */
final class Untraceable extends RuntimeException {

    Untraceable(String found) {
        super(found, null, false, false);
    }
}

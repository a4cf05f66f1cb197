package io.github.finessl.encoder.onnx;

/**
 * A number that DynamicQuantizeLinear finds for each image anew: a tensor's scale, times a constant, or its zero point.
 *
 * @param of what is quantised with it
 */
record Measured(View of, Kind kind, Constant factor) implements Value {

    enum Kind {
        SCALE,
        ZERO_POINT
    }

    Measured(View of, Kind kind) {
        this(of, kind, Constant.filled(1));
    }

    /** Whether another value is the same number but for its factor. */
    boolean is(Value other) {
        return other instanceof Measured m && m.kind == kind && m.of.equals(of);
    }
}

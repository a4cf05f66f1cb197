package io.github.finessl.export;

/**
 * The form of an exported ONNX file: operator set, input, outputs and number format of the weights.
 *
 * @param opset version of the operator set, from {@link #OLDEST} to {@link #NEWEST}
 * @param pixels what the file takes
 * @param probabilities whether it has softmax of the logits as a second output
 * @param weights number format of the linear layers' weights
 */
public record OnnxForm(int opset, Pixels pixels, boolean probabilities, Weights weights) {
    /** The oldest operator set that a file can be written in, which all graphs need. */
    public static final int OLDEST = 11;
    /** The newest operator set that a file can be written in. */
    public static final int NEWEST = 23;

    /** The scale of the values that the input {@code pixels} takes. */
    public enum Pixels {
        /** Pixels normalised as in training. */
        NORMALISED,
        /** Pixels from 0 to 1, which the graph normalises. */
        ZERO_TO_ONE
    }

    /** The number format of the weights of linear layers. */
    public enum Weights {
        /** As they were trained. */
        F32,
        /**
         * Whole numbers of a byte, a scale for each column, multiplied with activations that the graph rounds to bytes by
         * their range in each batch. What stays f32: convolutions, the head, and the layers behind an MLP's activation, whose
         * outliers cost most of the accuracy.
         */
        INT8
    }

    /** Checks the operator set. */
    public OnnxForm {
        if (opset < OLDEST || opset > NEWEST) {
            throw new IllegalArgumentException("ONNX files are written in opset " + OLDEST
                    + ", the lowest that their graphs need, to " + NEWEST + ", not " + opset);
        }
    }

    /** A form with f32 weights. */
    public OnnxForm(int opset, Pixels pixels, boolean probabilities) {
        this(opset, pixels, probabilities, Weights.F32);
    }

    /** The form with normalised pixels in and logits out. */
    public static OnnxForm ofOpset(int opset) {
        return new OnnxForm(opset, Pixels.NORMALISED, false);
    }

    /** The same with weights in another number format. */
    public OnnxForm with(Weights other) {
        return new OnnxForm(opset, pixels, probabilities, other);
    }

    /** The lowest version of the file format that has the operator set. */
    int irVersion() {
        if (opset < 12) {
            return 6;
        } else if (opset < 15) {
            return 7;
        } else if (opset < 19) {
            return 8;
        } else if (opset < 21) {
            return 9;
        }
        return opset < 23 ? 10 : 11;
    }
}

package io.github.finessl.export;

/**
 * The form of an exported ONNX file: operator set, input and outputs.
 *
 * @param opset version of the operator set, from {@link #OLDEST} to {@link #NEWEST}
 * @param pixels what the file takes
 * @param probabilities whether it has softmax of the logits as a second output
 */
public record OnnxForm(int opset, Pixels pixels, boolean probabilities) {
    /** The oldest operator set that a file can be written in. */
    public static final int OLDEST = 11;
    /** The newest operator set that a file can be written in. */
    public static final int NEWEST = 23;
    /** The operator set of a file where the encoder's own is not known. */
    public static final int USUAL = 17;

    /** The scale of the values that the input {@code pixels} takes. */
    public enum Pixels {
        /** Pixels normalised as in training. */
        NORMALISED,
        /** Pixels from 0 to 1, which the graph normalises. */
        ZERO_TO_ONE
    }

    /** Checks the operator set. */
    public OnnxForm {
        if (opset < OLDEST || opset > NEWEST) {
            throw new IllegalArgumentException(
                    "ONNX files are written in opset " + OLDEST + " to " + NEWEST + ", not " + opset);
        }
    }

    /** The form with normalised pixels in and logits out. */
    public static OnnxForm ofOpset(int opset) {
        return new OnnxForm(opset, Pixels.NORMALISED, false);
    }

    /** The operator set nearest to that of the encoder's file that can be written. */
    public static int nearest(int opset) {
        return Math.min(NEWEST, Math.max(OLDEST, opset));
    }

    /** The version of the file format that came with the operator set. */
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

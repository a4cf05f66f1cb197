package io.github.finessl.export;

/**
 * What kind of ONNX file is wanted.
 *
 * @param opset version of the operator set, from {@link #OLDEST} to {@link #NEWEST}
 * @param pixels what the file takes
 * @param probabilities whether it has softmax of the logits as a second output
 */
public record OnnxForm(int opset, Pixels pixels, boolean probabilities) {
    /** The oldest operator set that files are written in. */
    public static final int OLDEST = 11;
    /** The newest one. */
    public static final int NEWEST = 23;
    /** Where the encoder's own is not known. */
    public static final int USUAL = 17;

    /** What the input {@code pixels} holds. */
    public enum Pixels {
        /** Normalised as in training. */
        NORMALISED,
        /** From 0 to 1; the graph normalises them. */
        ZERO_TO_ONE
    }

    /** Checks the operator set. */
    public OnnxForm {
        if (opset < OLDEST || opset > NEWEST) {
            throw new IllegalArgumentException(
                    "ONNX files are written in opset " + OLDEST + " to " + NEWEST + ", not " + opset);
        }
    }

    /** Normalised pixels in, logits out. */
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

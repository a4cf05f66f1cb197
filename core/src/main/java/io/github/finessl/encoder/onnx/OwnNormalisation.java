package io.github.finessl.encoder.onnx;

import io.github.finessl.augment.Normalisation;
import io.github.finessl.encoder.PixelInput.Inside;
import io.github.finessl.encoder.PixelInput.Range;
import java.util.Optional;

/**
 * The normalisation that a file applies itself, as its arithmetic on pixels shows: a·x + b, where x is from 0 to 255 or from 0
 * to 1. Networks see numbers of the size of one, so that a and b say which: (x/255 - mean)/deviation has an a of some
 * hundredths, (x - mean)/deviation one of some units, or, with means from 0 to 255, a b of some hundred.
 */
final class OwnNormalisation {

    /** The most that 255 times it is of a plausible size. */
    private static final double LARGEST_OF_BYTES = 1 / 16.;

    private static final double LEAST_OF_ONE = 0.5;
    private static final double LARGEST_SHIFT_OF_ONE = 10;

    /** What bounds may be off, as a part of white, and cut nothing off for that. */
    private static final double TOLERANCE = 0.01;

    private OwnNormalisation() {}

    /**
     * What the graph does to pixels itself; empty where it does nothing, or nothing that tells which pixels it takes.
     *
     * @param image as the first layer gets it
     * @param bytes whether the file takes whole numbers from 0 to 255
     * @throws Untraceable if it cuts off values that pixels have
     */
    static Optional<Inside> of(Piece image, boolean bytes) {
        Piece.Rescaled rescaled = Patching.rescaling(image);
        double[] scale = rescaled.scale().values();
        double[] shift = rescaled.shift().values();
        boolean bounded = Double.isFinite(rescaled.low()) || Double.isFinite(rescaled.high());
        Optional<Range> range = bytes ? Optional.of(Range.ZERO_TO_255) : range(rescaled, scale[0], shift[0]);
        if (range.filter(taken -> cuts(rescaled, taken)).isPresent()
                || (bounded && cuts(rescaled, Range.ZERO_TO_ONE))) {
            throw new Untraceable("pixels limited to between " + rescaled.low() + " and " + rescaled.high()
                    + ", which cuts some off");
        }
        return range.flatMap(taken -> normalisation(taken, scale, shift))
                .map(normalisation -> new Inside(range.get(), normalisation, bytes || bounded));
    }

    private static Optional<Range> range(Piece.Rescaled rescaled, double scale, double shift) {
        boolean asItIs = scale == 1 && shift == 0;
        if (asItIs && rescaled.low() < -TOLERANCE) {
            return Optional.empty();
        } else if (cuts(rescaled, Range.ZERO_TO_255)) {
            return Optional.of(Range.ZERO_TO_ONE);
        } else if (Math.abs(rescaled.high() - Range.ZERO_TO_255.white()) < 1) {
            return Optional.of(Range.ZERO_TO_255);
        } else if (scale <= LARGEST_OF_BYTES || Math.abs(shift) > LARGEST_SHIFT_OF_ONE) {
            return Optional.of(Range.ZERO_TO_255);
        }
        return scale >= LEAST_OF_ONE ? Optional.of(Range.ZERO_TO_ONE) : Optional.empty();
    }

    private static boolean cuts(Piece.Rescaled rescaled, Range taken) {
        double margin = TOLERANCE * taken.white();
        return rescaled.low() > margin || rescaled.high() < taken.white() - margin;
    }

    /** a·w·v + b = (v - mean)/deviation for pixels v from 0 to 1 and white w. */
    private static Optional<Normalisation> normalisation(Range taken, double[] scale, double[] shift) {
        var mean = new double[3];
        var std = new double[3];
        for (int c = 0; c < 3; c++) {
            std[c] = 1 / (scale[c] * taken.white());
            mean[c] = -shift[c] * std[c];
            if (!(std[c] > 0 && Double.isFinite(std[c]))) {
                return Optional.empty();
            }
        }
        return Optional.of(Normalisation.of(mean, std));
    }
}

package io.github.finessl.dl4j;

import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.DataException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Images in arrays [N, 3, H, W] of values from 0 to 255, as DataVec reads them. */
final class ImageArrays {
    private static final int WHITE = 255;
    private static final double ROUNDED = 0.5;

    /** Less than a step of pixels from 0 to 1, more than what is left of scaling to and fro. */
    private static final double FRACTION = 1e-3;

    private ImageArrays() {}

    /** @throws DataException if these are no such images */
    static List<RgbImage> images(INDArray batch, Channels channels) {
        if (batch == null || batch.rank() != 4 || batch.size(1) != 3) {
            throw new DataException("Images must be an array [N, 3, height, width], but are %s."
                    .formatted(batch == null ? "missing" : Arrays.toString(batch.shape())));
        }
        double least = batch.minNumber().doubleValue();
        double most = batch.maxNumber().doubleValue();
        if (least >= -1 && most <= 1 && hasFractions(batch)) {
            throw new DataException(
                    "Images must have values from 0 to 255, but have fractions from %s to %s.".formatted(least, most)
                            + " Leave out what scales them, or set it on the iterator that is read, where it is undone.");
        }
        if (!(least > -ROUNDED && most < WHITE + ROUNDED)) {
            throw new DataException(
                    "Images must have values from 0 to 255, before any normalisation, but have %s to %s."
                            .formatted(least, most));
        }
        int height = (int) batch.size(2);
        int width = (int) batch.size(3);
        return IntStream.range(0, (int) batch.size(0))
                .mapToObj(i -> image(batch.slice(i).dup('c').data().asFloat(), height, width, channels))
                .toList();
    }

    private static boolean hasFractions(INDArray batch) {
        for (float value : batch.dup('c').data().asFloat()) {
            if (Math.abs(value - Math.rint(value)) > FRACTION) {
                return true;
            }
        }
        return false;
    }

    private static RgbImage image(float[] values, int height, int width, Channels channels) {
        int plane = height * width;
        byte[] rgb = new byte[3 * plane];
        for (int colour = 0; colour < 3; colour++) {
            int from = channels.of(colour) * plane;
            for (int p = 0; p < plane; p++) {
                rgb[3 * p + colour] = (byte) Math.round(values[from + p]);
            }
        }
        return new RgbImage(width, height, rgb);
    }
}

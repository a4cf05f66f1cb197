package io.github.finessl.data;

import io.github.finessl.augment.RgbImage;
import io.github.finessl.io.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Images with labels, in a fixed order. Safe to read from several threads. */
public interface Dataset {

    /** The label of an image whose class is not known. */
    int UNKNOWN = -1;

    /** The label of an image that is known to be of none of the classes. */
    int STRANGER = -2;

    /** A name for logs and records, for example {@code cifar10-mini/train}. */
    String name();

    /** Class names in label order. */
    List<String> classes();

    int size();

    /** The label of an image: 0 .. classes - 1, or below 0 without a class: {@link #UNKNOWN} or {@link #STRANGER}. */
    int label(int index);

    /**
     * Decodes an image.
     *
     * @throws DataException if its file is missing or unreadable
     */
    RgbImage image(int index);

    /**
     * Decodes an image as far as a short side of so many pixels wants it: a larger photo may come reduced to a half, a quarter or
     * an eighth.
     *
     * @throws DataException if its file is missing or unreadable
     */
    default RgbImage image(int index, int shortSide) {
        return image(index);
    }

    /** The origin of an image: a file, or a file and the record in it. */
    String source(int index);

    /**
     * SHA-256 over the class names and every image with its label, in hexadecimal: the data's identity in run records.
     * Reads every file once, at the first call.
     */
    String sha256();

    /** SHA-256 of one image's bytes: files that are copies of each other have the same. */
    default String contentSha256(int index) {
        return Sha256.hex(image(index).rgb());
    }

    /** A name for the pixels that {@link #image} gives: images with the same one are the same, of whatever data set. */
    default String pixelsSha256(int index) {
        RgbImage image = image(index);
        return new Sha256()
                .update((image.width() + "x" + image.height() + " ").getBytes(StandardCharsets.US_ASCII))
                .update(image.rgb())
                .hex();
    }

    /** The images that are left out because they cannot be read; they have no index. */
    default List<SkippedImage> skipped() {
        return List.of();
    }
}

package io.github.finessl.serve;

import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.ImageDecoder;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A photo to be classified, decoded when its turn comes.
 *
 * @param name of its file, for people
 * @param truth its class where that is known, else below 0 as in a {@link Dataset}
 * @param pixels decodes it; throws {@link io.github.finessl.data.DataException} where that is not possible
 */
public record Photo(String name, int truth, Pixels pixels) {

    /** What decodes a photo. */
    @FunctionalInterface
    public interface Pixels {
        /** The photo, with so many pixels on its short side at least, if it has them. */
        RgbImage decode(int shortSide);
    }

    /** A photo in a file, turned upright as its camera says. */
    public static Photo of(Path file) {
        return new Photo(file.toString(), Dataset.UNKNOWN, shortSide -> ImageDecoder.PHOTO.decode(file, shortSide));
    }

    /**
     * A photo in memory, turned upright as its camera says.
     *
     * @param bytes of its file
     */
    public static Photo of(byte[] bytes, String name) {
        return new Photo(name, Dataset.UNKNOWN, shortSide -> ImageDecoder.PHOTO.decode(bytes, name, shortSide));
    }

    /** The photos of a data set. */
    public static List<Photo> all(Dataset dataset) {
        return IntStream.range(0, dataset.size()).mapToObj(i -> of(dataset, i)).toList();
    }

    /** A photo of a data set. */
    public static Photo of(Dataset dataset, int index) {
        return new Photo(dataset.source(index), dataset.label(index), shortSide -> dataset.image(index, shortSide));
    }
}

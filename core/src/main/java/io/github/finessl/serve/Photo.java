package io.github.finessl.serve;

import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.ImageDecoder;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A photo to be classified, decoded when its turn comes.
 *
 * @param name of its file, for people
 * @param truth its class where that is known, else below 0 as in a {@link Dataset}
 * @param pixels decodes it; throws {@link io.github.finessl.data.DataException} where that is not possible
 */
public record Photo(String name, int truth, Supplier<RgbImage> pixels) {

    /** A photo in a file, turned upright as its camera says. */
    public static Photo of(Path file) {
        return new Photo(file.toString(), Dataset.UNKNOWN, () -> ImageDecoder.PHOTO.decode(file));
    }

    /** The photos of a data set. */
    public static List<Photo> all(Dataset dataset) {
        return IntStream.range(0, dataset.size()).mapToObj(i -> of(dataset, i)).toList();
    }

    /** A photo of a data set. */
    public static Photo of(Dataset dataset, int index) {
        return new Photo(dataset.source(index), dataset.label(index), () -> dataset.image(index));
    }
}

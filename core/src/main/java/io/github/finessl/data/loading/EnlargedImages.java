package io.github.finessl.data.loading;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.Dataset;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The decoded and enlarged images of a data set, kept up to a number of bytes. The first ones seen stay: in passes over a
 * set larger than the room, throwing out the oldest would throw out just what comes next.
 */
final class EnlargedImages {

    private final Dataset dataset;
    private final Augmentation augmentation;
    private final Map<Integer, RgbImage> kept = new ConcurrentHashMap<>();
    private final AtomicLong room;

    EnlargedImages(Dataset dataset, Augmentation augmentation, long bytes) {
        this.dataset = dataset;
        this.augmentation = augmentation;
        this.room = new AtomicLong(bytes);
    }

    RgbImage get(int index) {
        RgbImage image = kept.get(index);
        if (image != null) {
            return image;
        }
        RgbImage enlarged = augmentation.enlarge(dataset.image(index, augmentation.shortSide()));
        int bytes = enlarged.rgb().length;
        if (room.addAndGet(-bytes) < 0 || kept.putIfAbsent(index, enlarged) != null) {
            room.addAndGet(bytes);
        }
        return enlarged;
    }
}

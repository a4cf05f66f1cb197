package io.github.finessl.data;

import io.github.finessl.augment.RgbImage;
import java.awt.image.BufferedImage;
import java.util.List;

/**
 * A data set of images in memory.
 *
 * @param name for logs and records
 * @param classes their names in label order
 * @param images what is transparent counts as white
 * @param labels of each image, or {@link Dataset#UNKNOWN}
 */
public record MemoryImages(String name, List<String> classes, List<RgbImage> images, List<Integer> labels)
        implements Dataset {

    /**
     * Checks the labels.
     *
     * @throws DataException unless every image has a label and every label a class
     */
    public MemoryImages {
        classes = List.copyOf(classes);
        images = List.copyOf(images);
        labels = List.copyOf(labels);
        if (images.size() != labels.size()) {
            throw new DataException("%s must have a label for each image, but has %d for %d."
                    .formatted(name, labels.size(), images.size()));
        }
        for (int label : labels) {
            if (label < STRANGER || label >= classes.size()) {
                throw new DataException("%s must have labels from %d to %d, but has %d."
                        .formatted(name, STRANGER, classes.size() - 1, label));
            }
        }
    }

    /** A data set of pictures with their labels. */
    public static MemoryImages of(
            String name, List<String> classes, List<BufferedImage> pictures, List<Integer> labels) {
        return new MemoryImages(
                name, classes, pictures.stream().map(RgbImage::of).toList(), labels);
    }

    @Override
    public int size() {
        return images.size();
    }

    @Override
    public int label(int index) {
        return labels.get(index);
    }

    @Override
    public RgbImage image(int index) {
        return images.get(index);
    }

    @Override
    public String source(int index) {
        return name + "#" + index;
    }

    @Override
    public String sha256() {
        ContentHash hash = new ContentHash(classes);
        for (int i = 0; i < size(); i++) {
            hash.image(label(i), images.get(i).rgb());
        }
        return hash.hex();
    }
}

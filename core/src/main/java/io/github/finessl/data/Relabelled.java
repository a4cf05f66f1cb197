package io.github.finessl.data;

import io.github.finessl.augment.RgbImage;
import java.util.List;

/**
 * A data set's images with other labels, which are no part of its hash: whoever gives them has to say what decides them.
 *
 * @param images whose own labels are hidden
 * @param labels of each image, {@link Dataset#UNKNOWN} for none
 */
public record Relabelled(Dataset images, int[] labels) implements Dataset {

    /** Checks that every image has a label. */
    public Relabelled {
        if (labels.length != images.size()) {
            throw new IllegalArgumentException(
                    "there are " + labels.length + " labels for " + images.size() + " images");
        }
    }

    @Override
    public String name() {
        return images.name();
    }

    @Override
    public List<String> classes() {
        return images.classes();
    }

    @Override
    public int size() {
        return images.size();
    }

    @Override
    public int label(int index) {
        return labels[index];
    }

    @Override
    public RgbImage image(int index) {
        return images.image(index);
    }

    @Override
    public RgbImage image(int index, int shortSide) {
        return images.image(index, shortSide);
    }

    @Override
    public String source(int index) {
        return images.source(index);
    }

    @Override
    public String sha256() {
        return images.sha256();
    }

    @Override
    public String contentSha256(int index) {
        return images.contentSha256(index);
    }

    @Override
    public String pixelsSha256(int index) {
        return images.pixelsSha256(index);
    }

    @Override
    public List<SkippedImage> skipped() {
        return images.skipped();
    }
}

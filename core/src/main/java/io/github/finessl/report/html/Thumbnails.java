package io.github.finessl.report.html;

import java.awt.image.BufferedImage;
import java.util.Optional;

/** A source of the pictures that a report shows. */
@FunctionalInterface
public interface Thumbnails {

    /** A source without pictures. */
    Thumbnails NONE = image -> Optional.empty();

    /**
     * The picture of an image, upright and of any size; the report shrinks it.
     *
     * @param image its name in its data set
     * @return empty where it cannot be read any more
     */
    Optional<BufferedImage> of(String image);
}

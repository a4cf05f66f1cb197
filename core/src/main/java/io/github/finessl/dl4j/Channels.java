package io.github.finessl.dl4j;

/** The order of colour channels in an array of images. */
public enum Channels {
    /** Red first, as most libraries have it. */
    RGB,
    /** Blue first, as OpenCV and DataVec's {@code NativeImageLoader} have it. */
    BGR;

    /** Where red (0), green (1) or blue (2) is. */
    int of(int colour) {
        return this == RGB ? colour : 2 - colour;
    }
}

package io.github.finessl.dl4j;

/** The order of colour channels in an array of images. */
public enum Channels {
    /** Red, green, blue, as most libraries have it. */
    RGB,
    /** Blue, green, red, as OpenCV and DataVec's {@code NativeImageLoader} have it. */
    BGR;

    /** The index of the channel of red (0), green (1) or blue (2). */
    int of(int colour) {
        return this == RGB ? colour : 2 - colour;
    }
}

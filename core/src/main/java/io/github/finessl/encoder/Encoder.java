package io.github.finessl.encoder;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A frozen vision encoder as read from a file: its structure and its weights, where these are known. */
public sealed interface Encoder permits VisionTransformer, ResNet, OpaqueEncoder {

    /** Height of the images in pixels. */
    int imageHeight();

    /** Width of the images in pixels. */
    int imageWidth();

    /** Length of the feature vector f(x) that the heads see. */
    int featureWidth();

    /** The weights that could be trained, by name, in the network's order. */
    Map<String, INDArray> parameters();

    /**
     * This encoder for square images of another size, its positions resampled as timm does it: bicubic with
     * antialiasing.
     *
     * @throws IllegalArgumentException if the encoder cannot take images of this size
     */
    Encoder atResolution(int pixels);

    /** What the file and its configuration say about the pixels that it takes. */
    PixelInput pixels();

    /** This encoder with something else known about the pixels that it takes. */
    Encoder with(PixelInput known);

    /** SHA-256 of the file (and its side files) in hexadecimal: the encoder's identity in checkpoints and records. */
    String sha256();
}

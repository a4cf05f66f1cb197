package io.github.finessl.encoder;

/** A frozen vision encoder as read from a file: its structure and its weights. */
public sealed interface Encoder permits VisionTransformer, ResNet {

    /** Length of the feature vector f(x) that the heads see. */
    int featureWidth();

    /** SHA-256 of the file (and its side files) in hexadecimal: the encoder's identity in checkpoints and records. */
    String sha256();
}

package io.github.finessl.encoder;

import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An encoder whose structure is not known: a network in an ONNX file, which ONNX Runtime computes. Nothing inside of it can be
 * trained, only heads on its features.
 *
 * @param file the ONNX file
 * @param image the input that images go into
 * @param features the tensor that becomes the features
 * @param reason why the structure is not known: what was expected and what was found
 */
public record OpaqueEncoder(
        Path file, ImageTensor image, FeatureTensor features, String reason, String sha256, PixelInput pixels)
        implements Encoder {

    /** The numbers that a file takes or gives. */
    public enum Element {
        FLOAT,
        HALF,
        BYTE
    }

    /**
     * The input of a file that images go into.
     *
     * @param batch the number of images at a time, where the file fixes it
     * @param channelsLast whether it is [batch, height, width, 3]
     * @param open whether the file takes images of other sizes too
     */
    public record ImageTensor(
            String name,
            OptionalInt batch,
            int height,
            int width,
            boolean channelsLast,
            Element element,
            boolean open) {}

    /** What features are made of. */
    public enum Form {
        /** [N, D], as it is. */
        VECTOR("as it is"),
        /** [N, D, H, W], the mean over H and W. */
        GRID("averaged over the image"),
        /** [N, H, W, D], likewise. */
        GRID_CHANNELS_LAST("averaged over the image"),
        /** [N, T, D], the first of T, where all others fill a square: a class token and patches. */
        CLASS_TOKEN("of the first token"),
        /** [N, T, D], the mean over T. */
        TOKENS("averaged over the tokens");

        private final String deed;

        Form(String deed) {
            this.deed = deed;
        }
    }

    /**
     * The tensor that becomes the features.
     *
     * @param width D
     * @param beforeHead whether a linear layer, such as a classifier, follows it in the file
     */
    public record FeatureTensor(String name, Form form, int width, boolean beforeHead) {}

    @Override
    public int imageHeight() {
        return image.height();
    }

    @Override
    public int imageWidth() {
        return image.width();
    }

    @Override
    public int featureWidth() {
        return features.width();
    }

    @Override
    public Map<String, INDArray> parameters() {
        return Map.of();
    }

    @Override
    public OpaqueEncoder atResolution(int pixels) {
        if (pixels == image.height() && pixels == image.width()) {
            return this;
        }
        if (!image.open() || pixels <= 0) {
            throw new IllegalArgumentException("expected a resolution of " + image.width() + "×" + image.height()
                    + ", the only one that this file takes, found " + pixels);
        }
        ImageTensor sized = new ImageTensor(
                image.name(), image.batch(), pixels, pixels, image.channelsLast(), image.element(), true);
        return new OpaqueEncoder(file, sized, features, reason, sha256, this.pixels);
    }

    @Override
    public OpaqueEncoder with(PixelInput known) {
        return new OpaqueEncoder(file, image, features, reason, sha256, known);
    }

    /** What a user must know of it, in one sentence. */
    public String notice() {
        return "The structure of %s is not known (%s): ONNX Runtime computes its features, the %d numbers of '%s', %s%s, and nothing inside of it is trained."
                .formatted(
                        file.getFileName(),
                        reason,
                        features.width(),
                        features.name(),
                        features.form().deed,
                        features.beforeHead() ? ", in front of the last linear layer" : "");
    }
}

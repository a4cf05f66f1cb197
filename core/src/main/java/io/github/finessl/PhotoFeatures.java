package io.github.finessl;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.ImageDecoder;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.train.FeatureBank;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Features f(x) of photos by a frozen encoder, of the length and kind that a training with {@link TrainingSettings#DEFAULT}
 * begins with. They are kept on disk by the photos' content, and a training finds them there. Not thread-safe.
 */
public final class PhotoFeatures implements AutoCloseable {

    private final int shortSide;
    private final Kernels kernels;
    private final FeatureBank bank;

    /**
     * A decoded photo.
     *
     * @param sha256 of its file, in hexadecimal
     * @param pixels as {@link ImageDecoder#PHOTO} decodes them for {@link PhotoFeatures#shortSide}
     */
    public record Decoded(String sha256, RgbImage pixels) {}

    private PhotoFeatures(int shortSide, Kernels kernels, FeatureBank bank) {
        this.shortSide = shortSide;
        this.kernels = kernels;
        this.bank = bank;
    }

    /**
     * Opens an encoder, at its own resolution.
     *
     * @param encoder ONNX file
     * @throws io.github.finessl.encoder.EncoderFormatException if the file cannot be used
     * @throws SettingsException if this machine cannot compute with the precision
     */
    public static PhotoFeatures open(Path encoder, Precision precision) {
        Optional<Integer> resolution = TrainingSettings.DEFAULT.input().resolution();
        Encoder read = PreparedRun.atResolution(OnnxEncoderReader.open(encoder, resolution), encoder, resolution);
        Kernels kernels = FineTuner.kernels(precision);
        Augmentation view = new Augmentation(read.imageHeight(), Colours.ENCODER.of(read, ""));
        return new PhotoFeatures(view.shortSide(), kernels, new FeatureBank(read, view, kernels));
    }

    /** The pixels of a photo's short side that its features are made of. */
    public int shortSide() {
        return shortSide;
    }

    /**
     * The features of a photo that are known already.
     *
     * @param sha256 of its file, in hexadecimal
     */
    public Optional<float[]> known(String sha256) {
        return bank.known(ImageDecoder.PHOTO.pixelsSha256(sha256));
    }

    /** Computes the features of photos, which are known from then on; best some dozens at a time. */
    public void add(List<Decoded> photos) {
        bank.add(new Pictures(List.copyOf(photos)));
    }

    /** Saves the features that are not on disk yet. */
    public void save() {
        bank.save();
    }

    /** Decoded photos as a data set. */
    private record Pictures(List<Decoded> photos) implements Dataset {
        @Override
        public String name() {
            return "photos";
        }

        @Override
        public List<String> classes() {
            return List.of();
        }

        @Override
        public int size() {
            return photos.size();
        }

        @Override
        public int label(int index) {
            return UNKNOWN;
        }

        @Override
        public RgbImage image(int index) {
            return photos.get(index).pixels();
        }

        @Override
        public String source(int index) {
            return photos.get(index).sha256();
        }

        @Override
        public String sha256() {
            throw new UnsupportedOperationException("these photos are never a run's data");
        }

        @Override
        public String pixelsSha256(int index) {
            return ImageDecoder.PHOTO.pixelsSha256(photos.get(index).sha256());
        }
    }

    /** Saves the features that are not on disk yet. */
    @Override
    public void close() {
        bank.close();
        kernels.close();
    }
}

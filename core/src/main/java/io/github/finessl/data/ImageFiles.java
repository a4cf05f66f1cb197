package io.github.finessl.data;

import io.github.finessl.augment.RgbImage;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;

/** A data set of image files, decoded when asked for. */
final class ImageFiles implements Dataset {

    /** One image: its file and its label, or {@link Dataset#UNKNOWN}. */
    record Entry(Path file, int label) {}

    private final String name;
    private final List<String> classes;
    private final List<Entry> entries;
    private final List<String> hashes;
    private final List<SkippedImage> skipped;
    private final String sha256;

    /**
     * Made by {@link ImageIndex}, which has looked at the files.
     *
     * @param hashes SHA-256 of each entry's file
     * @param sha256 of the whole
     */
    ImageFiles(
            String name,
            List<String> classes,
            List<Entry> entries,
            List<String> hashes,
            List<SkippedImage> skipped,
            String sha256) {
        this.name = name;
        this.classes = List.copyOf(classes);
        this.entries = List.copyOf(entries);
        this.hashes = List.copyOf(hashes);
        this.skipped = List.copyOf(skipped);
        this.sha256 = sha256;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public int size() {
        return entries.size();
    }

    @Override
    public int label(int index) {
        return entries.get(index).label();
    }

    @Override
    public RgbImage image(int index) {
        return decode(entries.get(index).file());
    }

    @Override
    public String source(int index) {
        return entries.get(index).file().toString();
    }

    @Override
    public String sha256() {
        return sha256;
    }

    @Override
    public String contentSha256(int index) {
        return hashes.get(index);
    }

    @Override
    public List<SkippedImage> skipped() {
        return skipped;
    }

    /** Why the bytes are no whole image; empty if they are one. */
    static String fault(byte[] bytes) {
        if (bytes.length == 0) {
            return "is empty";
        }
        boolean jpeg = Jpeg.is(bytes);
        if (jpeg && Jpeg.isTruncated(bytes)) {
            return "ends before its image does";
        }
        // An eighth of the size takes a quarter of the time, and all of the file is read just so.
        int flags = jpeg ? opencv_imgcodecs.IMREAD_REDUCED_COLOR_8 : opencv_imgcodecs.IMREAD_COLOR;
        try (BytePointer pointer = new BytePointer(bytes);
                Mat encoded = new Mat(1, bytes.length, opencv_core.CV_8UC1, pointer);
                Mat decoded = opencv_imgcodecs.imdecode(encoded, flags)) {
            return decoded.empty() ? "is not an image that OpenCV can decode" : "";
        } catch (RuntimeException e) {
            return "is not an image that OpenCV can decode"; // OpenCV throws where an image is too large, for one
        }
    }

    /**
     * Decodes with OpenCV: JPEG, PNG, WebP, BMP, TIFF and more, whatever the file is called, to 8-bit RGB. Camera
     * orientation is ignored, as PIL and torchvision do. The bytes are read by Java, so that any path works.
     */
    static RgbImage decode(Path file) {
        byte[] bytes = InputFiles.bytes(file);
        int flags = opencv_imgcodecs.IMREAD_COLOR | opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;
        try (BytePointer pointer = new BytePointer(bytes);
                Mat encoded = new Mat(1, Math.max(bytes.length, 1), opencv_core.CV_8UC1, pointer);
                Mat bgr = bytes.length == 0 ? new Mat() : opencv_imgcodecs.imdecode(encoded, flags)) {
            if (bgr.empty()) {
                throw new DataException("%s must be an image that OpenCV can decode, but its %d bytes are not."
                        .formatted(file, bytes.length));
            }
            byte[] pixels = new byte[3 * bgr.rows() * bgr.cols()];
            bgr.data().get(pixels);
            for (int i = 0; i < pixels.length; i += 3) {
                byte blue = pixels[i];
                pixels[i] = pixels[i + 2];
                pixels[i + 2] = blue;
            }
            return new RgbImage(bgr.cols(), bgr.rows(), pixels);
        }
    }
}

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
    private String sha256;

    ImageFiles(String name, List<String> classes, List<Entry> entries) {
        this.name = name;
        this.classes = List.copyOf(classes);
        this.entries = List.copyOf(entries);
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
    public synchronized String sha256() {
        if (sha256 == null) {
            ContentHash hash = new ContentHash(classes);
            for (Entry entry : entries) {
                hash.image(entry.label(), InputFiles.bytes(entry.file()));
            }
            sha256 = hash.hex();
        }
        return sha256;
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

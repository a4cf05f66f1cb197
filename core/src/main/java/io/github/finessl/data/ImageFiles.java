package io.github.finessl.data;

import io.github.finessl.augment.RgbImage;
import java.nio.file.Path;
import java.util.List;

/** A data set of image files, decoded when asked for. */
final class ImageFiles implements Dataset {

    /** One image: its file and its label, or {@link Dataset#UNKNOWN}. */
    record Entry(Path file, int label) {}

    private final ImageDecoder decoder;
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
            ImageDecoder decoder,
            String name,
            List<String> classes,
            List<Entry> entries,
            List<String> hashes,
            List<SkippedImage> skipped,
            String sha256) {
        this.decoder = decoder;
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
        return decoder.decode(entries.get(index).file());
    }

    @Override
    public RgbImage image(int index, int shortSide) {
        return decoder.decode(hashes.get(index), entries.get(index).file(), shortSide);
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

    /** A hash of the file's bytes and the decoder, so that nothing has to be decoded. */
    @Override
    public String pixelsSha256(int index) {
        return decoder.pixelsSha256(hashes.get(index));
    }

    @Override
    public List<SkippedImage> skipped() {
        return skipped;
    }
}

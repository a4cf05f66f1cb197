package io.github.finessl.data;

import io.github.finessl.augment.RgbImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Images of CIFAR-10 or CIFAR-100 in the official binary format (Krizhevsky 2009), held in memory as they are in the
 * files: for each image its label byte (CIFAR-100: coarse, then fine label) and 1024 red, green and blue bytes each.
 */
final class CifarDataset implements Dataset {

    private static final int SIDE = 32;
    private static final int PLANE = SIDE * SIDE;

    private final String name;
    private final List<String> classes;
    private final int labelBytes;
    private final List<Path> files;
    private final List<byte[]> contents;
    private final int[] firstOfFile;
    private final int size;
    private String sha256;

    private CifarDataset(String name, List<String> classes, int labelBytes, List<Path> files, List<byte[]> contents) {
        this.name = name;
        this.classes = List.copyOf(classes);
        this.labelBytes = labelBytes;
        this.files = List.copyOf(files);
        this.contents = List.copyOf(contents);
        this.firstOfFile = new int[files.size()];
        int images = 0;
        for (int f = 0; f < contents.size(); f++) {
            firstOfFile[f] = images;
            images += contents.get(f).length / record();
        }
        this.size = images;
    }

    /**
     * Reads record files one after the other.
     *
     * @param labelBytes 1 (CIFAR-10) or 2 (CIFAR-100); the last one counts
     * @throws DataException if a file is missing, has a broken last record or a label outside the classes, or if a class
     *     has no image
     */
    static CifarDataset read(String name, List<String> classes, int labelBytes, List<Path> files) {
        List<byte[]> contents = new ArrayList<>();
        int[] images = new int[classes.size()];
        for (Path file : files) {
            byte[] content = InputFiles.bytes(file);
            int record = labelBytes + 3 * PLANE;
            if (content.length == 0 || content.length % record != 0) {
                throw new DataException("%s must hold whole records of %d bytes, but has %d bytes."
                        .formatted(file, record, content.length));
            }
            for (int i = 0; i < content.length / record; i++) {
                int label = content[i * record + labelBytes - 1] & 0xff;
                if (label >= classes.size()) {
                    throw new DataException("%s must have labels from 0 to %d, but record %d has %d."
                            .formatted(file, classes.size() - 1, i, label));
                }
                images[label]++;
            }
            contents.add(content);
        }
        for (int label = 0; label < images.length; label++) {
            if (images[label] == 0) {
                throw new DataException("%s must have images of every class, but has none of '%s' (label %d)."
                        .formatted(name, classes.get(label), label));
            }
        }
        return new CifarDataset(name, classes, labelBytes, files, contents);
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
        return size;
    }

    @Override
    public int label(int index) {
        int file = file(index);
        return contents.get(file)[start(file, index) + labelBytes - 1] & 0xff;
    }

    @Override
    public RgbImage image(int index) {
        int file = file(index);
        byte[] content = contents.get(file);
        byte[] rgb = new byte[3 * PLANE];
        int red = start(file, index) + labelBytes;
        for (int p = 0; p < PLANE; p++) {
            rgb[3 * p] = content[red + p];
            rgb[3 * p + 1] = content[red + PLANE + p];
            rgb[3 * p + 2] = content[red + 2 * PLANE + p];
        }
        return new RgbImage(SIDE, SIDE, rgb);
    }

    @Override
    public String source(int index) {
        int file = file(index);
        return files.get(file) + " record " + (index - firstOfFile[file]);
    }

    @Override
    public synchronized String sha256() {
        if (sha256 == null) {
            ContentHash hash = new ContentHash(classes);
            for (int i = 0; i < size; i++) {
                hash.image(label(i), image(i).rgb());
            }
            sha256 = hash.hex();
        }
        return sha256;
    }

    private int record() {
        return labelBytes + 3 * PLANE;
    }

    private int file(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException(name + " has " + size + " images, there is no index " + index);
        }
        int found = Arrays.binarySearch(firstOfFile, index);
        return found >= 0 ? found : -found - 2;
    }

    private int start(int file, int index) {
        return (index - firstOfFile[file]) * record();
    }
}

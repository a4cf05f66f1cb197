package io.github.finessl;

import io.github.finessl.data.Dataset;
import io.github.finessl.io.AtomicFile;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.CSVRecord;

/**
 * The list of a training's images, kept in its folder so that a later training can say which have changed.
 *
 * @param images by name
 */
record ImageList(Map<String, Image> images) {

    /** The list's file in the training's folder. */
    static final String FILE = "images.csv";

    private static final CSVFormat FORMAT = CSVFormat.RFC4180
            .builder()
            .setRecordSeparator('\n')
            .setHeader("image", "label", "sha256")
            .setSkipHeaderRecord(true)
            .get();

    /**
     * An image with its label and the hash of its content.
     *
     * @param label its class's name; empty without a class
     * @param sha256 of its content
     */
    record Image(String label, String sha256) {}

    static ImageList of(Dataset dataset) {
        Map<String, Image> images = new LinkedHashMap<>();
        for (int i = 0; i < dataset.size(); i++) {
            int label = dataset.label(i);
            images.put(
                    dataset.source(i),
                    new Image(label < 0 ? "" : dataset.classes().get(label), dataset.contentSha256(i)));
        }
        return new ImageList(images);
    }

    /** The list of a training's folder; empty where there is none, as in folders of earlier versions. */
    static Optional<ImageList> read(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Map<String, Image> images = new LinkedHashMap<>();
        try (CSVParser csv = CSVParser.parse(file, StandardCharsets.UTF_8, FORMAT)) {
            for (CSVRecord row : csv) {
                images.put(row.get("image"), new Image(row.get("label"), row.get("sha256")));
            }
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    file + " should list a training's images, but is damaged: " + e.getMessage() + ".", e);
        }
        return Optional.of(new ImageList(images));
    }

    void write(Path folder) throws IOException {
        AtomicFile.write(folder.resolve(FILE), out -> {
            CSVPrinter csv = FORMAT.print(new OutputStreamWriter(out, StandardCharsets.UTF_8));
            csv.printRecord(List.of(FORMAT.getHeader()));
            for (Map.Entry<String, Image> each : images.entrySet()) {
                csv.printRecord(
                        each.getKey(), each.getValue().label(), each.getValue().sha256());
            }
            csv.flush();
        });
    }

    /** The differences of another list from this one in words, for example "3 images added, 1 changed". */
    String changesTo(ImageList now) {
        Map<Image, Integer> removed = new HashMap<>();
        int changed = 0;
        for (Map.Entry<String, Image> before : images.entrySet()) {
            Image after = now.images.get(before.getKey());
            if (after == null) {
                removed.merge(before.getValue(), 1, Integer::sum);
            } else if (!after.equals(before.getValue())) {
                changed++;
            }
        }
        int added = 0;
        int renamed = 0;
        for (Map.Entry<String, Image> after : now.images.entrySet()) {
            if (!images.containsKey(after.getKey())) {
                boolean known = removed.getOrDefault(after.getValue(), 0) > 0;
                removed.merge(after.getValue(), known ? -1 : 0, Integer::sum);
                added += known ? 0 : 1;
                renamed += known ? 1 : 0;
            }
        }
        int gone = removed.values().stream().mapToInt(n -> n).sum();
        List<String> parts = new ArrayList<>();
        add(parts, added, "added");
        add(parts, gone, "removed");
        add(parts, changed, "changed");
        add(parts, renamed, "renamed");
        return parts.isEmpty() ? "other class names or another order of the images" : String.join(", ", parts);
    }

    private static void add(List<String> parts, int images, String what) {
        if (images > 0) {
            parts.add(images + (parts.isEmpty() ? images == 1 ? " image " : " images " : " ") + what);
        }
    }
}

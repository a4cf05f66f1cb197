package io.github.finessl.studio.photo;

import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.CacheFolder;
import io.github.finessl.io.OneLine;
import io.github.finessl.io.Sha256;
import io.github.finessl.studio.folder.PhotoFolder;
import io.github.finessl.studio.folder.PhotoFolder.Found;
import io.github.finessl.studio.photo.StudioPhoto.Content;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An index of what files contain, kept in the {@link CacheFolder} so that a restart need not read them all. A file is known again
 * by what its system calls it, or by its path, as long as size and time stay. Not thread-safe.
 */
final class ContentIndex {

    private static final Logger log = LoggerFactory.getLogger(ContentIndex.class);
    private static final String FORM = "finessl studio 1";

    private final Path file;
    private Optional<Map<String, Content>> saved = Optional.empty();
    private final OneWarning warning = new OneWarning(log);

    private ContentIndex(Path file) {
        this.file = file;
    }

    /** The index of a folder, which is read when it is asked first. */
    static ContentIndex of(PhotoFolder folder) {
        String name = Sha256.hex(folder.root().toString().getBytes(StandardCharsets.UTF_8))
                .substring(0, 16);
        return new ContentIndex(CacheFolder.file("studio/index-" + name + ".tsv"));
    }

    private Map<String, Content> read() {
        Map<String, Content> saved = new HashMap<>();
        try {
            if (Files.isRegularFile(file)) {
                List<String> lines = Files.readAllLines(file);
                if (!lines.isEmpty() && lines.get(0).equals(FORM)) {
                    lines.stream().skip(1).forEach(line -> add(line, saved));
                }
            }
        } catch (IOException | RuntimeException e) {
            log.warn("{} cannot be used ({}); the photos are read again.", file, e.toString());
            saved.clear();
        }
        return saved;
    }

    private static void add(String line, Map<String, Content> saved) {
        String[] parts = line.split("\t", 5);
        Content content = parts[1].isEmpty()
                ? new Content.Unreadable(parts[4])
                : new Content.Decodable(parts[1], Integer.parseInt(parts[2]), Integer.parseInt(parts[3]));
        saved.put(parts[0], content);
    }

    /** What is known of a file. */
    Content content(Found found) {
        if (saved.isEmpty()) {
            saved = Optional.of(read());
        }
        return saved.get().getOrDefault(key(found), Content.UNKNOWN);
    }

    private static String key(Found found) {
        String name = found.key() == null
                ? OneLine.visible(found.path())
                : found.key().toString();
        return name + " " + found.bytes() + " " + found.modified();
    }

    /** Writes what is known of photos. */
    void save(List<StudioPhoto> photos) {
        String lines = photos.stream()
                .filter(photo -> !photo.content().equals(Content.UNKNOWN))
                .map(ContentIndex::line)
                .collect(Collectors.joining("", FORM + "\n", ""));
        try {
            AtomicFile.write(file, lines);
        } catch (IOException e) {
            warning.of(e.getMessage() + " The photos will be read again next time.");
        }
    }

    private static String line(StudioPhoto photo) {
        if (photo.content() instanceof Content.Decodable known) {
            return "%s\t%s\t%d\t%d\t\n".formatted(key(photo.file()), known.sha256(), known.width(), known.height());
        }
        String reason = photo.content() instanceof Content.Unreadable unreadable ? unreadable.reason() : "";
        return "%s\t\t0\t0\t%s\n".formatted(key(photo.file()), OneLine.visible(reason));
    }
}

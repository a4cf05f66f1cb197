package io.github.finessl.studio.folder;

import io.github.finessl.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The labels that looked wrong and that a person has found right, by the photos' content: {@value #FILE} beside the models. No
 * photo depends on it. Thread-safe.
 */
public final class CheckedLabels implements AutoCloseable {

    /** The file's name. */
    static final String FILE = "checked.jsonl";

    private final JsonLines lines;
    private final Clock clock = Clock.systemUTC();
    private final Set<Checked> right = new HashSet<>();

    /** A photo's content and its class. */
    private record Checked(String sha256, String className) {}

    /**
     * The form of a line.
     *
     * @param right whether the class is right, or not known to be any more
     */
    private record Line(String time, String sha256, String className, Boolean right) {

        /** Empty where a part is missing. */
        Optional<Line> whole() {
            return sha256 == null || className == null || right == null ? Optional.empty() : Optional.of(this);
        }
    }

    private CheckedLabels(JsonLines lines) {
        this.lines = lines;
        lines.read(
                        Line.class,
                        Line::whole,
                        number ->
                                "Line %d of %s must say of a label that it is right, but does not; no photo depends on this file: moved away, it only costs what was checked."
                                        .formatted(number, lines.file()))
                .forEach(this::take);
    }

    private void take(Line line) {
        Checked checked = new Checked(line.sha256(), line.className());
        if (line.right()) {
            right.add(checked);
        } else {
            right.remove(checked);
        }
    }

    /**
     * Opens the file, made where there is none. A last line that was not written to its end is taken off.
     *
     * @throws StudioException if it cannot be written, or a line is none of it
     */
    public static CheckedLabels open(PhotoFolder folder) {
        Path file = folder.home().resolve(FILE);
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new StudioException("%s must be a file of the studio's own, but is none.".formatted(file));
        }
        try {
            return JsonLines.open(file, CheckedLabels::new);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private static StudioException unwritable(Path file, IOException e) {
        return new StudioException("%s cannot be written: %s.".formatted(file, AtomicFile.reason(e)), e);
    }

    /** Whether a person has found a photo's label right. */
    public synchronized boolean isRight(String sha256, String className) {
        return right.contains(new Checked(sha256, className));
    }

    /**
     * Notes that a photo's label is right, or takes that back.
     *
     * @throws StudioException if it cannot be written
     */
    public synchronized void set(String sha256, String className, boolean isRight) {
        if (isRight(sha256, className) == isRight) {
            return;
        }
        Line line = new Line(Instant.now(clock).truncatedTo(ChronoUnit.MILLIS).toString(), sha256, className, isRight);
        try {
            lines.append(List.of(line));
        } catch (IOException e) {
            throw unwritable(lines.file(), e);
        }
        take(line);
    }

    @Override
    public synchronized void close() throws IOException {
        lines.close();
    }
}

package io.github.finessl.data;

import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.CacheFolder;
import io.github.finessl.io.Daemon;
import io.github.finessl.io.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which images of a folder can be decoded, and their hashes. Kept in a file outside of the folder, so that only images that
 * are new or changed (by size and time) are read again.
 *
 * <p>The file is {@code <hash of the folder's path and the decoder>.csv} in the {@link CacheFolder}: a line of the
 * form's name, lines {@code key,sha256} of whole parts, an empty line, and lines
 * {@code path,size,modified,sha256,fault}. It may be deleted at any time.
 */
final class ImageIndex {

    private static final Logger log = LoggerFactory.getLogger(ImageIndex.class);
    private static final String FORM = "finessl image index 1";
    /** Stands in the file for a comma of a fault: fields are counted from behind. */
    private static final char COMMA_IN_FAULT = '\u001f';

    /** Paths of one line that no other file's path is turned into the same text as, for bytes that are no characters. */
    private static final Pattern STORABLE = Pattern.compile("[^\n\r\ufffd]*");

    private static final int SAVE_EVERY = 100_000;
    private static final int TELL_FROM = 10_000;
    private static final long BYTES_AHEAD = 256L << 20;

    private final Path root;
    private final ImageDecoder decoder;
    private final Path file;
    private final Map<String, ImageState> images = new HashMap<>();
    private final Map<String, String> parts = new TreeMap<>();
    private boolean changed;

    /** @param fault empty, or why it cannot be used; completes the sentence "the file ..." */
    private record ImageState(long size, long modified, String sha256, String fault) {

        /** A state that never equals one of the file later on. */
        static ImageState passing(String fault) {
            return new ImageState(-1, 0, "", fault);
        }

        boolean isMissing() {
            return equals(MISSING);
        }

        boolean isOf(BasicFileAttributes found) {
            return size == found.size() && modified == timeOf(found);
        }
    }

    private static final ImageState MISSING = ImageState.passing("does not exist");
    private static final ImageState TO_NOWHERE = ImageState.passing("is a link to nowhere");

    /** A file's state, and its bytes where it can be used. */
    private record Reading(ImageState state, byte[] bytes) {}

    /** A file that is being read. */
    private record Ahead(Future<Reading> reading, long bytes) {}

    private ImageIndex(Path root, ImageDecoder decoder, Path file) {
        this.root = root;
        this.decoder = decoder;
        this.file = file;
    }

    /** The index of a folder, with the images that an earlier index knows already. */
    static ImageIndex of(Path root, ImageDecoder decoder) {
        Path absolute = root.toAbsolutePath().normalize();
        String key = (decoder == ImageDecoder.AS_STORED ? "" : decoder + " ") + absolute;
        String hash = Sha256.hex(key.getBytes(StandardCharsets.UTF_8));
        ImageIndex index = new ImageIndex(root, decoder, CacheFolder.file(hash.substring(0, 16) + ".csv"));
        index.load();
        return index;
    }

    /** A part of the data set with those of its images that can be decoded. */
    ImageFiles check(String name, List<String> classes, List<ImageFiles.Entry> entries) {
        ImageState[] states = new ImageState[entries.size()];
        int known = 0;
        for (int i = 0; i < states.length; i++) {
            states[i] = known(entries.get(i).file());
            known += states[i] == null ? 0 : 1;
        }
        String sha256 = known == states.length ? parts.get(key(classes, entries, states)) : null;
        if (sha256 == null) {
            if (states.length >= TELL_FROM) {
                log.info("Reading {} images of {}, of which {} were seen before", states.length, name, known);
            }
            sha256 = read(classes, entries, states);
            parts.put(key(classes, entries, states), sha256);
            changed = true;
        }
        List<ImageFiles.Entry> usable = new ArrayList<>();
        List<String> hashes = new ArrayList<>();
        List<SkippedImage> skipped = new ArrayList<>();
        for (int i = 0; i < states.length; i++) {
            ImageFiles.Entry entry = entries.get(i);
            if (states[i].fault().isEmpty()) {
                usable.add(entry);
                hashes.add(states[i].sha256());
            } else {
                skipped.add(new SkippedImage(
                        entry.file().toString(), entry.label(), states[i].fault(), states[i].isMissing()));
            }
        }
        return new ImageFiles(decoder, name, classes, usable, hashes, skipped, sha256);
    }

    /** Writes what was learnt; where that is not possible it is learnt again the next time, which a warning says. */
    void save() {
        if (!changed) {
            return;
        }
        changed = false;
        StringBuilder text = new StringBuilder(FORM).append('\n');
        parts.forEach(
                (key, sha256) -> text.append(key).append(',').append(sha256).append('\n'));
        text.append('\n');
        images.forEach((path, state) -> text.append(path)
                .append(',')
                .append(state.size())
                .append(',')
                .append(state.modified())
                .append(',')
                .append(state.sha256())
                .append(',')
                .append(state.fault().replace(',', COMMA_IN_FAULT))
                .append('\n'));
        try {
            AtomicFile.write(file, text.toString());
        } catch (IOException e) {
            log.warn("{} The images of {} will be read again next time.", e.getMessage(), root);
        }
    }

    private void load() {
        if (!Files.isRegularFile(file)) {
            return;
        }
        try {
            Iterator<String> lines = Files.readAllLines(file).iterator();
            if (!lines.hasNext() || !lines.next().equals(FORM)) {
                return;
            }
            for (String line = lines.next(); !line.isEmpty(); line = lines.next()) {
                int comma = line.indexOf(',');
                parts.put(line.substring(0, comma), line.substring(comma + 1));
            }
            while (lines.hasNext()) {
                String line = lines.next();
                int[] commas = new int[4]; // from behind: the path may have some of its own
                int at = line.length();
                for (int i = 3; i >= 0; i--) {
                    at = line.lastIndexOf(',', at - 1);
                    commas[i] = at;
                }
                images.put(
                        line.substring(0, commas[0]),
                        new ImageState(
                                Long.parseLong(line, commas[0] + 1, commas[1], 10),
                                Long.parseLong(line, commas[1] + 1, commas[2], 10),
                                line.substring(commas[2] + 1, commas[3]),
                                line.substring(commas[3] + 1).replace(COMMA_IN_FAULT, ',')));
            }
        } catch (IOException | IndexOutOfBoundsException | NoSuchElementException | NumberFormatException e) {
            log.warn("{} cannot be used ({}); the images of {} are read again", file, e, root);
            parts.clear();
            images.clear();
        }
    }

    /** The known state of a file if the file has not changed since; else null. */
    private ImageState known(Path image) {
        try {
            ImageState state = images.get(key(image));
            return state != null && state.isOf(Files.readAttributes(image, BasicFileAttributes.class)) ? state : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** Fills in the states by reading every file, several at a time, and hashes the part in order. */
    private String read(List<String> classes, List<ImageFiles.Entry> entries, ImageState[] states) {
        ContentHash hash = new ContentHash(classes);
        int threads = Runtime.getRuntime().availableProcessors();
        ExecutorService readers = Executors.newFixedThreadPool(threads, Daemon.named("finessl-check"));
        try {
            Deque<Ahead> ahead = new ArrayDeque<>();
            long bytesAhead = 0;
            int submitted = 0;
            int learnt = 0;
            for (int i = 0; i < states.length; i++) {
                while (submitted < states.length && ahead.size() < 4 * threads && bytesAhead < BYTES_AHEAD) {
                    Path image = entries.get(submitted).file();
                    ImageState known = states[submitted++];
                    long bytes = image.toFile().length();
                    bytesAhead += bytes;
                    ahead.add(new Ahead(readers.submit(() -> read(image, known)), bytes));
                }
                Ahead first = ahead.remove();
                Reading reading = first.reading().get();
                bytesAhead -= first.bytes();
                if (reading.state().fault().isEmpty()) {
                    hash.image(entries.get(i).label(), reading.bytes());
                }
                boolean known = reading.state().equals(states[i]);
                states[i] = reading.state();
                if (!known) {
                    changed |= remember(entries.get(i).file(), states[i]);
                    if (++learnt % SAVE_EVERY == 0) {
                        log.info("{} of {} read", i + 1, states.length);
                        save();
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while images were being read", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
        } finally {
            readers.shutdownNow();
        }
        return hash.hex();
    }

    private Reading read(Path image, ImageState known) {
        try {
            BasicFileAttributes found = Files.readAttributes(image, BasicFileAttributes.class);
            if (!found.isRegularFile()) {
                return new Reading(ImageState.passing("is not a file"), new byte[0]);
            }
            if (found.size() > InputFiles.MOST_BYTES) {
                return new Reading(ImageState.passing("has more than a gigabyte"), new byte[0]);
            }
            byte[] bytes = Files.readAllBytes(image);
            return new Reading(known != null ? known : checked(bytes, found), bytes);
        } catch (IOException e) {
            if (e instanceof AccessDeniedException) {
                return new Reading(ImageState.passing("cannot be read: there is no permission"), new byte[0]);
            } else if (ImageFolders.isLinkToNowhere(image)) {
                return new Reading(TO_NOWHERE, new byte[0]);
            } else if (e instanceof NoSuchFileException) {
                return new Reading(MISSING, new byte[0]);
            }
            return new Reading(ImageState.passing("cannot be read: " + InputFiles.reason(e)), new byte[0]);
        }
    }

    private ImageState checked(byte[] bytes, BasicFileAttributes found) {
        String sha256 = Sha256.hex(bytes);
        ImageDecoder.Checked checked = decoder.check(bytes);
        checked.shrunk().ifPresent(shrunk -> PhotoCache.put(sha256, shrunk));
        return new ImageState(found.size(), timeOf(found), sha256, checked.fault());
    }

    private boolean remember(Path image, ImageState state) {
        String path = key(image);
        if (state.size() < 0 || !STORABLE.matcher(path).matches()) {
            return false;
        }
        images.put(path, state);
        return true;
    }

    private String key(Path image) {
        return (image.startsWith(root)
                        ? root.relativize(image)
                        : image.toAbsolutePath().normalize())
                .toString();
    }

    /** Stands for a part's classes, labels and contents, so that the part's hash can be found again. */
    private static String key(List<String> classes, List<ImageFiles.Entry> entries, ImageState[] states) {
        ContentHash hash = new ContentHash(classes);
        for (int i = 0; i < states.length; i++) {
            if (states[i].fault().isEmpty()) {
                hash.image(entries.get(i).label(), states[i].sha256().getBytes(StandardCharsets.US_ASCII));
            }
        }
        return hash.hex();
    }

    private static long timeOf(BasicFileAttributes found) {
        return found.lastModifiedTime().to(java.util.concurrent.TimeUnit.NANOSECONDS);
    }
}

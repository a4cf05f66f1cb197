package io.github.finessl.studio.photo;

import io.github.finessl.PhotoFeatures;
import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.ImageDecoder;
import io.github.finessl.io.Daemon;
import io.github.finessl.io.FineSslException;
import io.github.finessl.io.Sha256;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.photo.StudioPhoto.Content;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work in the background that reads each photo once: its content's hash, a small picture, and its features; the labelled
 * photos first, since all guesses begin with them, and those that test models last.
 */
public final class Preparation implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Preparation.class);
    private static final int AT_A_TIME = 32;

    private final PhotoLibrary library;
    private final Pictures pictures;
    private final Supplier<Optional<PhotoFeatures>> opener;
    private final Map<String, float[]> features = new ConcurrentHashMap<>();
    private final ExecutorService worker = Executors.newSingleThreadExecutor(Daemon.named("finessl-studio-photos"));
    private final ExecutorService decoders = Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(), Daemon.named("finessl-studio-decode"));
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final AtomicBoolean asked = new AtomicBoolean();
    private volatile boolean closing;
    private volatile String fault = "";
    private Optional<PhotoFeatures> encoder;

    /** Contents that were looked for among the features on disk; the worker's alone. */
    private final Set<String> lookedFor = new HashSet<>();

    /** Looks at the photos of a library, without features where there is no encoder. */
    public Preparation(PhotoLibrary library, Pictures pictures, Supplier<Optional<PhotoFeatures>> encoder) {
        this.library = library;
        this.pictures = pictures;
        this.opener = encoder;
    }

    /**
     * The state of the work.
     *
     * @param done photos that are read, unreadable ones included
     * @param fault a sentence if there are no features; else empty
     */
    public record State(int done, int all, String fault) {}

    /** Adds what is called, by the worker, after each few photos. */
    public void onProgress(Runnable listener) {
        listeners.add(listener);
    }

    /** Reads what is not read yet, in the background. */
    public void start() {
        if (!closing && asked.compareAndSet(false, true)) {
            worker.execute(this::work);
        }
    }

    /** The features of a photo's file, once they are known. */
    public Optional<float[]> features(StudioPhoto photo) {
        return photo.sha256().map(features::get);
    }

    /** How far the work has come. */
    public State state() {
        List<StudioPhoto> photos = library.all();
        return new State((int) photos.stream().filter(photo -> !isToDo(photo)).count(), photos.size(), fault);
    }

    private boolean isToDo(StudioPhoto photo) {
        return photo.content().equals(Content.UNKNOWN)
                || (fault.isEmpty()
                        && photo.sha256()
                                .filter(sha256 -> !features.containsKey(sha256))
                                .isPresent());
    }

    private void work() {
        asked.set(false);
        try {
            if (encoder == null) {
                openEncoder();
            }
            List<StudioPhoto> some = next();
            while (!some.isEmpty() && !closing) {
                prepare(some);
                listeners.forEach(Runnable::run);
                some = next();
            }
            library.save();
            encoder.ifPresent(PhotoFeatures::save);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            log.error("The photos' preparation ended", e);
            fault = e.toString();
            listeners.forEach(Runnable::run);
        }
    }

    private void openEncoder() {
        try {
            encoder = opener.get();
            fault = encoder.isPresent() ? "" : "There is no encoder, so that nothing is suggested.";
        } catch (FineSslException e) {
            encoder = Optional.empty();
            fault = e.getMessage();
        }
    }

    /** The next photos to read; those whose features are known on disk are done at once. */
    private List<StudioPhoto> next() {
        List<StudioPhoto> photos = new ArrayList<>(library.all());
        encoder.ifPresent(bank -> photos.stream()
                .map(photo -> photo.sha256().orElse(null))
                .filter(Objects::nonNull)
                .filter(lookedFor::add)
                .forEach(sha256 -> bank.known(sha256).ifPresent(known -> features.put(sha256, known))));
        return photos.stream()
                .filter(this::isToDo)
                .sorted(Comparator.comparingInt(Preparation::turn))
                .limit(AT_A_TIME)
                .toList();
    }

    /** Guesses begin with labelled photos and are for unlabelled ones; only trainings need those that test models. */
    private static int turn(StudioPhoto photo) {
        if (photo.place() instanceof Place.Test) {
            return 2;
        }
        return photo.place() instanceof Place.Unlabelled ? 1 : 0;
    }

    /**
     * A photo that was read.
     *
     * @param pixels null where it cannot be
     */
    private record Read(StudioPhoto photo, Content content, RgbImage pixels) {}

    private void prepare(List<StudioPhoto> some) throws InterruptedException {
        List<Callable<Read>> tasks = new ArrayList<>();
        some.forEach(photo -> tasks.add(() -> read(photo)));
        Map<String, PhotoFeatures.Decoded> decoded = new HashMap<>();
        for (Future<Read> each : decoders.invokeAll(tasks)) {
            Read read = result(each);
            library.know(read.photo(), read.content());
            if (read.content() instanceof Content.Decodable known && !features.containsKey(known.sha256())) {
                decoded.put(known.sha256(), new PhotoFeatures.Decoded(known.sha256(), read.pixels()));
            }
        }
        encoder.ifPresent(bank -> {
            bank.add(List.copyOf(decoded.values()));
            decoded.keySet()
                    .forEach(sha256 -> features.put(sha256, bank.known(sha256).orElseThrow()));
        });
    }

    private Read read(StudioPhoto photo) {
        try {
            byte[] bytes = pictures.bytes(photo);
            String sha256 = Sha256.hex(bytes);
            int shortSide = encoder.map(PhotoFeatures::shortSide).orElse(Pictures.SMALL);
            RgbImage pixels = ImageDecoder.PHOTO.decode(sha256, () -> bytes, photo.path(), shortSide);
            pictures.keep(sha256, pixels);
            return new Read(photo, new Content.Decodable(sha256, pixels.width(), pixels.height()), pixels);
        } catch (FineSslException e) {
            return new Read(photo, new Content.Unreadable(e.getMessage()), null);
        }
    }

    private static Read result(Future<Read> each) throws InterruptedException {
        try {
            return each.get();
        } catch (ExecutionException e) {
            throw Daemon.unwrap(e);
        }
    }

    @Override
    public void close() {
        closing = true;
        Daemon.end(worker);
        Daemon.end(decoders);
        if (encoder != null) {
            encoder.ifPresent(PhotoFeatures::close);
        }
    }
}

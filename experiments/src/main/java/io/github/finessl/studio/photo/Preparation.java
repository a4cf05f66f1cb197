package io.github.finessl.studio.photo;

import io.github.finessl.PhotoFeatures;
import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.ImageDecoder;
import io.github.finessl.io.Daemon;
import io.github.finessl.io.FineSslException;
import io.github.finessl.io.Sha256;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.photo.StudioPhoto.Content;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
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
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work in the background that reads each photo once: its content's hash, a small picture, and its features; the labelled
 * photos first, since all guesses begin with them, and those that test models last.
 */
public final class Preparation implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Preparation.class);

    /** After so many photos in a row without features the fault is none of the photos'. */
    private static final int MOST_IN_VAIN = 3;

    private static final Duration AGAIN = Duration.ofMinutes(1);

    private final PhotoLibrary library;
    private final Pictures pictures;
    private final Supplier<PhotoEncoder> opener;
    private final Map<String, float[]> features = new ConcurrentHashMap<>();

    /** Contents whose features could not be computed this time, and ids of photos that could not be read for no fault of theirs. */
    private final Set<String> failed = ConcurrentHashMap.newKeySet();

    private final Turns turns = new Turns(this::toDo);
    private final Background background = new Background("finessl-studio-photos", this::work);
    private final ExecutorService decoders = Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(), Daemon.named("finessl-studio-decode"));
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile String fault = "";
    private volatile boolean atWork;
    private volatile Optional<PhotoEncoder> encoder = Optional.empty();

    /** Contents that were looked for among the features on disk; the worker's alone. */
    private final Set<String> lookedFor = new HashSet<>();

    /** Whether some of these were there this time; the worker's alone. */
    private boolean foundOnDisk;

    /**
     * Looks at the photos of a library.
     *
     * @param encoder opens it, and is asked again later where it throws: until then there are no features
     */
    public Preparation(PhotoLibrary library, Pictures pictures, Supplier<PhotoEncoder> encoder) {
        this.library = library;
        this.pictures = pictures;
        this.opener = encoder;
    }

    /**
     * The state of the work.
     *
     * @param done photos that are read, unreadable ones included
     * @param fault a sentence if photos have no features, which is tried again from time to time; else empty
     */
    public record State(int done, int all, String fault) {}

    /** Adds what is called, by the worker, after each few photos and when all are known. */
    public void onProgress(Runnable listener) {
        listeners.add(listener);
    }

    /** Reads what is not read yet, in the background. */
    public void start() {
        turns.changed();
        background.ask();
    }

    /** Reads what is not read yet, in the background and after a while. */
    public void startLater(Duration wait) {
        turns.changed();
        background.askLater(wait);
    }

    /** Whether there is more to do after what it has just told of. */
    public boolean isAtWork() {
        return atWork;
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
        if (photo.content().equals(Content.UNKNOWN)) {
            return !failed.contains(photo.id());
        }
        boolean wantsFeatures = encoder.isPresent() || fault.isEmpty(); // it is being opened
        return (wantsFeatures
                && photo.sha256()
                        .filter(sha256 -> !features.containsKey(sha256) && !failed.contains(sha256))
                        .isPresent());
    }

    private void work() {
        failed.clear();
        fault = "";
        foundOnDisk = false;
        atWork = true;
        turns.changed();
        try {
            openEncoder();
            List<StudioPhoto> some = turns.next();
            while (!some.isEmpty() && !background.isClosing()) {
                prepare(some);
                some = turns.next();
                atWork = !some.isEmpty();
                listeners.forEach(Runnable::run);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            log.error("The photos are prepared again in a while", e);
            fault = e.toString();
        }
        atWork = false;
        library.save();
        encoder.ifPresent(PhotoEncoder::save);
        if (foundOnDisk || !fault.isEmpty()) {
            listeners.forEach(Runnable::run);
        }
        if (!fault.isEmpty()) {
            background.askLater(AGAIN);
        }
    }

    private void openEncoder() {
        if (encoder.isEmpty()) {
            try {
                encoder = Optional.of(opener.get());
            } catch (FineSslException e) {
                fault = e.getMessage();
            }
        }
    }

    /** The photos to read; those whose features are known on disk are done at once. */
    private List<StudioPhoto> toDo() {
        List<StudioPhoto> photos = library.all();
        encoder.ifPresent(bank -> photos.stream()
                .map(photo -> photo.sha256().orElse(null))
                .filter(Objects::nonNull)
                .filter(lookedFor::add)
                .forEach(sha256 -> bank.known(sha256).ifPresent(known -> {
                    features.put(sha256, known);
                    foundOnDisk = true;
                })));
        return photos.stream()
                .filter(this::isToDo)
                .sorted(Comparator.comparingInt(Preparation::turn))
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
        List<Callable<Optional<Read>>> tasks = new ArrayList<>();
        some.forEach(photo -> tasks.add(() -> background.isClosing() ? Optional.empty() : read(photo)));
        Map<String, PhotoFeatures.Decoded> decoded = new LinkedHashMap<>();
        for (Future<Optional<Read>> each : decoders.invokeAll(tasks)) {
            Optional<Read> read = result(each);
            read.ifPresent(of -> library.know(of.photo(), of.content()));
            if (read.isPresent()
                    && read.get().content() instanceof Content.Decodable known
                    && !features.containsKey(known.sha256())) {
                decoded.put(
                        known.sha256(),
                        new PhotoFeatures.Decoded(known.sha256(), read.get().pixels()));
            }
        }
        if (background.isClosing()) {
            return; // the next start computes their features
        }
        encoder.ifPresent(bank -> compute(bank, List.copyOf(decoded.values())));
    }

    /** Computes features; where that fails, of one photo after the other, for one alone may be to blame. */
    private void compute(PhotoEncoder bank, List<PhotoFeatures.Decoded> photos) {
        try {
            add(bank, photos);
        } catch (RuntimeException | Error together) {
            int inVain = 0;
            for (PhotoFeatures.Decoded photo : photos) {
                try {
                    add(bank, List.of(photo));
                    inVain = 0;
                } catch (RuntimeException | Error alone) {
                    alone.addSuppressed(together);
                    if (++inVain == MOST_IN_VAIN) {
                        throw alone;
                    }
                    log.warn("A photo has no features; they are computed again in a while", alone);
                    failed.add(photo.sha256());
                    fault = alone.toString();
                }
            }
        }
    }

    private void add(PhotoEncoder bank, List<PhotoFeatures.Decoded> photos) {
        bank.add(photos);
        photos.forEach(
                photo -> features.put(photo.sha256(), bank.known(photo.sha256()).orElseThrow()));
    }

    private Optional<Read> read(StudioPhoto photo) {
        try {
            byte[] bytes = pictures.bytes(photo);
            String sha256 = Sha256.hex(bytes);
            int shortSide = encoder.map(PhotoEncoder::shortSide).orElse(Pictures.SMALL);
            RgbImage pixels = ImageDecoder.PHOTO.decode(sha256, () -> bytes, photo.path(), shortSide);
            pictures.keep(sha256, pixels);
            return Optional.of(new Read(photo, new Content.Decodable(sha256, pixels.width(), pixels.height()), pixels));
        } catch (FineSslException e) {
            return Optional.of(new Read(photo, new Content.Unreadable(e.getMessage()), null));
        } catch (RuntimeException | Error e) { // a lack of memory, for one
            log.warn("{} is read again in a while", photo.path(), e);
            failed.add(photo.id());
            fault = e.toString();
            return Optional.empty();
        }
    }

    private static <T> T result(Future<T> each) throws InterruptedException {
        try {
            return each.get();
        } catch (ExecutionException e) {
            throw Daemon.unwrap(e);
        }
    }

    /** Waits for the photos that are being decoded, and for the features that are being computed. */
    @Override
    public void close() {
        background.close();
        Daemon.end(decoders);
        encoder.ifPresent(PhotoEncoder::close);
    }
}

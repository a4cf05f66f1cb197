package io.github.finessl.studio.learn;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.FineSslException;
import io.github.finessl.io.JsonFault;
import io.github.finessl.report.Json;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.studio.folder.PhotoFolder;
import io.github.finessl.studio.folder.StudioException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The finished models of a photos' folder, and which of them is in use: suggests, is tried and is shipped. That is the newest one,
 * unless an older one was restored since it was trained. Nothing is deleted. Thread-safe.
 */
public final class Models {

    private static final Logger log = LoggerFactory.getLogger(Models.class);
    private static final String IN_USE = "in-use.json";

    private final PhotoFolder folder;
    private final Map<String, Look> looks = new ConcurrentHashMap<>();
    private final Map<String, KnownPlan> plans = new ConcurrentHashMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile Sight seen;

    /**
     * What tells that others have put something into a model's folder.
     *
     * @param newest when one of its files was written last
     */
    private record Stamp(int files, long bytes, long newest) {

        private static final Stamp NONE = new Stamp(0, 0, 0);

        static Stamp of(Path folder) {
            Stamp all = NONE;
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    BasicFileAttributes one = Files.readAttributes(file, BasicFileAttributes.class);
                    all = new Stamp(
                            all.files() + 1,
                            all.bytes() + one.size(),
                            Math.max(all.newest(), one.lastModifiedTime().toMillis()));
                }
                return all;
            } catch (IOException | UncheckedIOException e) { // it is being taken away just now
                return NONE;
            }
        }
    }

    /**
     * A look into a model's folder.
     *
     * @param model empty where it cannot be read
     * @param fault a sentence where it cannot be; else empty
     */
    private record Look(Stamp stamp, Optional<TrainedModel> model, String fault) {}

    /** All that browsers are shown of the models. */
    private record Sight(
            List<TrainedModel> all, List<TrainedModel.Unreadable> unreadable, Optional<TrainedModel> inUse) {}

    /** A plan as its file was at a time. */
    private record KnownPlan(FileTime time, Optional<TrainingPlan> plan) {}

    /**
     * A model that was restored.
     *
     * @param newest the newest one then: a newer one is in use again
     */
    private record Restored(String number, String newest) {}

    /** The models of a folder. */
    public Models(PhotoFolder folder) {
        this.folder = folder;
        seen = sight();
    }

    private Sight sight() {
        return new Sight(all(), unreadable(), inUse());
    }

    /** Adds what is called when there is another model, or another one is in use. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** Tells all that there is another model. */
    public void changed() {
        seen = sight();
        listeners.forEach(Runnable::run);
    }

    /**
     * Looks at what others have done to the models since.
     *
     * @return whether anything was different
     */
    public boolean rescan() {
        boolean different = !sight().equals(seen);
        if (different) {
            changed();
        }
        return different;
    }

    /** The models, the newest first. */
    public List<TrainedModel> all() {
        return TrainedModel.finished(folder).stream()
                .flatMap(number -> look(number).model().stream())
                .toList();
    }

    /** The models that cannot be read, the newest first. */
    public List<TrainedModel.Unreadable> unreadable() {
        return TrainedModel.finished(folder).stream()
                .filter(number -> look(number).model().isEmpty())
                .map(number -> new TrainedModel.Unreadable(number, look(number).fault()))
                .toList();
    }

    private Look look(String number) {
        Stamp now = Stamp.of(folder(number));
        return looks.compute(
                number, (same, before) -> before != null && before.stamp().equals(now) ? before : look(number, now));
    }

    private Look look(String number, Stamp stamp) {
        try {
            return new Look(stamp, Optional.of(TrainedModel.read(folder, number)), "");
        } catch (FineSslException e) {
            log.warn("Model {} cannot be used: {}", number, e.getMessage());
            return new Look(stamp, Optional.empty(), e.getMessage());
        }
    }

    /**
     * A model.
     *
     * @throws StudioException if there is no such one
     */
    TrainedModel require(String number) {
        return all().stream()
                .filter(model -> model.number().equals(number))
                .findFirst()
                .orElseThrow(() -> new StudioException("There is no finished model %s.".formatted(number)));
    }

    /** The model in use; empty where there is none yet. */
    public Optional<TrainedModel> inUse() {
        List<TrainedModel> all = all();
        Optional<TrainedModel> restored = restored()
                .filter(each -> !all.isEmpty() && all.get(0).number().equals(each.newest()))
                .flatMap(each -> all.stream()
                        .filter(model -> model.number().equals(each.number()))
                        .findFirst());
        return restored.or(() -> all.stream().findFirst());
    }

    /**
     * The model in use.
     *
     * @throws StudioException if there is none yet
     */
    TrainedModel required() {
        return inUse().orElseThrow(() -> new StudioException("There is no model yet: train one first."));
    }

    private Path inUseFile() {
        return folder.models().resolve(IN_USE);
    }

    private Optional<Restored> restored() {
        try {
            return Files.isRegularFile(inUseFile())
                    ? Optional.ofNullable(Json.MAPPER.readValue(Files.readAllBytes(inUseFile()), Restored.class))
                    : Optional.empty();
        } catch (IOException e) {
            String reason = e instanceof JsonProcessingException json ? JsonFault.reason(json) : AtomicFile.reason(e);
            log.warn("{} cannot be read, so that the newest model is in use: {}", inUseFile(), reason);
            return Optional.empty();
        }
    }

    /**
     * Puts a model to use until a newer one is trained.
     *
     * @throws StudioException if there is no such model, or that cannot be noted
     */
    public void use(String number) {
        TrainedModel model = require(number);
        try {
            Json.write(inUseFile(), new Restored(model.number(), all().get(0).number()));
        } catch (IOException e) {
            throw new StudioException(e.getMessage(), e);
        }
        changed();
    }

    /** The probability below which a model's answers are unsure; 0 for none. */
    public double unsureBelow(String number) {
        return ModelFolder.read(folder(number)).unsureBelow().orElse(0.0);
    }

    /**
     * Keeps with a model the probability below which its answers are unsure, 0 for none.
     *
     * @throws StudioException if there is no such model, or it is no probability
     */
    public void unsureBelow(String number, double probability) {
        Path own = folder(require(number).number());
        if (!(probability >= 0 && probability < 1)) {
            throw new StudioException("A threshold is a probability from 0 to 1, not %s.".formatted(probability));
        }
        try {
            ModelFolder.write(own, ModelFolder.read(own).unsureBelow(probability));
        } catch (IOException e) {
            throw new StudioException(e.getMessage(), e);
        }
        changed();
    }

    /** The folder of a model. */
    public Path folder(String number) {
        return TrainedModel.folder(folder, number);
    }

    /** What a model learnt from; empty where that is not known. */
    Optional<TrainingPlan> plan(String number) {
        Path file = TrainedModel.plan(folder, number);
        FileTime time;
        try {
            time = Files.getLastModifiedTime(file);
        } catch (IOException e) { // models of earlier versions have none
            return Optional.empty();
        }
        return plans.compute(
                        number,
                        (same, before) -> before != null && before.time().equals(time)
                                ? before
                                : new KnownPlan(time, TrainingPlan.read(file)))
                .plan();
    }
}

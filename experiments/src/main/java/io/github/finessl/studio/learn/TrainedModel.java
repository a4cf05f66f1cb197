package io.github.finessl.studio.learn;

import io.github.finessl.FineTuner;
import io.github.finessl.report.Comparison;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.RunStore;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.studio.folder.PhotoFolder;
import io.github.finessl.studio.folder.StudioException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A finished model in {@code models/001}, {@code 002} and so on.
 *
 * @param number the folder's name
 * @param time when its training began, in ISO 8601
 * @param labelled how many labelled photos it learnt from
 * @param unlabelled how many unlabelled ones
 * @param accuracy a fraction of the test photos; empty where there are none
 * @param tested how many test photos there were
 * @param simpler how right models without training are on the same test photos; empty where that is not known
 */
public record TrainedModel(
        String number,
        String time,
        List<String> classes,
        int labelled,
        int unlabelled,
        int steps,
        Optional<Double> accuracy,
        int tested,
        Optional<Comparison> simpler) {

    private static final Logger log = LoggerFactory.getLogger(TrainedModel.class);
    private static final Pattern NUMBER = Pattern.compile("[0-9]{3,6}");
    private static final String PLAN = ".training.json";
    private static final int LARGEST = 999_999;
    private static final Comparator<String> OLDEST_FIRST =
            Comparator.<String>comparingInt(Integer::parseInt).thenComparing(Comparator.naturalOrder());

    /** A finished model that cannot be used, and a sentence that says why. */
    public record Unreadable(String number, String reason) {}

    /** Whether another model is this one, which others may have put another in the place of. */
    private boolean isSame(TrainedModel other) {
        return number.equals(other.number) && time.equals(other.time);
    }

    /** Whether two are the same model, or none. */
    static boolean areSame(Optional<TrainedModel> one, Optional<TrainedModel> other) {
        return one.isEmpty() ? other.isEmpty() : other.filter(one.get()::isSame).isPresent();
    }

    /** The numbers of the finished models, the newest first. */
    static List<String> finished(PhotoFolder photos) {
        return numbers(photos).stream()
                .sorted(OLDEST_FIRST.reversed())
                .filter(number -> ModelFolder.isComplete(folder(photos, number)))
                .toList();
    }

    /** The number of the newest training, if it began here and has not come to its end. */
    static Optional<String> interrupted(PhotoFolder photos) {
        return numbers(photos).stream()
                .max(OLDEST_FIRST)
                .filter(number -> Files.isRegularFile(plan(photos, number)))
                .filter(number -> !ModelFolder.isComplete(folder(photos, number))
                        || !Files.isRegularFile(folder(photos, number).resolve(FineTuner.REPORT)));
    }

    /** The numbers that have a folder or the plan of a training. */
    private static Set<String> numbers(PhotoFolder photos) {
        Path models = photos.models();
        if (!Files.isDirectory(models)) {
            return Set.of();
        }
        try (Stream<Path> files = Files.list(models)) {
            return files.filter(
                            file -> Files.isDirectory(file) || file.toString().endsWith(PLAN))
                    .map(file -> file.getFileName().toString())
                    .map(name -> name.endsWith(PLAN) ? name.substring(0, name.length() - PLAN.length()) : name)
                    .filter(name -> NUMBER.matcher(name).matches())
                    .collect(Collectors.toSet());
        } catch (IOException | UncheckedIOException e) {
            throw new StudioException("%s cannot be listed.".formatted(models), e);
        }
    }

    /**
     * Reads a finished model.
     *
     * @throws FineSslException if its files cannot be read
     */
    static TrainedModel read(PhotoFolder photos, String number) {
        Path folder = folder(photos, number);
        try {
            RunRecord record = record(folder.resolve(RunStore.RECORD));
            return new TrainedModel(
                    number,
                    record.times().start().toString(),
                    ModelFolder.read(folder).classes(),
                    record.data().labelled(),
                    record.data().unlabelled(),
                    record.steps(),
                    Optional.ofNullable(record.metrics().top1()),
                    record.data().test(),
                    simpler(folder));
        } catch (IOException e) { // its message is a sentence that names the file
            throw new StudioException(e.getMessage(), e);
        }
    }

    private static RunRecord record(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new StudioException("%s must be the record of a training, but is not there.".formatted(file));
        }
        RunRecord record = RunRecord.read(file);
        if (record == null
                || record.times() == null
                || record.times().start() == null
                || record.data() == null
                || record.metrics() == null) {
            throw new StudioException("%s must be the record of a training, but lacks parts of it.".formatted(file));
        }
        return record;
    }

    private static Optional<Comparison> simpler(Path folder) {
        try {
            return Comparison.read(folder);
        } catch (IOException e) {
            log.warn("{}", e.getMessage());
            return Optional.empty();
        }
    }

    /** The folder of a model, or of one that is to be. */
    public static Path folder(PhotoFolder photos, String number) {
        if (!NUMBER.matcher(number).matches()) {
            throw new StudioException("'%s' is no model's number.".formatted(number));
        }
        return photos.models().resolve(number);
    }

    /** The file of the plan of a model's training, beside its folder. */
    static Path plan(PhotoFolder photos, String number) {
        return folder(photos, number).resolveSibling(number + PLAN);
    }

    /**
     * The number for the next model, whose name nothing has.
     *
     * @throws StudioException if there is no larger one
     */
    static String next(PhotoFolder photos) {
        int last = numbers(photos).stream().mapToInt(Integer::parseInt).max().orElse(0);
        for (int next = last + 1; next <= LARGEST; next++) {
            String number = "%03d".formatted(next);
            if (!Files.exists(folder(photos, number), LinkOption.NOFOLLOW_LINKS)) {
                return number;
            }
        }
        throw new StudioException("%s must leave larger numbers for models to come, but has the model %d: rename it."
                .formatted(photos.models(), last));
    }
}

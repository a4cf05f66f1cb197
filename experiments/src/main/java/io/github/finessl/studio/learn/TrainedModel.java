package io.github.finessl.studio.learn;

import io.github.finessl.FineTuner;
import io.github.finessl.io.FineSslException;
import io.github.finessl.report.Comparison;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.RunStore;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.studio.folder.PhotoFolder;
import io.github.finessl.studio.folder.StudioException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
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

    /** The numbers of the finished models, the newest first. */
    static List<String> finished(PhotoFolder photos) {
        return numbers(photos).stream()
                .sorted(Comparator.reverseOrder())
                .filter(number -> ModelFolder.isComplete(folder(photos, number)))
                .toList();
    }

    /** The number of the newest training, if it began here and has not come to its end. */
    static Optional<String> interrupted(PhotoFolder photos) {
        return numbers(photos).stream()
                .max(Comparator.naturalOrder())
                .filter(number -> Files.isRegularFile(plan(photos, number)))
                .filter(number -> !ModelFolder.isComplete(folder(photos, number))
                        || !Files.isRegularFile(folder(photos, number).resolve(FineTuner.REPORT)));
    }

    /** The numbers that are taken, by a model or by a training. */
    private static Set<String> numbers(PhotoFolder photos) {
        Path models = photos.models();
        if (!Files.isDirectory(models)) {
            return Set.of();
        }
        try (Stream<Path> files = Files.list(models)) {
            return files.map(file -> file.getFileName().toString())
                    .map(name -> name.endsWith(PLAN) ? name.substring(0, name.length() - PLAN.length()) : name)
                    .filter(name -> NUMBER.matcher(name).matches())
                    .collect(Collectors.toSet());
        } catch (IOException | UncheckedIOException e) {
            throw new StudioException("%s cannot be listed.".formatted(models), e);
        }
    }

    /** A finished model; empty where its files cannot be read. */
    static Optional<TrainedModel> read(PhotoFolder photos, String number) {
        Path folder = folder(photos, number);
        try {
            RunRecord record = RunRecord.read(folder.resolve(RunStore.RECORD));
            return Optional.of(new TrainedModel(
                    number,
                    record.times().start().toString(),
                    ModelFolder.read(folder).classes(),
                    record.data().labelled(),
                    record.data().unlabelled(),
                    record.steps(),
                    Optional.ofNullable(record.metrics().top1()),
                    record.data().test(),
                    simpler(folder)));
        } catch (IOException | FineSslException e) {
            log.warn("Model {} cannot be used: {}", number, e.getMessage());
            return Optional.empty();
        }
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

    /** The number for the next model. */
    static String next(PhotoFolder photos) {
        int last = numbers(photos).stream().mapToInt(Integer::parseInt).max().orElse(0);
        return "%03d".formatted(last + 1);
    }
}

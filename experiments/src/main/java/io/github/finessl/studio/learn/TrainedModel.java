package io.github.finessl.studio.learn;

import io.github.finessl.io.FineSslException;
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
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A finished model in {@code models/001}, {@code 002} and so on.
 *
 * @param number the folder's name
 * @param time when its training began, in ISO 8601
 * @param labelled how many labelled photos it learnt from
 * @param unlabelled how many unlabelled ones
 * @param accuracy a fraction of the photos in {@code test}; empty where there are none
 */
public record TrainedModel(
        String number,
        String time,
        List<String> classes,
        int labelled,
        int unlabelled,
        int steps,
        Optional<Double> accuracy) {

    private static final Pattern NUMBER = Pattern.compile("[0-9]{3,6}");

    /** The finished models of a photos' folder, the newest first. */
    public static List<TrainedModel> all(PhotoFolder photos) {
        return numbers(photos).stream()
                .sorted(Comparator.reverseOrder())
                .flatMap(number -> read(photos, number).stream())
                .toList();
    }

    private static List<String> numbers(PhotoFolder photos) {
        Path models = photos.models();
        if (!Files.isDirectory(models)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(models)) {
            return folders.map(folder -> folder.getFileName().toString())
                    .filter(name -> NUMBER.matcher(name).matches())
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new StudioException("%s cannot be listed.".formatted(models), e);
        }
    }

    private static Optional<TrainedModel> read(PhotoFolder photos, String number) {
        Path folder = folder(photos, number);
        if (!ModelFolder.isComplete(folder)) {
            return Optional.empty();
        }
        try {
            RunRecord record = RunRecord.read(folder.resolve(RunStore.RECORD));
            return Optional.of(new TrainedModel(
                    number,
                    record.times().start().toString(),
                    ModelFolder.read(folder).classes(),
                    record.data().labelled(),
                    record.data().unlabelled(),
                    record.steps(),
                    Optional.ofNullable(record.metrics().top1())));
        } catch (IOException | FineSslException e) {
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

    /** The number for the next model. */
    static String next(PhotoFolder photos) {
        List<String> numbers = numbers(photos);
        int last = numbers.stream().mapToInt(Integer::parseInt).max().orElse(0);
        return "%03d".formatted(last + 1);
    }
}

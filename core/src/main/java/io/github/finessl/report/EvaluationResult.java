package io.github.finessl.report;

import io.github.finessl.io.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.CSVRecord;

/**
 * The confusion matrix of an evaluation: how often each class was taken for which; rows are true classes, columns
 * predicted ones.
 */
public final class EvaluationResult {
    private static final String LABEL = "label";

    private final int[][] confusion;

    private EvaluationResult(int[][] confusion) {
        this.confusion = confusion;
    }

    /**
     * Counts predictions; there may be none.
     *
     * @param labels indices of the true classes
     * @param predicted as many indices of predicted ones
     */
    public static EvaluationResult of(int[] labels, int[] predicted, int classes) {
        if (labels.length != predicted.length) {
            throw new IllegalArgumentException(labels.length + " labels, " + predicted.length + " predictions");
        }
        int[][] confusion = new int[classes][classes];
        for (int i = 0; i < labels.length; i++) {
            confusion[labels[i]][predicted[i]]++;
        }
        return new EvaluationResult(confusion);
    }

    /** Counts the predictions of a list. */
    public static EvaluationResult of(List<Prediction> predictions, int classes) {
        return of(
                predictions.stream().mapToInt(Prediction::label).toArray(),
                predictions.stream().mapToInt(Prediction::predicted).toArray(),
                classes);
    }

    /** The top-1 accuracy: the fraction of all images that were predicted right; empty where there are none. */
    public OptionalDouble top1() {
        long right = IntStream.range(0, confusion.length)
                .mapToLong(c -> confusion[c][c])
                .sum();
        long all = images();
        return all == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) right / all);
    }

    /**
     * The accuracy of each class, the fraction of its images that were predicted right: NaN for a class without images,
     * and an empty list where no class has any.
     */
    public List<Double> perClassAccuracy() {
        if (images() == 0) {
            return List.of();
        }
        return IntStream.range(0, confusion.length)
                .mapToObj(c ->
                        (double) confusion[c][c] / Arrays.stream(confusion[c]).sum())
                .toList();
    }

    private long images() {
        return Arrays.stream(confusion)
                .flatMapToInt(Arrays::stream)
                .asLongStream()
                .sum();
    }

    /** The number of images of class {@code label} that were taken for class {@code predicted}. */
    public int count(int label, int predicted) {
        return confusion[label][predicted];
    }

    /** Writes the confusion matrix as CSV, with the classes' names as first column and header. */
    public void writeConfusion(Path file, List<String> classes) throws IOException {
        StringBuilder text = new StringBuilder();
        try (CSVPrinter csv = new CSVPrinter(
                text, CSVFormat.RFC4180.builder().setRecordSeparator('\n').get())) {
            csv.print(LABEL);
            csv.printRecord(classes);
            for (int label = 0; label < confusion.length; label++) {
                csv.print(classes.get(label));
                csv.printRecord(Arrays.stream(confusion[label]).boxed().toList());
            }
        }
        AtomicFile.write(file, text.toString());
    }

    /**
     * Reads the classes' names from a file that {@link #writeConfusion} wrote.
     *
     * @throws IOException naming the file, where it is not one
     */
    public static List<String> classesOf(Path file) throws IOException {
        try (CSVParser csv = CSVParser.parse(file, StandardCharsets.UTF_8, CSVFormat.RFC4180)) {
            List<String> header =
                    csv.stream().limit(1).flatMap(CSVRecord::stream).toList();
            if (header.size() < 2 || !header.get(0).equals(LABEL)) {
                throw new IOException(
                        file + " should begin with '" + LABEL + "' and the classes' names, but does not.");
            }
            return header.subList(1, header.size());
        }
    }
}

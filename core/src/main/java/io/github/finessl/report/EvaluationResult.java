package io.github.finessl.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** How often each class was taken for which: rows are true classes, columns predicted ones. */
public final class EvaluationResult {

    private final int[][] confusion;

    private EvaluationResult(int[][] confusion) {
        this.confusion = confusion;
    }

    /**
     * Counts predictions.
     *
     * @param labels indices of the true classes
     * @param predicted as many indices of predicted ones
     */
    public static EvaluationResult of(int[] labels, int[] predicted, int classes) {
        if (labels.length != predicted.length || labels.length == 0) {
            throw new IllegalArgumentException(labels.length + " labels, " + predicted.length + " predictions");
        }
        int[][] confusion = new int[classes][classes];
        for (int i = 0; i < labels.length; i++) {
            confusion[labels[i]][predicted[i]]++;
        }
        return new EvaluationResult(confusion);
    }

    /** Of a list of predictions. */
    public static EvaluationResult of(List<Prediction> predictions, int classes) {
        return of(
                predictions.stream().mapToInt(Prediction::label).toArray(),
                predictions.stream().mapToInt(Prediction::predicted).toArray(),
                classes);
    }

    /** The fraction of all images that were predicted right. */
    public double top1() {
        long right = IntStream.range(0, confusion.length)
                .mapToLong(c -> confusion[c][c])
                .sum();
        long all = Arrays.stream(confusion)
                .flatMapToInt(Arrays::stream)
                .asLongStream()
                .sum();
        return (double) right / all;
    }

    /** For each class the fraction of its images that were predicted right; NaN for a class without images. */
    public List<Double> perClassAccuracy() {
        return IntStream.range(0, confusion.length)
                .mapToObj(c ->
                        (double) confusion[c][c] / Arrays.stream(confusion[c]).sum())
                .toList();
    }

    /** Images of class {@code label} that were taken for class {@code predicted}. */
    public int count(int label, int predicted) {
        return confusion[label][predicted];
    }

    /** Writes the counts, with the classes' names as first column and header. */
    public void writeConfusion(Path file, List<String> classes) throws IOException {
        StringBuilder text = new StringBuilder();
        try (CSVPrinter csv = new CSVPrinter(
                text, CSVFormat.RFC4180.builder().setRecordSeparator('\n').get())) {
            csv.print("label");
            csv.printRecord(classes);
            for (int label = 0; label < confusion.length; label++) {
                csv.print(classes.get(label));
                csv.printRecord(Arrays.stream(confusion[label]).boxed().toList());
            }
        }
        AtomicFile.write(file, text.toString());
    }
}

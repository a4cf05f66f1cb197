package io.github.finessl.report;

import io.github.finessl.report.BeforeTraining.Rival;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A comparison of a trained model with simpler ones on the same test images.
 *
 * @param right test images that the trained model names right
 * @param images all test images
 * @param rows the simpler models, the best first
 */
public record Comparison(int right, int images, List<Row> rows) {
    /** The file in a model's folder that keeps it. */
    public static final String FILE = "comparison.json";

    private static final double SIGNIFICANT = 0.05;

    /**
     * A simpler model.
     *
     * @param right test images that it names right
     * @param pValue of {@link PairedTest}, against the trained model
     */
    public record Row(String name, int right, double pValue) {}

    /** Compares a model; empty where there are no test images or no rivals. */
    public static Optional<Comparison> of(List<Prediction> model, List<Rival> rivals) {
        if (model.isEmpty() || rivals.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Comparison(
                right(model),
                model.size(),
                rivals.stream()
                        .map(rival -> new Row(
                                rival.name(),
                                right(rival.test()),
                                PairedTest.of(model, rival.test()).pValue()))
                        .sorted(Comparator.comparingInt(Row::right).reversed())
                        .toList()));
    }

    private static int right(List<Prediction> predictions) {
        return (int) predictions.stream()
                .filter(each -> each.predicted() == each.label())
                .count();
    }

    /** Writes {@value #FILE} into a folder. */
    public void write(Path folder) throws IOException {
        Json.write(folder.resolve(FILE), this);
    }

    /**
     * Reads {@value #FILE} of a folder.
     *
     * @return empty if there is none, as in models of earlier versions and those without test images
     * @throws IOException naming the file, if it is no comparison
     */
    public static Optional<Comparison> read(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        Comparison found = Json.read(file, Comparison.class, "a comparison of a model with simpler ones");
        if (found.rows() == null || found.rows().isEmpty()) {
            throw new IOException(file + " should compare a model with simpler ones, but names none.");
        }
        return Optional.of(found);
    }

    /** Whether training was worth it, in one sentence. */
    public String verdict() {
        Row best = rows.get(0);
        boolean clear = best.pValue() < SIGNIFICANT;
        String name = best.name() + " (" + percent(best.right()) + ")";
        if (right > best.right() && clear) {
            return "Training was worth it: the best model without it, the " + name + ", is right less often.";
        } else if (right > best.right()) {
            return "Training may have been worth it: the best model without it is the " + name
                    + ", a difference that could be chance on so few test images.";
        } else if (clear) {
            return "Training was not worth it: the " + name + " is right more often and takes seconds.";
        }
        return "Training gained nothing that these test images show: the " + name + " is as good and takes seconds.";
    }

    private String percent(int count) {
        return String.format(Locale.ROOT, "%.1f %%", 100.0 * count / images);
    }
}

package io.github.finessl.report.html;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;

import io.github.finessl.report.EvaluationResult;
import io.github.finessl.report.Prediction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.math3.stat.interval.ConfidenceInterval;
import org.apache.commons.math3.stat.interval.WilsonScoreInterval;

/**
 * The confusion matrix of a report: how many test images of each class were taken for which class.
 *
 * @param note what the matrix shows
 * @param columns of the matrix: predicted classes
 * @param rows of the matrix: true classes
 * @param pairs the most frequent mistakes, most frequent first
 * @param worst accuracy of each class, the lowest first: as many as are seen at a glance
 * @param others the other classes
 * @param never classes that no test image was taken for, as a sentence
 */
record Confusion(
        String note,
        List<Name> columns,
        List<Row> rows,
        boolean dense,
        List<Pair> pairs,
        List<ClassAccuracy> worst,
        List<ClassAccuracy> others,
        Optional<String> never) {

    /** The largest number of classes of a whole matrix; of more, it shows those with the most frequent mistakes. */
    private static final int WHOLE = 30;

    private static final int PART = 12;
    private static final int PAIRS = 10;
    private static final int GLANCE = 30;
    private static final int FEW = 12;

    record Name(String name, boolean other) {}

    record Row(String name, List<Cell> cells) {}

    /**
     * One count.
     *
     * @param kind {@code right}, {@code wrong} or {@code none}
     * @param shade the part of the row, 0 to 1
     * @param pictures anchor of the images, where the page shows them
     */
    record Cell(String kind, String shade, String count, String title, Optional<String> pictures) {}

    private record Mistake(int truth, int predicted, int count) {}

    record Pair(String truth, String predicted, String count, String share) {}

    /**
     * The accuracy of a class.
     *
     * @param known whether it has test images
     * @param percent accuracy
     * @param low of its 95 % interval, in percent
     * @param width of the interval, in percent
     */
    record ClassAccuracy(
            String name, boolean known, String percent, String bar, String low, String width, String images) {}

    /** Empty where there are no test images. */
    static Optional<Confusion> of(List<Prediction> test, List<String> classes, List<Pictures> pictures) {
        if (test.isEmpty()) {
            return Optional.empty();
        }
        int[][] counts = new int[classes.size()][classes.size()];
        EvaluationResult result = EvaluationResult.of(test, classes.size());
        for (int i = 0; i < counts.length; i++) {
            for (int j = 0; j < counts.length; j++) {
                counts[i][j] = result.count(i, j);
            }
        }
        return Optional.of(of(counts, classes, pictures));
    }

    private static Confusion of(int[][] counts, List<String> classes, List<Pictures> pictures) {
        Set<String> anchors = pictures.stream().map(Pictures::id).collect(Collectors.toSet());
        boolean whole = classes.size() <= WHOLE;
        List<Mistake> mistakes = mistakes(counts);
        List<Integer> lowestFirst = IntStream.range(0, classes.size())
                .boxed()
                .sorted(comparingDouble(
                        (Integer k) -> sum(counts[k]) == 0 ? 2 : (double) counts[k][k] / sum(counts[k])))
                .toList();
        List<Integer> shown = Stream.concat(
                        mistakes.stream().flatMap(mistake -> Stream.of(mistake.truth(), mistake.predicted())),
                        lowestFirst.stream())
                .distinct()
                .limit(whole ? WHOLE : PART)
                .sorted()
                .toList();
        List<Name> columns = new ArrayList<>(
                shown.stream().map(k -> new Name(classes.get(k), false)).toList());
        if (!whole) {
            columns.add(new Name("any other", true));
        }
        List<ClassAccuracy> accuracies = lowestFirst.stream()
                .map(k -> accuracy(classes.get(k), counts[k][k], sum(counts[k])))
                .toList();
        int glance = classes.size() <= GLANCE ? classes.size() : FEW;
        return new Confusion(
                whole
                        ? "Each row is a true class, each column what its images were taken for."
                        : "The " + PART + " classes of " + classes.size()
                                + " with the most frequent mistakes. Each row is a true"
                                + " class, each column what its images were taken for.",
                columns,
                shown.stream()
                        .map(k -> row(counts, k, shown, !whole, classes, anchors))
                        .toList(),
                columns.size() > 16,
                mistakes.stream()
                        .limit(PAIRS)
                        .map(mistake -> new Pair(
                                classes.get(mistake.truth()),
                                classes.get(mistake.predicted()),
                                Wording.count(mistake.count()),
                                Wording.wholePercent((double) mistake.count() / sum(counts[mistake.truth()]))))
                        .toList(),
                accuracies.subList(0, glance),
                accuracies.subList(glance, accuracies.size()),
                never(counts, classes));
    }

    private static Row row(
            int[][] counts, int truth, List<Integer> shown, boolean other, List<String> classes, Set<String> anchors) {
        int all = sum(counts[truth]);
        List<Cell> cells = new ArrayList<>();
        int rest = all;
        for (int predicted : shown) {
            int count = counts[truth][predicted];
            rest -= count;
            cells.add(cell(
                    truth == predicted ? "right" : "wrong",
                    count,
                    all,
                    classes.get(truth) + " taken for " + classes.get(predicted),
                    Optional.of(Pictures.id(truth, predicted)).filter(anchors::contains)));
        }
        if (other) {
            cells.add(cell("wrong", rest, all, classes.get(truth) + " taken for another class", Optional.empty()));
        }
        return new Row(classes.get(truth), cells);
    }

    private static Cell cell(String kind, int count, int all, String title, Optional<String> pictures) {
        return new Cell(
                count == 0 ? "none" : kind,
                Wording.number("%.2f", all == 0 ? 0 : (double) count / all),
                Integer.toString(count),
                title + ": " + count + " of " + all,
                pictures);
    }

    /** The most frequent first. */
    private static List<Mistake> mistakes(int[][] counts) {
        return IntStream.range(0, counts.length)
                .boxed()
                .flatMap(truth -> IntStream.range(0, counts.length)
                        .filter(predicted -> predicted != truth && counts[truth][predicted] > 0)
                        .mapToObj(predicted -> new Mistake(truth, predicted, counts[truth][predicted])))
                .sorted(comparing(Mistake::count).reversed())
                .toList();
    }

    private static ClassAccuracy accuracy(String name, int right, int all) {
        if (all == 0) {
            return new ClassAccuracy(name, false, "", "0", "0", "0", "no test images");
        }
        ConfidenceInterval interval = interval(right, all);
        return new ClassAccuracy(
                name,
                true,
                Wording.wholePercent((double) right / all),
                Axis.length(100.0 * right / all),
                Axis.length(100 * interval.getLowerBound()),
                Axis.length(100 * (interval.getUpperBound() - interval.getLowerBound())),
                right + " of " + all);
    }

    /** The interval that the accuracy lies in for 95 of 100 such tests (Wilson 1927). */
    static ConfidenceInterval interval(int right, int all) {
        return new WilsonScoreInterval().createInterval(all, right, 0.95);
    }

    private static Optional<String> never(int[][] counts, List<String> classes) {
        List<String> names = IntStream.range(0, counts.length)
                .filter(k -> IntStream.range(0, counts.length).allMatch(i -> counts[i][k] == 0))
                .mapToObj(classes::get)
                .toList();
        if (names.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of("No test image was taken for " + Wording.list(names) + ".");
    }

    private static int sum(int[] counts) {
        return IntStream.of(counts).sum();
    }
}

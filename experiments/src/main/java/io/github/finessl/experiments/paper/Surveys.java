package io.github.finessl.experiments.paper;

import io.github.finessl.report.Charts.Line;
import io.github.finessl.report.Charts.Lines;
import io.github.finessl.report.Charts.Panel;
import io.github.finessl.report.Confidence;
import io.github.finessl.report.CurvePoint;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.UnlabelledSurvey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Charts of predictions for unlabelled images, as means over the seeds of runs. */
public final class Surveys {

    /** The least number of steps whose pseudo-labels are counted together: one step's are too few for a distribution. */
    private static final int WINDOW = 20;

    private Surveys() {}

    /** The histograms of confidence for right pseudo-labels, wrong ones and those of images of unseen classes. */
    static Optional<Panel> confidences(String title, List<RunRecord> runs) {
        List<Confidence> confidences =
                surveys(runs).stream().map(UnlabelledSurvey::weighing).toList();
        List<Line> lines = new ArrayList<>();
        histogram("right", confidences, Confidence::right).ifPresent(lines::add);
        histogram("wrong", confidences, Confidence::wrong).ifPresent(lines::add);
        histogram("strangers", confidences, Confidence::strangers).ifPresent(lines::add);
        return lines.isEmpty()
                ? Optional.empty()
                : Optional.of(new Lines(title, "confidence that weighs", "% of the images of its kind", lines));
    }

    private static Optional<Line> histogram(
            String name, List<Confidence> confidences, Function<Confidence, List<Integer>> counts) {
        double[] sums = new double[Confidence.BINS];
        confidences.forEach(confidence -> IntStream.range(0, sums.length)
                .forEach(b -> sums[b] += counts.apply(confidence).get(b)));
        double all = IntStream.range(0, sums.length).mapToDouble(b -> sums[b]).sum();
        return all == 0
                ? Optional.empty()
                : Optional.of(new Line(
                        name,
                        IntStream.range(0, sums.length)
                                .mapToObj(b -> (b + 0.5) / sums.length)
                                .toList(),
                        IntStream.range(0, sums.length)
                                .mapToObj(b -> 100 * sums[b] / all)
                                .toList()));
    }

    /** The number of pseudo-labels of each class relative to an even share, the most frequent class first. */
    public static Optional<Line> classShares(String name, List<RunRecord> runs) {
        List<List<Double>> sorted = surveys(runs).stream()
                .map(survey -> {
                    double even =
                            survey.images() / (double) survey.pseudoCounts().size();
                    List<Double> shares = new ArrayList<>(survey.pseudoCounts().stream()
                            .map(count -> count / even)
                            .toList());
                    shares.sort(Collections.reverseOrder());
                    return shares;
                })
                .toList();
        if (sorted.isEmpty()) {
            return Optional.empty();
        }
        int classes = sorted.get(0).size();
        return Optional.of(new Line(
                name,
                IntStream.rangeClosed(1, classes).mapToObj(k -> (double) k).toList(),
                IntStream.range(0, classes)
                        .mapToObj(k -> sorted.stream()
                                .mapToDouble(shares -> shares.get(k))
                                .average()
                                .orElseThrow())
                        .toList()));
    }

    /** A curve of a figure of training over steps: means over {@value #WINDOW} steps or more, of the first seed. */
    public static Optional<Line> curve(String name, List<RunRecord> runs, Function<List<CurvePoint>, Double> figure) {
        List<Double> x = new ArrayList<>();
        List<Double> y = new ArrayList<>();
        List<CurvePoint> window = new ArrayList<>();
        for (CurvePoint point :
                runs.isEmpty() ? List.<CurvePoint>of() : runs.get(0).curve()) {
            if (point.pseudoLabels() != null) {
                window.add(point);
            }
            if (!window.isEmpty() && point.step() - window.get(0).step() >= WINDOW - 1) {
                Double value = figure.apply(window);
                if (value != null) {
                    x.add((double) point.step());
                    y.add(value);
                }
                window.clear();
            }
        }
        return x.size() < 2 ? Optional.empty() : Optional.of(new Line(name, x, y));
    }

    /** The share of right pseudo-labels, in percent. */
    public static Double accuracy(List<CurvePoint> window) {
        double[] known = window.stream()
                .map(CurvePoint::pseudoLabelAccuracy)
                .filter(Objects::nonNull)
                .mapToDouble(accuracy -> 100 * accuracy)
                .toArray();
        return known.length == 0
                ? null
                : (Double) IntStream.range(0, known.length)
                        .mapToDouble(i -> known[i])
                        .average()
                        .orElseThrow();
    }

    /** The mean entropy of predictions, in nats, which says how undecided the model is. */
    static Double predictionEntropy(List<CurvePoint> window) {
        return window.stream()
                .mapToDouble(point -> point.pseudoLabels().entropy())
                .average()
                .orElseThrow();
    }

    /** The entropy of the distribution of pseudo-labels over classes, in nats, which says how even it is. */
    public static Double classEntropy(List<CurvePoint> window) {
        int classes = window.get(0).pseudoLabels().counts().size();
        double[] counts = new double[classes];
        window.forEach(point -> IntStream.range(0, classes)
                .forEach(k -> counts[k] += point.pseudoLabels().counts().get(k)));
        double all = IntStream.range(0, classes).mapToDouble(k -> counts[k]).sum();
        return -IntStream.range(0, classes)
                .filter(k -> counts[k] > 0)
                .mapToDouble(k -> counts[k] / all * Math.log(counts[k] / all))
                .sum();
    }

    private static List<UnlabelledSurvey> surveys(List<RunRecord> runs) {
        return runs.stream().map(RunRecord::survey).filter(Objects::nonNull).toList();
    }
}

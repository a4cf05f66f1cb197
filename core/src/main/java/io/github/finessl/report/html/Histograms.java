package io.github.finessl.report.html;

import io.github.finessl.report.Prediction;
import io.github.finessl.report.PseudoLabelled;
import io.github.finessl.report.html.Plot.Box;
import io.github.finessl.report.html.Plot.Frame;
import io.github.finessl.report.html.Plot.LegendEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The section on the model's confidence, and whether it is rightly so sure.
 *
 * @param plots of test images and of unlabelled ones, as far as there are any
 * @param thresholds what is left where less sure answers are not trusted
 */
record Histograms(List<Plot> plots, boolean test, boolean unlabelled, List<Threshold> thresholds) {

    private static final int BINS = 20;

    /** The least number of images for which it is worth saying whether they are rightly trusted. */
    private static final int ENOUGH = 30;

    private static final double[] THRESHOLDS = {0.5, 0.7, 0.9, 0.95, 0.99};

    /** An image's confidence, and whether its label is {@code right}, {@code wrong} or {@code unknown}. */
    private record Answer(String kind, double confidence) {
        boolean is(String other) {
            return kind.equals(other);
        }
    }

    /**
     * The images that the model is at least so sure of, and how many of them are right.
     *
     * @param images test images, of all
     * @param right those of them that are right
     * @param sure unlabelled images, of all
     */
    record Threshold(String confidence, Part images, String right, Part sure) {}

    /** A count, and which part of all it is. */
    record Part(String count, String percent) {}

    static Histograms of(List<Prediction> test, List<PseudoLabelled> unlabelled) {
        List<Answer> tested = test.stream()
                .map(each -> new Answer(each.label() == each.predicted() ? "right" : "wrong", each.confidence()))
                .toList();
        List<Answer> pseudo = unlabelled.stream()
                .map(each -> new Answer(
                        each.truth().isEmpty()
                                ? "unknown"
                                : each.truth().getAsInt() == each.label() ? "right" : "wrong",
                        each.confidence()))
                .toList();
        List<Plot> plots = new ArrayList<>();
        if (!test.isEmpty()) {
            plots.add(plot("Test images", tested));
        }
        if (!unlabelled.isEmpty()) {
            plots.add(plot("Unlabelled images", pseudo));
        }
        return new Histograms(
                plots,
                !test.isEmpty(),
                !unlabelled.isEmpty(),
                Arrays.stream(THRESHOLDS)
                        .mapToObj(least -> threshold(least, tested, pseudo))
                        .toList());
    }

    private static Threshold threshold(double least, List<Answer> tested, List<Answer> pseudo) {
        List<Answer> sure =
                tested.stream().filter(each -> each.confidence() >= least).toList();
        long right = sure.stream().filter(each -> each.is("right")).count();
        long labels = pseudo.stream().filter(each -> each.confidence() >= least).count();
        return new Threshold(
                Wording.wholePercent(least),
                part(sure.size(), tested.size()),
                sure.isEmpty() ? "–" : Wording.percent((double) right / sure.size()),
                part(labels, pseudo.size()));
    }

    private static Part part(long part, int all) {
        return all == 0 ? new Part("", "–") : new Part(Wording.count(part), Wording.wholePercent((double) part / all));
    }

    private static Plot plot(String title, List<Answer> answers) {
        Map<String, int[]> bins = new LinkedHashMap<>();
        for (String kind : List.of("right", "wrong", "unknown")) {
            int[] counts = new int[BINS];
            answers.stream()
                    .filter(each -> each.is(kind))
                    .forEach(each -> counts[Math.min(BINS - 1, (int) (each.confidence() * BINS))]++);
            if (answers.stream().anyMatch(each -> each.is(kind))) {
                bins.put(kind, counts);
            }
        }
        Frame frame = Frame.CHART;
        int highest = 0;
        for (int bin = 0; bin < BINS; bin++) {
            int height = 0;
            for (int[] counts : bins.values()) {
                height += counts[bin];
            }
            highest = Math.max(highest, height);
        }
        Axis x = new Axis(0, 1, frame.left(), frame.right());
        Axis y = Plot.upTo(Math.max(4, Axis.roundUp(highest, 4)), frame);
        return new Plot(
                title,
                summary(answers),
                frame,
                bins.keySet().stream().map(kind -> new LegendEntry(kind, kind)).toList(),
                "confidence",
                x.ticks(5, Wording::wholePercent),
                y.ticks(4, value -> Wording.count(Math.round(value))),
                boxes(bins, x, y),
                List.of(),
                List.of());
    }

    private static List<Box> boxes(Map<String, int[]> bins, Axis x, Axis y) {
        List<Box> boxes = new ArrayList<>();
        for (int bin = 0; bin < BINS; bin++) {
            double left = x.at((double) bin / BINS) + 0.75;
            double width = x.at((bin + 1.0) / BINS) - 0.75 - left;
            int below = 0;
            for (Map.Entry<String, int[]> kind : bins.entrySet()) {
                int count = kind.getValue()[bin];
                if (count > 0) {
                    boxes.add(new Box(
                            kind.getKey(),
                            Axis.length(left),
                            y.px(below + count),
                            Axis.length(width),
                            Axis.length(y.at(below) - y.at(below + count)),
                            Wording.count(count) + " " + kind.getKey() + ", confidence "
                                    + Wording.wholePercent((double) bin / BINS) + " to "
                                    + Wording.wholePercent((bin + 1.0) / BINS)));
                }
                below += count;
            }
        }
        return boxes;
    }

    private static String summary(List<Answer> answers) {
        long right = answers.stream().filter(each -> each.is("right")).count();
        long wrong = answers.stream().filter(each -> each.is("wrong")).count();
        if (right + wrong == 0) {
            return Wording.count(answers.size(), "image", "images") + ", "
                    + mean("unknown", answers).strip() + ". Nobody knows which labels are right.";
        }
        List<String> parts = new ArrayList<>();
        for (String kind : List.of("right", "wrong", "unknown")) {
            long count = answers.stream().filter(each -> each.is(kind)).count();
            if (count > 0) {
                parts.add(Wording.count(count) + " " + kind + ", " + mean(kind, answers));
            }
        }
        String text = String.join("; ", parts) + ".";
        if (right + wrong < ENOUGH) {
            return text;
        }
        double sure = mean(answers.stream().filter(each -> !each.is("unknown")).toList(), Answer::confidence);
        double accuracy = (double) right / (right + wrong);
        return text + (sure > accuracy ? " Overconfident by " : " Underconfident by ")
                + Wording.number("%.1f", 100 * Math.abs(sure - accuracy)) + " points: " + Wording.percent(sure)
                + " sure on average, " + Wording.percent(accuracy) + " right.";
    }

    private static String mean(String kind, List<Answer> answers) {
        return Wording.wholePercent(
                        mean(answers.stream().filter(each -> each.is(kind)).toList(), Answer::confidence))
                + " sure on average";
    }

    private static double mean(List<Answer> answers, ToDoubleFunction<Answer> value) {
        return answers.stream().mapToDouble(value).average().orElseThrow();
    }
}

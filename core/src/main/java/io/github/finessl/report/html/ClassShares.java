package io.github.finessl.report.html;

import static java.util.Comparator.comparingDouble;

import io.github.finessl.report.CurvePoint;
import io.github.finessl.report.PseudoLabelled;
import io.github.finessl.report.html.Axis.Tick;
import io.github.finessl.report.html.Plot.Box;
import io.github.finessl.report.html.Plot.Dot;
import io.github.finessl.report.html.Plot.Frame;
import io.github.finessl.report.html.Plot.Line;
import io.github.finessl.report.html.Plot.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How the pseudo-labels are spread over the classes: whether some are preferred.
 *
 * @param evenness over training; empty for methods without pseudo-labels
 * @param note what the small charts show
 * @param classes the share of each class over training, or of the most and the least frequent ones
 * @param finished the finished model's pseudo-labels in a sentence; empty without unlabelled images
 */
record ClassShares(Optional<Plot> evenness, String note, List<Plot> classes, Optional<String> finished) {

    private static final int ALL = 12;
    private static final int EXTREMES = 4;

    /** So many pseudo-labels for each class make a point, or chance would show rather than bias. */
    private static final long DRAWS = 8;

    private static final int MOST_POINTS = 25;
    private static final int FEWEST_POINTS = 3;

    /** Shares of each class around a step. */
    private record Stretch(double step, long labels, double[] shares) {

        /** e to the power of the entropy. */
        double effectiveClasses() {
            return Math.exp(-DoubleStream.of(shares)
                    .filter(share -> share > 0)
                    .map(share -> share * Math.log(share))
                    .sum());
        }
    }

    static Optional<ClassShares> of(List<CurvePoint> curve, List<PseudoLabelled> unlabelled, List<String> names) {
        List<Stretch> stretches = stretches(curve, names.size());
        Optional<String> finished = unlabelled.isEmpty() ? Optional.empty() : Optional.of(finished(unlabelled, names));
        if (stretches.size() < 2) {
            return finished.map(sentence -> new ClassShares(Optional.empty(), "", List.of(), finished));
        }
        List<Plot> plots = small(stretches, names);
        return Optional.of(new ClassShares(
                Optional.of(evenness(stretches, names.size())), note(stretches, names.size()), plots, finished));
    }

    /** Neighbouring points of the curve together, as few as the number of classes allows. */
    private static List<Stretch> stretches(List<CurvePoint> curve, int classes) {
        List<CurvePoint> points = curve.stream()
                .filter(point -> point.pseudoLabels() != null && sum(point) > 0)
                .toList();
        long labels = points.stream().mapToLong(ClassShares::sum).sum();
        int parts = (int) Math.min(
                points.size(), Math.max(FEWEST_POINTS, Math.min(MOST_POINTS, labels / (DRAWS * classes))));
        return IntStream.range(0, parts)
                .mapToObj(i ->
                        stretch(points.subList(i * points.size() / parts, (i + 1) * points.size() / parts), classes))
                .toList();
    }

    private static Stretch stretch(List<CurvePoint> points, int classes) {
        long all = points.stream().mapToLong(ClassShares::sum).sum();
        double[] shares = new double[classes];
        for (CurvePoint point : points) {
            List<Integer> counts = point.pseudoLabels().counts();
            for (int k = 0; k < Math.min(classes, counts.size()); k++) {
                shares[k] += (double) counts.get(k) / all;
            }
        }
        return new Stretch(
                points.stream().mapToDouble(CurvePoint::step).average().orElseThrow(), all, shares);
    }

    private static long sum(CurvePoint point) {
        return point.pseudoLabels().counts().stream()
                .mapToLong(Integer::longValue)
                .sum();
    }

    private static Plot evenness(List<Stretch> stretches, int classes) {
        List<Point> points = stretches.stream()
                .map(stretch -> new Point(stretch.step(), stretch.effectiveClasses()))
                .toList();
        Axis y = Plot.upTo(Axis.roundUp(classes, 4), Frame.CHART);
        Plot plot = Plot.curve(
                "Classes in use",
                "e to the power of the entropy of the pseudo-labels: " + classes
                        + " where all classes are equally frequent (dashed), 1 where there is but one class. From "
                        + Wording.number("%.1f", points.get(0).value()) + " at the start to "
                        + Wording.number("%.1f", points.get(points.size() - 1).value()) + " at the end.",
                points,
                y,
                value -> Wording.figure(value).replaceFirst("\\.0+$", ""));
        List<Line> lines = new ArrayList<>(plot.lines());
        lines.add(even(classes, y, Frame.CHART));
        return new Plot(
                plot.title(),
                plot.summary(),
                plot.frame(),
                plot.legend(),
                plot.xLabel(),
                plot.xTicks(),
                plot.yTicks(),
                plot.boxes(),
                lines,
                plot.dots());
    }

    private static Line even(double value, Axis y, Frame frame) {
        return new Line("even", frame.left() + "," + y.px(value) + " " + frame.right() + "," + y.px(value));
    }

    private static String note(List<Stretch> stretches, int classes) {
        long labels = stretches.stream().mapToLong(Stretch::labels).sum() / stretches.size();
        return (classes <= ALL
                        ? "The share of each class among the pseudo-labels"
                        : "The shares of the " + EXTREMES + " classes that were most frequent at the end, and of the "
                                + EXTREMES + " that were least frequent")
                + ", over training. Dashed: an even share, " + Wording.percent(1.0 / classes)
                + ". The grey band is where chance alone would put the points of a class with an even share: each is of "
                + Wording.count(labels, "pseudo-label", "pseudo-labels") + ".";
    }

    private static List<Plot> small(List<Stretch> stretches, List<String> names) {
        Stretch last = stretches.get(stretches.size() - 1);
        List<Integer> order = IntStream.range(0, names.size())
                .boxed()
                .sorted(comparingDouble((Integer k) -> -last.shares()[k]))
                .toList();
        List<Integer> shown = names.size() <= ALL
                ? order.stream().sorted().toList()
                : Stream.concat(
                                order.stream().limit(EXTREMES),
                                order.subList(order.size() - EXTREMES, order.size()).stream())
                        .toList();
        double largest = stretches.stream()
                .flatMapToDouble(stretch -> shown.stream().mapToDouble(k -> stretch.shares()[k]))
                .max()
                .orElseThrow();
        double top = Math.min(1, Axis.roundUp(Math.max(largest, 1.5 / names.size()), 2));
        return shown.stream().map(k -> small(stretches, k, names, top)).toList();
    }

    private static Plot small(List<Stretch> stretches, int k, List<String> names, double top) {
        Frame frame = Frame.SMALL;
        List<Point> points = stretches.stream()
                .map(stretch -> new Point(stretch.step(), stretch.shares()[k]))
                .toList();
        Axis x = Plot.steps(points, frame);
        Axis y = Plot.upTo(top, frame);
        double even = 1.0 / names.size();
        double labels = stretches.stream().mapToLong(Stretch::labels).average().orElseThrow();
        double reach = 1.96 * Math.sqrt(even * (1 - even) / labels);
        double upper = Math.min(top, even + reach);
        double lower = Math.max(0, even - reach);
        Box chance = new Box(
                "chance",
                Integer.toString(frame.left()),
                y.px(upper),
                Integer.toString(frame.right() - frame.left()),
                Axis.length(y.at(lower) - y.at(upper)),
                "");
        List<Tick> yTicks = List.of(new Tick(y.px(0), "0"), new Tick(y.px(top), Wording.wholePercent(top)));
        return new Plot(
                names.get(k),
                Wording.percent(points.get(0).value()) + " → "
                        + Wording.percent(points.get(points.size() - 1).value()),
                frame,
                List.of(),
                "",
                List.of(new Tick(x.px(0), "0"), new Tick(x.px(x.largest()), Wording.count(Math.round(x.largest())))),
                yTicks,
                List.of(chance),
                List.of(even(even, y, frame), new Line("mean", Plot.path(points, x, y))),
                points.size() > 12
                        ? List.of()
                        : points.stream()
                                .map(point -> new Dot(x.px(point.step()), y.px(point.value())))
                                .toList());
    }

    private static String finished(List<PseudoLabelled> unlabelled, List<String> names) {
        int[] counts = new int[names.size()];
        unlabelled.forEach(each -> counts[each.label()]++);
        List<Integer> order = IntStream.range(0, counts.length)
                .boxed()
                .sorted(comparingDouble((Integer k) -> -counts[k]))
                .toList();
        int most = order.get(0);
        int least = order.get(order.size() - 1);
        List<String> never =
                order.stream().filter(k -> counts[k] == 0).map(names::get).toList();
        String text = "The finished model gives " + names.get(most) + " most often ("
                + times(counts[most], unlabelled.size()) + ")";
        if (never.isEmpty()) {
            text += " and " + names.get(least) + " least often (" + times(counts[least], unlabelled.size()) + ")";
        } else {
            text += " and " + Wording.list(never) + " never";
        }
        return text + "; an even share were "
                + Wording.count(Math.round((double) unlabelled.size() / names.size())) + " of "
                + Wording.count(unlabelled.size(), "image", "images") + truth(unlabelled, counts) + ".";
    }

    /** Where the truth is known, an even share is not the measure. */
    private static String truth(List<PseudoLabelled> unlabelled, int[] counts) {
        int[] truths = new int[counts.length];
        unlabelled.forEach(each -> each.truth().ifPresent(k -> truths[k]++));
        if (unlabelled.stream().anyMatch(each -> each.truth().isEmpty())) {
            return "";
        }
        int misplaced = IntStream.range(0, counts.length)
                        .map(k -> Math.abs(counts[k] - truths[k]))
                        .sum()
                / 2;
        return ". For every class to have as many as it truly has, "
                + Wording.wholePercent((double) misplaced / unlabelled.size())
                + " of the pseudo-labels would have to move";
    }

    private static String times(int count, int all) {
        return Wording.count(count, "image", "images") + ", " + Wording.percent((double) count / all);
    }
}

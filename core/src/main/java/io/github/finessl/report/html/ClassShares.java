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
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The spread of the pseudo-labels over the classes: whether some are preferred.
 *
 * @param evenness over training; empty for methods without pseudo-labels
 * @param note what the small charts show, or why there are none
 * @param classes the share of each class over training, or of the most and the least frequent ones
 * @param finished the finished model's pseudo-labels; empty without unlabelled images
 */
record ClassShares(Optional<Plot> evenness, String note, List<Plot> classes, Optional<Finished> finished) {

    private static final int ALL = 12;
    private static final int EXTREMES = 5;

    /** The number of pseudo-labels per class that make a point; of fewer, chance would show rather than bias. */
    private static final long DRAWS = 8;

    private static final int MOST_POINTS = 25;

    /**
     * The pseudo-labels of the finished model.
     *
     * @param shares of the classes, the largest first
     * @param part which classes these are, where they are not all
     */
    record Finished(String sentence, List<Share> shares, Optional<String> part) {}

    /**
     * The share of one class.
     *
     * @param bar the share in percent of the largest one
     * @param even the same of an even share
     */
    record Share(String name, String bar, String even, String percent, String images) {}

    /** Shares of each class around a step. */
    private record Stretch(double step, long labels, double[] shares) {

        /**
         * e to the power of the entropy, which is corrected as Miller (1955) does: few draws look less even than they
         * are.
         */
        double effectiveClasses() {
            double entropy = -DoubleStream.of(shares)
                    .filter(share -> share > 0)
                    .map(share -> share * Math.log(share))
                    .sum();
            long seen = DoubleStream.of(shares).filter(share -> share > 0).count();
            return Math.min(shares.length, Math.exp(entropy + (seen - 1) / (2.0 * labels)));
        }
    }

    static Optional<ClassShares> of(List<CurvePoint> curve, List<PseudoLabelled> unlabelled, List<String> names) {
        List<Stretch> stretches = stretches(curve, names.size());
        Optional<Finished> finished =
                unlabelled.isEmpty() ? Optional.empty() : Optional.of(finished(unlabelled, names));
        if (stretches.size() < 2) {
            boolean some = curve.stream().anyMatch(point -> point.pseudoLabels() != null);
            String note = some ? "Training saw too few pseudo-labels for a preference to be told from chance." : "";
            return some || finished.isPresent()
                    ? Optional.of(new ClassShares(Optional.empty(), note, List.of(), finished))
                    : Optional.empty();
        }
        int last = curve.get(curve.size() - 1).step();
        List<Plot> plots = small(stretches, last, names);
        return Optional.of(new ClassShares(
                Optional.of(evenness(stretches, last, names.size())), note(stretches, names.size()), plots, finished));
    }

    /** Neighbouring points of the curve together, as few as the number of classes allows. */
    private static List<Stretch> stretches(List<CurvePoint> curve, int classes) {
        List<CurvePoint> points = curve.stream()
                .filter(point -> point.pseudoLabels() != null && sum(point) > 0)
                .toList();
        long labels = points.stream().mapToLong(ClassShares::sum).sum();
        int parts = (int) Math.min(Math.min(points.size(), MOST_POINTS), labels / (DRAWS * classes));
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

    private static Plot evenness(List<Stretch> stretches, int last, int classes) {
        List<Point> points = stretches.stream()
                .map(stretch -> new Point(stretch.step(), stretch.effectiveClasses()))
                .toList();
        Axis y = Plot.upTo(Axis.roundUp(classes, 4), Frame.CHART);
        Plot plot = Plot.curve(
                "Classes in use",
                "Over how many classes the pseudo-labels are spread in effect (e to the power of their entropy): "
                        + classes + ", dashed, would be even. From "
                        + Wording.number("%.1f", points.get(0).value()) + " at the start to "
                        + Wording.number("%.1f", points.get(points.size() - 1).value()) + " at the end.",
                points,
                Plot.steps(last, Frame.CHART),
                y,
                Wording::mark);
        return plot.with(even(classes, y, Frame.CHART));
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

    private static List<Plot> small(List<Stretch> stretches, int last, List<String> names) {
        Stretch end = stretches.get(stretches.size() - 1);
        List<Integer> order = IntStream.range(0, names.size())
                .boxed()
                .sorted(comparingDouble((Integer k) -> -end.shares()[k]))
                .toList();
        List<Integer> shown = names.size() <= ALL ? order.stream().sorted().toList() : ends(order);
        double largest = stretches.stream()
                .flatMapToDouble(stretch -> shown.stream().mapToDouble(k -> stretch.shares()[k]))
                .max()
                .orElseThrow();
        double top = Math.min(1, Axis.roundUp(Math.max(largest, 1.5 / names.size()), 2));
        return shown.stream().map(k -> small(stretches, last, k, names, top)).toList();
    }

    private static Plot small(List<Stretch> stretches, int last, int k, List<String> names, double top) {
        Frame frame = Frame.SMALL;
        List<Point> points = stretches.stream()
                .map(stretch -> new Point(stretch.step(), stretch.shares()[k]))
                .toList();
        Axis x = Plot.steps(last, frame);
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
                List.of(new Tick(x.px(0), "0", "start"), new Tick(x.px(last), Wording.count(last), "end")),
                yTicks,
                List.of(chance),
                List.of(even(even, y, frame), new Line("mean", Plot.path(points, x, y))),
                points.size() > 12
                        ? List.of()
                        : points.stream()
                                .map(point -> new Dot(x.px(point.step()), y.px(point.value())))
                                .toList());
    }

    private static Finished finished(List<PseudoLabelled> unlabelled, List<String> names) {
        int[] counts = new int[names.size()];
        unlabelled.forEach(each -> counts[each.label()]++);
        List<Integer> order = IntStream.range(0, counts.length)
                .boxed()
                .sorted(comparingDouble((Integer k) -> -counts[k]))
                .toList();
        double even = (double) unlabelled.size() / counts.length;
        double largest = Math.max(counts[order.get(0)], 1.25 * even);
        List<Share> shares = ends(order).stream()
                .map(k -> new Share(
                        names.get(k),
                        Axis.length(100 * counts[k] / largest),
                        Axis.length(100 * even / largest),
                        Wording.percent((double) counts[k] / unlabelled.size()),
                        Wording.count(counts[k])))
                .toList();
        return new Finished(
                sentence(unlabelled, counts, order, names),
                shares,
                shares.size() == counts.length
                        ? Optional.empty()
                        : Optional.of("The " + EXTREMES + " most frequent classes and the " + EXTREMES
                                + " least frequent ones."));
    }

    /** All, or the first and the last of many. */
    private static List<Integer> ends(List<Integer> order) {
        return order.size() <= ALL
                ? order
                : Stream.concat(
                                order.stream().limit(EXTREMES),
                                order.subList(order.size() - EXTREMES, order.size()).stream())
                        .toList();
    }

    private static String sentence(
            List<PseudoLabelled> unlabelled, int[] counts, List<Integer> order, List<String> names) {
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
        return text + ". An even share, the mark, would be "
                + Wording.count(Math.round((double) unlabelled.size() / names.size())) + " of "
                + Wording.count(unlabelled.size(), "image", "images") + truth(unlabelled, counts) + ".";
    }

    /** A comparison with the true classes where they are known, as then an even share is not the measure. */
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

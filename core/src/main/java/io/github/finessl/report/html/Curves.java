package io.github.finessl.report.html;

import io.github.finessl.report.CurvePoint;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.html.Plot.Frame;
import io.github.finessl.report.html.Plot.Point;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/** The section on how training went: curves over steps. */
final class Curves {

    private Curves() {}

    /** A chart for each figure that has two points. */
    static List<Plot> of(RunRecord run) {
        List<CurvePoint> curve = run.curve();
        String zeta = run.configuration().get("zeta");
        return Stream.of(
                        fraction("Accuracy on test images", "", curve, CurvePoint::testAccuracy),
                        loss(curve, run.method()),
                        fraction(
                                "Accuracy on the labelled images",
                                "Of each step's batch, as it was seen.",
                                curve,
                                CurvePoint::batchAccuracy),
                        fraction(
                                "Pseudo-labels that are right",
                                "Known because these images do have labels, which training never sees.",
                                curve,
                                CurvePoint::pseudoLabelAccuracy),
                        fraction(
                                "Confident pseudo-labels",
                                "Mask rate: unlabelled images of a confidence of at least "
                                        + (zeta == null ? "ζ." : zeta + " (ζ)."),
                                curve,
                                CurvePoint::maskRate))
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<Plot> loss(List<CurvePoint> curve, String method) {
        String margins = method.startsWith("finessl")
                ? "FineSSL's margins grow with what it learns, so that it can rise at first. "
                : "";
        List<Point> points = points(curve, CurvePoint::loss);
        if (points.size() < 2) {
            return Optional.empty();
        }
        double largest = points.stream().mapToDouble(Point::value).max().orElseThrow();
        double smallest = points.stream().mapToDouble(Point::value).min().orElseThrow();
        // A loss with a margin or a regulariser may be below 0.
        Axis y = new Axis(
                smallest < 0 ? -Axis.roundUp(-smallest, 4) : 0,
                largest > 0 ? Axis.roundUp(largest, 4) : 0,
                Frame.CHART.bottom(),
                Frame.CHART.top());
        if (y.largest() == y.smallest()) {
            y = Plot.upTo(1, Frame.CHART);
        }
        return Optional.of(Plot.curve(
                "Loss",
                "What training minimises. " + margins + fromTo(points, Wording::figure),
                points,
                steps(curve),
                y,
                Wording::mark));
    }

    private static Optional<Plot> fraction(
            String title, String explanation, List<CurvePoint> curve, Function<CurvePoint, Double> value) {
        List<Point> points = points(curve, value);
        return points.size() < 2
                ? Optional.empty()
                : Optional.of(Plot.curve(
                        title,
                        (explanation + " " + fromTo(points, Wording::wholePercent)).strip(),
                        points,
                        steps(curve),
                        Plot.upTo(1, Frame.CHART),
                        Wording::wholePercent));
    }

    private static Axis steps(List<CurvePoint> curve) {
        return Plot.steps(curve.get(curve.size() - 1).step(), Frame.CHART);
    }

    private static List<Point> points(List<CurvePoint> curve, Function<CurvePoint, Double> value) {
        return curve.stream()
                .filter(point -> value.apply(point) != null && Double.isFinite(value.apply(point)))
                .map(point -> new Point(point.step(), value.apply(point)))
                .toList();
    }

    /** Means over the first and the last tenth, for a single batch jumps. */
    private static String fromTo(List<Point> points, DoubleFunction<String> text) {
        int tenth = Math.max(1, points.size() / 10);
        return "From " + text.apply(mean(points.subList(0, tenth))) + " at the start to "
                + text.apply(mean(points.subList(points.size() - tenth, points.size()))) + " at the end.";
    }

    private static double mean(List<Point> points) {
        return points.stream().mapToDouble(Point::value).average().orElseThrow();
    }
}

package io.github.finessl.report.html;

import io.github.finessl.report.html.Axis.Tick;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A chart, in the units of its drawing. Kinds are the stylesheet's classes.
 *
 * @param title a heading
 * @param summary what it shows, for those too who do not see it
 * @param legend colours and their meaning; empty where there is but one
 * @param xLabel what the horizontal axis counts
 */
record Plot(
        String title,
        String summary,
        Frame frame,
        List<LegendEntry> legend,
        String xLabel,
        List<Tick> xTicks,
        List<Tick> yTicks,
        List<Box> boxes,
        List<Line> lines,
        List<Dot> dots) {

    /** The number of points from which a line has its running mean drawn over it. */
    private static final int MANY = 40;

    /** The sizes of a chart: the whole, and the edges of the part with the data. */
    record Frame(int width, int height, int left, int top, int right, int bottom) {
        static final Frame CHART = new Frame(360, 210, 48, 10, 338, 172);
        static final Frame SMALL = new Frame(180, 100, 54, 8, 176, 78);

        /** The right end of the vertical axis' labels. */
        public int labels() {
            return left - 6;
        }

        /** The height of the horizontal axis' labels. */
        public int below() {
            return bottom + 16;
        }

        /** The height of the horizontal axis' name. */
        public int foot() {
            return height - 3;
        }

        public int middle() {
            return (left + right) / 2;
        }
    }

    record LegendEntry(String kind, String name) {}

    record Box(String kind, String x, String y, String width, String height, String title) {}

    record Line(String kind, String points) {}

    record Dot(String x, String y) {}

    /** A value at a step of training. */
    record Point(double step, double value) {}

    /** Values over training steps, with their running mean where there are many. */
    static Plot curve(String title, String summary, List<Point> points, Axis x, Axis y, DoubleFunction<String> label) {
        List<Line> lines = new ArrayList<>();
        if (points.size() >= MANY) {
            lines.add(new Line("raw", path(points, x, y)));
            lines.add(new Line("mean", path(runningMean(points, points.size() / 20), x, y)));
        } else {
            lines.add(new Line("mean", path(points, x, y)));
        }
        List<Dot> dots = points.size() > 12
                ? List.of()
                : points.stream()
                        .map(point -> new Dot(x.px(point.step()), y.px(point.value())))
                        .toList();
        return new Plot(
                title,
                summary,
                Frame.CHART,
                List.of(),
                "step",
                x.ticks(5, step -> Wording.count(Math.round(step))),
                y.ticks(4, label),
                List.of(),
                lines,
                dots);
    }

    /** This plot with one more line. */
    Plot with(Line line) {
        List<Line> more = new ArrayList<>(lines);
        more.add(line);
        return new Plot(title, summary, frame, legend, xLabel, xTicks, yTicks, boxes, more, dots);
    }

    /** A vertical axis of a chart, from 0. */
    static Axis upTo(double largest, Frame frame) {
        return new Axis(0, largest, frame.bottom(), frame.top());
    }

    /** A horizontal axis from the start of training to its end. */
    static Axis steps(int last, Frame frame) {
        return new Axis(0, last, frame.left(), frame.right());
    }

    static String path(List<Point> points, Axis x, Axis y) {
        return points.stream()
                .map(point -> x.px(point.step()) + "," + y.px(point.value()))
                .collect(Collectors.joining(" "));
    }

    private static List<Point> runningMean(List<Point> points, int eitherSide) {
        return IntStream.range(0, points.size())
                .mapToObj(i -> {
                    int from = Math.max(0, i - eitherSide);
                    int to = Math.min(points.size(), i + eitherSide + 1);
                    return new Point(
                            points.get(i).step(),
                            points.subList(from, to).stream()
                                    .mapToDouble(Point::value)
                                    .average()
                                    .orElseThrow());
                })
                .toList();
    }
}

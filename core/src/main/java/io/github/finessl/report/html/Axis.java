package io.github.finessl.report.html;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;

/**
 * Values along one side of a chart.
 *
 * @param start where the smallest value lies, in the chart's units
 * @param end where the largest lies
 */
record Axis(double smallest, double largest, double start, double end) {

    /**
     * A mark with its label.
     *
     * @param anchor {@code start}, {@code middle} or {@code end}: the part of the label that stands at the mark, where it
     *     is written along the axis
     */
    record Tick(String at, String label, String anchor) {
        Tick(String at, String label) {
            this(at, label, "middle");
        }
    }

    /** The position of a value. */
    double at(double value) {
        return start + (value - smallest) / (largest - smallest) * (end - start);
    }

    /** The position of a value as the templates want it. */
    String px(double value) {
        return length(at(value));
    }

    /** Marks at round values, about as many as asked for, within the axis. */
    List<Tick> ticks(int about, DoubleFunction<String> label) {
        double step = roundStep((largest - smallest) / about);
        List<Tick> ticks = new ArrayList<>();
        for (double k = Math.ceil(smallest / step); k * step <= largest + 1e-9 * step; k++) {
            ticks.add(new Tick(px(k * step), label.apply(k * step)));
        }
        return ticks;
    }

    /** The next value from {@code value} on that a mark could stand at. */
    static double roundUp(double value, int ticks) {
        double step = roundStep(value / ticks);
        return step * Math.ceil(value / step - 1e-9);
    }

    private static double roundStep(double step) {
        double power = Math.pow(10, Math.floor(Math.log10(step)));
        for (double factor : new double[] {1, 2, 2.5, 5}) {
            if (factor * power >= step * (1 - 1e-9)) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    /** A length in the chart's units. */
    static String length(double units) {
        return Wording.number("%.1f", units);
    }
}

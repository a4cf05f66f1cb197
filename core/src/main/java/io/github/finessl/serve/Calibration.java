package io.github.finessl.serve;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.commons.math3.optim.MaxEval;
import org.apache.commons.math3.optim.nonlinear.scalar.GoalType;
import org.apache.commons.math3.optim.univariate.BrentOptimizer;
import org.apache.commons.math3.optim.univariate.SearchInterval;
import org.apache.commons.math3.optim.univariate.UnivariateObjectiveFunction;

/**
 * A temperature T that makes probabilities as honest as they can be: softmax(z / T), fitted to images that were held out of the
 * training (Guo et al., On Calibration of Modern Neural Networks, ICML 2017). It changes no answer, only how sure it is.
 *
 * <p>T is the most likely one for log T ~ N(0, .5²) and labels of which one in twenty is random. A few dozen held-out images, some
 * of them mislabelled, would else make it far worse than none.
 *
 * @param temperature T, from 1/{@value #MOST} to {@value #MOST}
 * @param images that it was fitted to
 */
public record Calibration(double temperature, int images) {
    private static final double MOST = 10;
    private static final double PRECISION = 1e-6;
    private static final int TRIES = 200;
    /** The deviation of log T before any image is seen. */
    private static final double USUAL = 0.5;
    /** The part of labels that say nothing. */
    private static final double WRONG_LABELS = 0.05;

    /** Fewer images would fit it to their noise. */
    public static final int ENOUGH = 20;

    /** The prediction for an image whose class is known. */
    public record Known(double[] probabilities, int label) {}

    /** Checks the values. */
    public Calibration {
        if (!(temperature >= 1 / MOST && temperature <= MOST) || images < 1) {
            throw new IllegalArgumentException("its temperature is " + temperature + ", of " + images + " images");
        }
    }

    /** Fits the temperature; empty for fewer than {@value #ENOUGH} images. */
    public static Optional<Calibration> of(List<Known> heldOut) {
        if (heldOut.size() < ENOUGH) {
            return Optional.empty();
        }
        double logarithm = new BrentOptimizer(PRECISION, PRECISION)
                .optimize(
                        new MaxEval(TRIES),
                        GoalType.MINIMIZE,
                        new UnivariateObjectiveFunction(t -> unlikeliness(heldOut, t)),
                        new SearchInterval(-Math.log(MOST), Math.log(MOST), 0))
                .getPoint();
        return Optional.of(new Calibration(Math.exp(logarithm), heldOut.size()));
    }

    /** -log of the posterior density of a temperature, but for a constant. */
    private static double unlikeliness(List<Known> images, double logarithm) {
        double temperature = Math.exp(logarithm);
        double ofImages = images.stream()
                .mapToDouble(each -> {
                    double[] p = apply(each.probabilities(), temperature);
                    return -Math.log((1 - WRONG_LABELS) * p[each.label()] + WRONG_LABELS / p.length);
                })
                .sum();
        return ofImages + logarithm * logarithm / (2 * USUAL * USUAL);
    }

    /** The probabilities softmax(z / T), from those of softmax(z). */
    public double[] apply(double[] probabilities) {
        return apply(probabilities, temperature);
    }

    private static double[] apply(double[] probabilities, double temperature) {
        double[] powers = Arrays.stream(probabilities)
                .map(p -> Math.pow(p, 1 / temperature))
                .toArray();
        double sum = Arrays.stream(powers).sum();
        return Arrays.stream(powers).map(p -> p / sum).toArray();
    }
}

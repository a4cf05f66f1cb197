package io.github.finessl.text;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The scale and bias that a model makes logits of cosines with: logit = scale·cos(image, text) + bias.
 *
 * @param scale e^{logit_scale}
 * @param bias SigLIP's, whose probability of a class is the sigmoid of the logit; 0 for CLIP's softmax
 */
public record LogitScale(double scale, double bias) {

    /** The scale that CLIP's models are trained to, the largest that they may have. */
    public static final LogitScale CLIP = new LogitScale(100, 0);

    /** Checks the values. */
    public LogitScale {
        if (!(scale > 0 && Double.isFinite(scale) && Double.isFinite(bias))) {
            throw new IllegalArgumentException("logits would have the scale " + scale + " and the bias " + bias);
        }
    }

    private static final double TOLERANCE = 1e-2;

    /**
     * The scale and bias by which logits were made of cosines.
     *
     * @return empty if no line goes through them, to 0.01, or they are all but the same
     */
    static Optional<LogitScale> through(double[] cosines, double[] logits) {
        double meanCosine = Arrays.stream(cosines).average().orElseThrow();
        double meanLogit = Arrays.stream(logits).average().orElseThrow();
        double squares = 0;
        double products = 0;
        for (int i = 0; i < cosines.length; i++) {
            squares += (cosines[i] - meanCosine) * (cosines[i] - meanCosine);
            products += (cosines[i] - meanCosine) * (logits[i] - meanLogit);
        }
        double scale = products / squares;
        double bias = meanLogit - scale * meanCosine;
        boolean onLine = IntStream.range(0, logits.length)
                .allMatch(i -> Math.abs(logits[i] - scale * cosines[i] - bias) < TOLERANCE);
        return onLine && scale > 0 && Double.isFinite(scale)
                ? Optional.of(new LogitScale(scale, Math.abs(bias) < TOLERANCE ? 0 : bias))
                : Optional.empty();
    }
}

package io.github.finessl.serve;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.DoubleStream;

/**
 * The rule by which a model answers that a photo is of none of its classes: its largest logit, s·cos(f, w_k) of the nearest class
 * k, is below a threshold.
 *
 * @param below the threshold
 * @param basis what it was set by
 * @param images of classes that it was set by
 * @param strangers known ones that it was set by, 0 if there were none
 */
public record Refusal(double below, Basis basis, int images, int strangers) {

    /** The part of the images of classes that may be refused where no strangers are known. */
    static final double FALSE_ALARMS = 0.05;

    /** The part that may be refused at most where strangers are known: few known ones alone would ask for more. */
    static final double MOST_FALSE_ALARMS = 0.1;

    /** Of fewer images that part cannot be told. */
    public static final int ENOUGH = 20;

    /** The images of classes that a threshold was set by. */
    public enum Basis {
        /** Labelled images that were held out of the training. */
        HELD_OUT,
        /** The unlabelled images but for those that seemed to be of no class before the training. */
        UNLABELLED,
        /** The bias of a zero-shot model such as SigLIP, whose sigmoid is one half there. */
        SIGMOID
    }

    /** Checks the values. */
    public Refusal {
        if (!Double.isFinite(below) || basis == null || images < 0 || strangers < 0) {
            throw new IllegalArgumentException("it refuses photos below " + below + ", set by " + basis);
        }
    }

    /**
     * Sets the threshold: with known strangers, where the part of the images that is kept exceeds the part of the strangers
     * that is kept by the most (Youden's index), of those that refuse at most 10 % of the images; without, so that 5 % of the
     * images are refused.
     *
     * @param ofClasses largest logits of images that are of classes
     * @param strangers those of images that are known not to be
     * @return empty for fewer than {@value #ENOUGH} images of classes
     */
    public static Optional<Refusal> of(double[] ofClasses, double[] strangers, Basis basis) {
        if (ofClasses.length < ENOUGH) {
            return Optional.empty();
        }
        double[] sorted = Arrays.stream(ofClasses).sorted().toArray();
        double highest = sorted[(int) (MOST_FALSE_ALARMS * sorted.length)];
        double below = strangers.length == 0
                ? sorted[(int) (FALSE_ALARMS * sorted.length)]
                : DoubleStream.concat(Arrays.stream(sorted), Arrays.stream(strangers))
                        .filter(threshold -> threshold <= highest)
                        .boxed()
                        .max((a, b) -> Double.compare(
                                kept(ofClasses, a) - kept(strangers, a), kept(ofClasses, b) - kept(strangers, b)))
                        .orElseThrow();
        return Optional.of(new Refusal(below, basis, ofClasses.length, strangers.length));
    }

    private static double kept(double[] fits, double below) {
        return Arrays.stream(fits).filter(fit -> fit >= below).count() / (double) fits.length;
    }

    /** Whether a photo with this largest logit is of none of the classes. */
    public boolean refuses(double fit) {
        return fit < below;
    }
}

package io.github.finessl.train;

/**
 * The cosine schedule of the learning rate with a linear warm-up: η(t) = η₀·½(1 + cos(π·t/T))·min(1, (t + 1)/W).
 *
 * @param start η₀
 * @param steps steps of the whole run
 * @param epochSteps steps an epoch
 * @param perEpoch the authors' code: t counts finished epochs, so that the rate is constant inside one
 * @param warmup W, steps until the rate is the cosine's; 0 for none
 */
public record CosineSchedule(double start, long steps, long epochSteps, boolean perEpoch, long warmup) {

    /** The learning rate η of a step, counted from 0. */
    public double rate(long step) {
        double epochs = Math.ceil(steps / (double) epochSteps);
        double progress = perEpoch ? Math.floor(step / (double) epochSteps) / epochs : step / (double) steps;
        double cosine = start * 0.5 * (1 + Math.cos(Math.PI * progress));
        return step + 1 < warmup ? cosine * (step + 1) / warmup : cosine;
    }
}

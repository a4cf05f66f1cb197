package io.github.finessl.train;

/**
 * The cosine schedule of the learning rate: η(t) = η₀·½(1 + cos(π·t/T)).
 *
 * @param start η₀
 * @param steps steps of the whole run
 * @param epochSteps steps an epoch
 * @param perEpoch the authors' code: t counts finished epochs, so that the rate is constant inside one
 */
public record CosineSchedule(double start, long steps, long epochSteps, boolean perEpoch) {

    /** The learning rate η of a step, counted from 0. */
    public double rate(long step) {
        double epochs = Math.ceil(steps / (double) epochSteps);
        double progress = perEpoch ? Math.floor(step / (double) epochSteps) / epochs : step / (double) steps;
        return start * 0.5 * (1 + Math.cos(Math.PI * progress));
    }
}

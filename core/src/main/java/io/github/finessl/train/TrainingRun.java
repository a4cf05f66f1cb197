package io.github.finessl.train;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Split;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.ssl.Method;
import io.github.finessl.tuning.PromptStart;
import io.github.finessl.tuning.Tuning;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The definition of a run.
 *
 * @param learner what learns
 * @param images what it learns from
 * @param kernels compute the encoder's products
 * @param plan how long and how fast
 * @param saving where the run is kept
 */
public record TrainingRun(Learner learner, Images images, Kernels kernels, Plan plan, Saving saving) {

    /**
     * The model before its first step, and the method that teaches it.
     *
     * @param encoder at the resolution of the augmentation
     * @param start of what is trained
     * @param method fresh; it is changed by the run
     * @param teacher what the method learns from, if it does; of images like the encoder's
     * @param voters asked before the first step, for a method that learns from their votes
     * @param zeroShot what a text tower says of images, for a method that begins with it
     */
    public record Learner(
            Encoder encoder,
            Tuning tuning,
            Start start,
            Method method,
            Optional<Teacher> teacher,
            Supplier<List<Voter>> voters,
            Optional<ZeroShot> zeroShot) {}

    /**
     * The initial values of parameters.
     *
     * @param prompts of the prompts, where there are any
     * @param heads of the class weights
     * @param earlier a model whose parameters are taken instead, as far as it has them
     */
    public record Start(PromptStart prompts, HeadStart heads, Optional<SavedModel> earlier) {

        /** Initial values that no earlier model gives. */
        public static Start of(PromptStart prompts, HeadStart heads) {
            return new Start(prompts, heads, Optional.empty());
        }
    }

    /** The images of a run, which of them are labelled, and the views that are made of them. */
    public record Images(DataSource source, Split split, Augmentation augmentation) {}

    /**
     * The plan of a run: optimisation and bookkeeping.
     *
     * @param epochSteps steps an epoch
     * @param reference the authors' code: the rate changes between epochs alone, and dropout is on where weak views are
     *     predicted on
     * @param zeta confidence from which a pseudo-label is called confident in the log
     * @param seed of everything random
     */
    public record Plan(
            Optimisation optimisation, int epochSteps, boolean reference, double zeta, long seed, Looks looks) {

        /** The number of steps of the whole run. */
        public int steps() {
            return optimisation.steps();
        }
    }

    /**
     * The run's checkpoint.
     *
     * @param identity everything that decides the result
     * @param checkpoint its file
     * @param resume a checkpoint to go on from instead of that one
     */
    public record Saving(Map<String, String> identity, Path checkpoint, Optional<Path> resume) {}

    Encoder encoder() {
        return learner.encoder();
    }

    Method method() {
        return learner.method();
    }

    DataSource source() {
        return images.source();
    }

    Split split() {
        return images.split();
    }

    Augmentation augmentation() {
        return images.augmentation();
    }
}

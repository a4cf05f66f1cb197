package io.github.finessl;

import io.github.finessl.SettingsException.Fault;
import io.github.finessl.data.Split;
import io.github.finessl.io.Numbers;
import io.github.finessl.kernel.Precision;
import io.github.finessl.ssl.FineSsl;
import io.github.finessl.ssl.MethodChoice;
import io.github.finessl.ssl.Methods;
import io.github.finessl.ssl.Untrained;
import io.github.finessl.tuning.PromptStart;
import io.github.finessl.tuning.TuningChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The settings of a fine-tuning, whatever the encoder and the photos. Immutable.
 *
 * @param method how it learns from the unlabelled images
 * @param tuning what is trained beside the heads
 * @param starts where parameters begin
 * @param schedule how long, and how many images a step
 * @param rates of the optimiser
 * @param input the images that the encoder is given
 * @param strangers what is done with unlabelled images of no class
 * @param precision arithmetic of the encoder's products
 * @param seed of everything random
 * @param inference how the trained model predicts
 * @param watching when a run looks at itself, which changes nothing of what it learns
 */
public record TrainingSettings(
        MethodChoice method,
        TuningChoice tuning,
        Starts starts,
        Schedule schedule,
        Rates rates,
        Input input,
        StrangerPolicy strangers,
        Precision precision,
        long seed,
        Inference inference,
        Watching watching) {

    /**
     * The initial values of parameters.
     *
     * @param prompts empty for patch tokens with encoders narrower than 384, which random ones wreck, else random
     * @param classes of the heads
     */
    public record Starts(Optional<PromptStart> prompts, ClassStart classes) {}

    /**
     * The number of steps, and of images in each.
     *
     * @param steps of the optimiser
     * @param batch labelled images a step; empty for as many as there are, up to 16
     * @param mu unlabelled images a step for each labelled one; empty for such that a step has up to 16
     */
    public record Schedule(int steps, Optional<Integer> batch, Optional<Integer> mu) {}

    /**
     * The rates of stochastic gradient descent.
     *
     * @param learning at the start of the cosine schedule
     * @param encoder that of the encoder's own weights, where some are trained; empty for the same
     * @param prompts factor of the learning rate for prompts
     * @param warmup steps in which the learning rates rise linearly to the schedule's, 0 for none
     */
    public record Rates(
            double learning,
            Optional<Double> encoder,
            double prompts,
            double momentum,
            double weightDecay,
            int warmup) {

        /** The same rate for all that is trained but the encoder's own weights, without warm-up. */
        public Rates(double learning, Optional<Double> encoder, double momentum, double weightDecay) {
            this(learning, encoder, 1, momentum, weightDecay, 0);
        }
    }

    /**
     * How the trained model predicts, on the way and in use.
     *
     * @param ema momentum of the average of the parameters over the last steps, which predicts in their place; 0 for the
     *     last step's parameters
     * @param flip whether logits are the mean of those of an image and of its mirror image
     */
    public record Inference(double ema, boolean flip) {

        /** The last step's parameters, and each image as it is. */
        public static final Inference PLAIN = new Inference(0, false);
    }

    /**
     * The resolution and the normalisation of the images that the encoder is given.
     *
     * @param resolution their side in pixels; empty for the encoder's own
     */
    public record Input(Optional<Integer> resolution, Colours colours) {}

    /**
     * When a run writes checkpoints and evaluates its model.
     *
     * @param checkpointEvery steps between checkpoints, 0 for none but the last
     * @param evaluateEvery steps between evaluations, 0 for none but the last; empty for five of them where there are few
     *     test images
     * @param survey how many unlabelled images are looked at in the end, 0 for none
     */
    public record Watching(int checkpointEvery, Optional<Integer> evaluateEvery, int survey) {}

    /**
     * FineSSL with the paper's settings, adapters beside the MLPs, class vectors from the pile, 200 steps: minutes on a CPU.
     * The experiment {@code Defaults} chose tuning and start on held-out images.
     */
    public static final TrainingSettings DEFAULT = new TrainingSettings(
            FineSsl.paper(),
            TuningChoice.of("adaptformer"),
            new Starts(Optional.empty(), new ClassStart.Pile()),
            new Schedule(200, Optional.empty(), Optional.empty()),
            new Rates(0.03, Optional.empty(), 0.9, 0.0005),
            new Input(Optional.empty(), Colours.ENCODER),
            StrangerPolicy.LEAVE_OUT,
            Precision.AUTO,
            1,
            Inference.PLAIN,
            new Watching(100, Optional.empty(), 0));

    /**
     * The number of images in a batch, labelled and unlabelled each, where the schedule leaves it open and there are as
     * many.
     */
    public static final int BATCH = 16;

    /**
     * The largest test part that is evaluated {@value #LOOKS} times on the way; a larger one is evaluated at the end
     * alone.
     */
    private static final int FEW_TEST_IMAGES = 500;

    private static final int LOOKS = 5;
    private static final int MOST_BATCH = 4096;
    private static final int MOST_PROMPTS = 1000;
    private static final int LEAST_SIDE = 16;
    private static final int MOST_SIDE = 2048;

    /** These settings with another method. */
    public TrainingSettings with(MethodChoice other) {
        return new TrainingSettings(
                other, tuning, starts, schedule, rates, input, strangers, precision, seed, inference, watching);
    }

    /** These settings with another way of fine-tuning. */
    public TrainingSettings with(TuningChoice other) {
        return new TrainingSettings(
                method, other, starts, schedule, rates, input, strangers, precision, seed, inference, watching);
    }

    /** These settings with other starts. */
    public TrainingSettings with(Starts other) {
        return new TrainingSettings(
                method, tuning, other, schedule, rates, input, strangers, precision, seed, inference, watching);
    }

    /** These settings with another schedule. */
    public TrainingSettings with(Schedule other) {
        return new TrainingSettings(
                method, tuning, starts, other, rates, input, strangers, precision, seed, inference, watching);
    }

    /** These settings with other rates. */
    public TrainingSettings with(Rates other) {
        return new TrainingSettings(
                method, tuning, starts, schedule, other, input, strangers, precision, seed, inference, watching);
    }

    /** These settings with another resolution and normalisation of images. */
    public TrainingSettings with(Input other) {
        return new TrainingSettings(
                method, tuning, starts, schedule, rates, other, strangers, precision, seed, inference, watching);
    }

    /** These settings with another policy for strangers. */
    public TrainingSettings with(StrangerPolicy other) {
        return new TrainingSettings(
                method, tuning, starts, schedule, rates, input, other, precision, seed, inference, watching);
    }

    /** These settings with another arithmetic. */
    public TrainingSettings with(Precision other) {
        return new TrainingSettings(
                method, tuning, starts, schedule, rates, input, strangers, other, seed, inference, watching);
    }

    /** These settings with another seed. */
    public TrainingSettings seed(long other) {
        return new TrainingSettings(
                method, tuning, starts, schedule, rates, input, strangers, precision, other, inference, watching);
    }

    /** These settings with another way of predicting. */
    public TrainingSettings with(Inference other) {
        return new TrainingSettings(
                method, tuning, starts, schedule, rates, input, strangers, precision, seed, other, watching);
    }

    /** These settings with other times for checkpoints and evaluations. */
    public TrainingSettings with(Watching other) {
        return new TrainingSettings(
                method, tuning, starts, schedule, rates, input, strangers, precision, seed, inference, other);
    }

    /** These settings with what they leave open decided by the number of images. */
    TrainingSettings fittedTo(Split split, int test) {
        int labelled = split.labelled().length;
        int unlabelled = split.unlabelled().length;
        int batch = schedule.batch().orElse(Math.min(BATCH, labelled));
        int mu = schedule.mu().orElse(Math.max(1, Math.min(BATCH, unlabelled) / batch));
        int every = watching.evaluateEvery()
                .orElse(
                        test > 0 && test <= FEW_TEST_IMAGES
                                ? Math.max(1, schedule.steps() / LOOKS)
                                : split.heldOut().length > 0 ? schedule.steps() : 0);
        return with(new Schedule(schedule.steps(), Optional.of(batch), Optional.of(mu)))
                .with(new Watching(watching.checkpointEvery(), Optional.of(every), watching.survey()));
    }

    /** These settings as they take effect: a method that trains nothing has neither steps nor anything to tune. */
    TrainingSettings effective() {
        return method.untrained()
                .map(head -> with(TuningChoice.of("linear"))
                        .with(new Starts(Optional.empty(), startOf(head)))
                        .with(new Schedule(0, schedule.batch(), schedule.mu())))
                .orElse(this);
    }

    /** Whether a run with these settings, as they take effect, learns from the classes' names where there is a text tower. */
    public boolean readsNames() {
        return effective().starts().classes() instanceof ClassStart.Names || method.beginsZeroShot();
    }

    private static ClassStart startOf(Untrained.Head head) {
        return switch (head) {
            case CLASS_MEANS -> new ClassStart.Means();
            case PILE -> new ClassStart.Pile();
            case ZERO_SHOT -> new ClassStart.Names();
        };
    }

    /** The faults of these settings, whatever they are used with. */
    List<Fault> faults() {
        Checks checks = new Checks();
        Methods.Settings own = method.settings();
        checks.number("alpha", own.alpha(), own.alpha() >= 0, "a number from 0 on");
        checks.number("gamma", own.gamma(), own.gamma() > 0, "a number above 0");
        checks.number("zeta", own.zeta(), isFraction(own.zeta()), "a number from 0 to 1");
        checks.number("lambda", own.lambda(), isFraction(own.lambda()), "a number from 0 to 1");
        method.momentum()
                .ifPresent(m -> checks.number("emaMomentum", m, m >= 0 && m < 1, "a number from 0 to below 1"));
        checks.number("debias", method.debias(), method.debias() >= 0, "a number from 0 on");
        checks.whole("prompts", tuning.prompts(), 1, MOST_PROMPTS);
        checks.whole("steps", schedule.steps(), method.untrained().isPresent() ? 0 : 1, Integer.MAX_VALUE);
        schedule.batch().ifPresent(n -> checks.whole("batch", n, 1, MOST_BATCH));
        schedule.mu().ifPresent(n -> checks.whole("mu", n, 1, Integer.MAX_VALUE));
        checks.number("lr", rates.learning(), rates.learning() > 0, "a number above 0");
        rates.encoder().ifPresent(rate -> checks.number("encoderLr", rate, rate >= 0, "a number from 0 on"));
        checks.number("promptLr", rates.prompts(), rates.prompts() >= 0, "a number from 0 on");
        checks.whole("warmup", rates.warmup(), 0, Integer.MAX_VALUE);
        checks.number(
                "momentum",
                rates.momentum(),
                rates.momentum() >= 0 && rates.momentum() < 1,
                "a number from 0 to below 1");
        checks.number("weightDecay", rates.weightDecay(), rates.weightDecay() >= 0, "a number from 0 on");
        checks.number(
                "ema", inference.ema(), inference.ema() >= 0 && inference.ema() < 1, "a number from 0 to below 1");
        input.resolution().ifPresent(side -> checks.whole("resolution", side, LEAST_SIDE, MOST_SIDE));
        checks.require(seed >= 0, "seed", seed, "a whole number from 0 on");
        checks.whole("checkpointEvery", watching.checkpointEvery(), 0, Integer.MAX_VALUE);
        watching.evaluateEvery().ifPresent(n -> checks.whole("evalEvery", n, 0, Integer.MAX_VALUE));
        checks.whole("survey", watching.survey(), 0, Integer.MAX_VALUE);
        return checks.found;
    }

    private static boolean isFraction(double x) {
        return x >= 0 && x <= 1;
    }

    private static final class Checks {
        private final List<Fault> found = new ArrayList<>();

        void require(boolean met, String setting, Object value, String allowed) {
            if (!met) {
                found.add(Fault.of(setting, value, allowed));
            }
        }

        void number(String setting, double value, boolean met, String allowed) {
            require(Double.isFinite(value) && met, setting, value, allowed);
        }

        void whole(String setting, int value, int least, int most) {
            require(
                    value >= least && value <= most,
                    setting,
                    value,
                    "a whole number from " + least + (most == Integer.MAX_VALUE ? " on" : " to " + most));
        }
    }

    /**
     * The settings that tell runs apart, by the names of options, in the words of run records; one that is off by
     * default is left out where it is off, so that records from before it existed stand. Of what the photos are left
     * open, {@link #fittedTo} must have decided.
     *
     * @param classFeatures SHA-256 of the file of class vectors, where there is one
     */
    public SortedMap<String, String> identity(Optional<String> classFeatures) {
        SortedMap<String, String> texts = common();
        texts.putAll(method.identity(schedule.steps()));
        rates.encoder().ifPresent(rate -> texts.put("encoderLr", Numbers.text(rate)));
        classFeatures.ifPresent(hash -> texts.put("classFeatures", hash));
        if (strangers != StrangerPolicy.KEEP) {
            texts.put("strangers", strangers.toString());
        }
        SortedMap<String, String> later = later();
        later.entrySet().removeAll(DEFAULT.later().entrySet());
        texts.putAll(later);
        return texts;
    }

    /** All settings as run records have them, by the names of options. */
    SortedMap<String, String> recorded() {
        SortedMap<String, String> texts = common();
        texts.putAll(later());
        texts.putAll(method.recorded(schedule.steps()));
        texts.put("encoderLr", rates.encoder().map(Numbers::text).orElse("none"));
        texts.put(
                "classFeatures",
                starts.classes() instanceof ClassStart.Features features
                        ? features.file().toString()
                        : "none");
        texts.put("strangers", strangers.toString());
        texts.put("checkpointEvery", Integer.toString(watching.checkpointEvery()));
        texts.put("evalEvery", watching.evaluateEvery().map(n -> n.toString()).orElse("0"));
        texts.put("survey", Integer.toString(watching.survey()));
        return texts;
    }

    /** Settings that earlier versions had not, which did what is the default now. */
    private SortedMap<String, String> later() {
        SortedMap<String, String> texts = new TreeMap<>();
        texts.put("promptLr", Numbers.text(rates.prompts()));
        texts.put("warmup", Integer.toString(rates.warmup()));
        texts.put("ema", Numbers.text(inference.ema()));
        texts.put("flip", Boolean.toString(inference.flip()));
        return texts;
    }

    private SortedMap<String, String> common() {
        SortedMap<String, String> texts = new TreeMap<>();
        texts.put("tuning", tuning.text());
        texts.put("prompts", Integer.toString(tuning.prompts()));
        texts.put(
                "promptStart",
                starts.prompts()
                        .map(start -> start.name().toLowerCase(Locale.ROOT))
                        .orElse("auto"));
        texts.put("headStart", starts.classes().toString());
        texts.put("steps", Integer.toString(schedule.steps()));
        texts.put("batch", schedule.batch().map(n -> n.toString()).orElse("auto"));
        texts.put("mu", schedule.mu().map(n -> n.toString()).orElse("auto"));
        texts.put("lr", Numbers.text(rates.learning()));
        texts.put("momentum", Numbers.text(rates.momentum()));
        texts.put("weightDecay", Numbers.text(rates.weightDecay()));
        texts.put("resolution", input.resolution().map(side -> side.toString()).orElse("auto"));
        texts.put("normalisation", input.colours().toString());
        texts.put("precision", precision.toString());
        return texts;
    }
}

package io.github.finessl;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.data.ClassFeatures;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Split;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.OpaqueEncoder;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.report.EvaluationResult;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.RunIdentity;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.RunStore;
import io.github.finessl.report.RunWatch;
import io.github.finessl.report.StepReport;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.report.TrainingStart;
import io.github.finessl.ssl.Method;
import io.github.finessl.train.HeadStart;
import io.github.finessl.train.Looks;
import io.github.finessl.train.Optimisation;
import io.github.finessl.train.SavedModel;
import io.github.finessl.train.Trainer;
import io.github.finessl.train.TrainingOutcome;
import io.github.finessl.train.TrainingRun;
import io.github.finessl.tuning.PromptStart;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.VisualPrompts.Placement.Shallow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** A run whose parts are made and checked against each other, before its first step. */
public final class PreparedRun {

    /** The checkpoint's file in a run's directory. */
    public static final String CHECKPOINT = "checkpoint.zip";

    /** The file of predictions in a run's directory. */
    public static final String PREDICTIONS = "predictions.csv";

    /** The key of the kernels' name in a checkpoint's identity. */
    static final String ARITHMETIC = "arithmetic";

    private final TrainingSettings settings;
    private final Path encoderFile;
    private final Encoder encoder;
    private final Data data;
    private final Tuning tuning;
    private final HeadStart heads;
    private final Guides guides;
    private final Optional<Parent> parent;
    private final RunIdentity identity;

    /**
     * The images of a run.
     *
     * @param identity what tells them from others besides their content, by the names of options
     */
    public record Data(DataSource source, Split split, SortedMap<String, String> identity) {}

    /**
     * A model whose parameters the run begins with.
     *
     * @param sha256 of its checkpoint
     */
    record Parent(String sha256, SavedModel parameters) {}

    /**
     * The names that a run is recorded under.
     *
     * @param experiment that it belongs to
     * @param variant its name, for people
     * @param configuration all settings, by the names of options
     * @param root what relative paths start from, and where the code's clone is
     */
    public record Label(String experiment, String variant, SortedMap<String, String> configuration, Path root) {}

    /**
     * The callbacks of a run: its listener and the predicates that end it early.
     *
     * @param stop asked once a step: true once the run is to write a checkpoint and end
     * @param enough asked after each step: true once the run is to end as if this were its last step
     */
    public record Surroundings(TrainingListener listener, BooleanSupplier stop, Predicate<StepReport> enough) {

        /** Callbacks of a run that goes on to its last step unless it is stopped. */
        public Surroundings(TrainingListener listener, BooleanSupplier stop) {
            this(listener, stop, report -> false);
        }
    }

    /** A run on other images of the same data, of the same identity. */
    private PreparedRun(PreparedRun run, Split split) {
        settings = run.settings;
        encoderFile = run.encoderFile;
        encoder = run.encoder;
        data = new Data(run.data.source(), split, run.data.identity());
        tuning = run.tuning;
        heads = run.heads;
        guides = run.guides;
        parent = run.parent;
        identity = run.identity;
    }

    /**
     * Prepares a run: checks everything that can be checked before hours are spent.
     *
     * @param settings that leave nothing open
     * @param encoderFile its file, for the record
     * @param encoder as its file has it
     * @param root what relative paths of the settings start from
     * @throws SettingsException if settings do not go with each other, the encoder or the images
     */
    public static PreparedRun of(
            TrainingSettings settings, Path encoderFile, Encoder encoder, Data data, Guides guides, Path root) {
        return new PreparedRun(settings, encoderFile, encoder, data, guides, Optional.empty(), root);
    }

    PreparedRun(
            TrainingSettings wanted,
            Path encoderFile,
            Encoder ofFile,
            Data data,
            Guides guides,
            Optional<Parent> parent,
            Path root) {
        List<SettingsException.Fault> faults = wanted.faults();
        if (!faults.isEmpty()) {
            throw new SettingsException(faults);
        }
        settings = wanted.effective();
        this.encoderFile = encoderFile;
        this.data = data;
        this.guides = wanted.readsNames() ? guides : guides.withoutText();
        this.parent = parent;
        encoder = atResolution(ofFile, encoderFile, settings.input().resolution());
        tuning = tuning(settings, encoder, data.source().classes().size());
        if (parent.isPresent() && tuning.phases().size() > 1) {
            throw new SettingsException(
                    "tuning",
                    settings.tuning().text(),
                    "it starts from the encoder's file, so it cannot train a model further");
        }
        if (settings.starts().prompts().equals(Optional.of(PromptStart.NEUTRAL))
                && tuning.prompts()
                        .filter(prompts -> prompts.placement() instanceof Shallow)
                        .isPresent()) {
            throw new SettingsException(
                    "promptStart",
                    "neutral",
                    "prompts of " + tuning.name() + " go on as tokens, which later blocks attend to");
        }
        Method method = method();
        if (method.untrained().isPresent() && parent.isPresent()) {
            throw new SettingsException(
                    "method", settings.method().name(), "it trains nothing, so that it cannot go on from a model");
        }
        if (method.views().unlabelled() && data.split().unlabelled().length == 0) {
            throw new SettingsException(
                    "method",
                    settings.method().name(),
                    "it learns from unlabelled images, of which %s leaves none"
                            .formatted(data.source().name()));
        }
        guides.requireFor(settings.method().name(), method);
        boolean chooses =
                data.split().heldOut().length > 0 && settings.schedule().steps() > 0;
        if (chooses && evaluateEvery() == 0) {
            throw new SettingsException(
                    "evalEvery", "a held-out part needs evaluations during training, but there are none");
        }
        heads = InitialHeads.of(settings, encoder, data.source(), guides.text(), root);
        SortedMap<String, String> configuration = settings.identity(
                settings.starts().classes() instanceof ClassStart.Features features
                        ? Optional.of(ClassFeatures.sha256(root.resolve(features.file())))
                        : Optional.empty());
        configuration.putAll(data.identity());
        settings.input()
                .colours()
                .identify(configuration, encoder, data.source().name());
        if (data.split().heldOut().length > 0) {
            configuration.put("evalEvery", Integer.toString(evaluateEvery()));
        }
        this.guides.identify(configuration);
        parent.ifPresent(model -> configuration.put("parent", model.sha256()));
        identity = new RunIdentity(
                configuration,
                settings.seed(),
                encoder.sha256(),
                data.source().train().sha256());
    }

    /**
     * An encoder for images of a size.
     *
     * @param file its file, for messages
     * @param resolution side of the images in pixels; empty for the encoder's own
     * @throws SettingsException if the encoder cannot be given such images
     */
    public static Encoder atResolution(Encoder encoder, Path file, Optional<Integer> resolution) {
        if (encoder.imageHeight() != encoder.imageWidth() && resolution.isEmpty()) {
            throw new SettingsException(
                    "resolution",
                    "%s takes images of %d×%d pixels, so that the side of square ones must be given"
                            .formatted(file, encoder.imageHeight(), encoder.imageWidth()));
        }
        try {
            return resolution.map(encoder::atResolution).orElse(encoder);
        } catch (IllegalArgumentException e) {
            throw new SettingsException("resolution", e.getMessage());
        }
    }

    /**
     * The fine-tuning strategy of the settings.
     *
     * @throws SettingsException if the encoder cannot be tuned so
     */
    public static Tuning tuning(TrainingSettings settings, Encoder encoder, int classes) {
        try {
            return settings.tuning().make(encoder, classes);
        } catch (IllegalArgumentException e) {
            throw new SettingsException("tuning", settings.tuning().text(), e.getMessage());
        }
    }

    private int evaluateEvery() {
        return settings.watching().evaluateEvery().orElse(0);
    }

    private Method method() {
        return settings.method()
                .make(
                        settings.schedule().steps(),
                        data.split().unlabelled().length,
                        data.source().classes().size());
    }

    /** The run's settings, which leave nothing open. */
    public TrainingSettings settings() {
        return settings;
    }

    /** The run's images. */
    public Data data() {
        return data;
    }

    /** The encoder at the run's resolution. */
    public Encoder encoder() {
        return encoder;
    }

    /** The normalisation of the run's images, and why. */
    public PixelChoice pixels() {
        return settings.input().colours().choice(encoder, data.source().name());
    }

    /**
     * The run's identity, which is all that decides its result; with the precision auto, the arithmetic is left open.
     */
    public RunIdentity identity() {
        return identity;
    }

    /**
     * The identities of all runs whose result counts as this one's: where the precision auto leaves the arithmetic
     * open, those in any arithmetic and those of earlier versions, whose identity left it open as well.
     */
    public List<RunIdentity> answers() {
        return settings.precision() == Precision.AUTO
                ? Arrays.stream(Precision.values()).map(this::identity).toList()
                : List.of(identity);
    }

    /** The identity of the run as kernels of a precision carry it out. */
    public RunIdentity identity(Precision precision) {
        return identity.with("precision", precision.toString());
    }

    /** Whether a record's run counts as this one: see {@link #answers}. */
    public boolean isAnsweredBy(RunRecord record) {
        return answers().stream().anyMatch(each -> each.hash().equals(record.id()));
    }

    /** The differences between this run and that of a checkpoint, arithmetic aside. */
    public RunDifferences differencesFrom(Path checkpoint) {
        Map<String, String> saved = new TreeMap<>(Trainer.identityOf(checkpoint));
        saved.remove(ARITHMETIC);
        return RunDifferences.between(saved, RunDifferences.all(identity));
    }

    /** Whether a checkpoint's arithmetic is that of these kernels. */
    public static boolean isOf(Path checkpoint, Kernels kernels) {
        return kernels.name().equals(Trainer.identityOf(checkpoint).get(ARITHMETIC));
    }

    /**
     * Trains, or continues an interrupted training. Of a finished run, checkpoint, predictions, confusion matrix and,
     * last, the record lie in its directory.
     *
     * @param directory of the run
     * @param resume a checkpoint to go on from instead of the directory's own
     * @return empty if it was stopped, with a checkpoint
     * @throws IOException naming the file that cannot be written
     */
    public Optional<RunRecord> train(
            Kernels kernels, Path directory, Optional<Path> resume, Label label, Surroundings surroundings)
            throws IOException {
        try {
            Split split = StrangerFilter.applied(this, method().views(), kernels, surroundings);
            return new PreparedRun(this, split).trainOn(kernels, directory, resume, label, surroundings);
        } catch (CancellationException e) {
            surroundings.listener().message("Stopped before the first step; the same command goes on from there.");
            return Optional.empty();
        }
    }

    private Optional<RunRecord> trainOn(
            Kernels kernels, Path directory, Optional<Path> resume, Label label, Surroundings surroundings)
            throws IOException {
        FinishedTraining.Clock clock = FinishedTraining.Clock.now();
        Path checkpoint = directory.resolve(CHECKPOINT);
        int classes = data.source().classes().size();
        TrainingListener listener = surroundings.listener();
        try (Trainer trainer = new Trainer(trainingRun(kernels, checkpoint, resume), listener, surroundings.stop())) {
            TrainingOutcome outcome;
            if (encoder instanceof OpaqueEncoder opaque) {
                listener.message(opaque.notice());
            }
            listener.message("Pixels: " + pixels() + ".");
            listener.started(started(label.variant(), trainer, kernels));
            boolean continued = trainer.stepsDone() > 0;
            try (RunWatch watch = new RunWatch(directory, data.source().classes(), trainer.curve())) {
                outcome = trainer.train(listener.and(watch), surroundings.stop(), surroundings.enough());
                if (outcome.finished()) {
                    watch.finished(outcome.steps(), EvaluationResult.of(outcome.predictions(), classes));
                }
            } finally {
                listener.ended();
            }
            if (!outcome.finished()) {
                listener.message("Stopped after step %d; the same command continues from %s."
                        .formatted(outcome.steps(), checkpoint));
                return Optional.empty();
            }
            RunRecord record = new FinishedTraining(this, kernels, label, clock, continued, outcome).record();
            Prediction.write(
                    directory.resolve(PREDICTIONS),
                    FinishedTraining.named(outcome.predictions(), label.root()),
                    data.source().classes());
            EvaluationResult.of(outcome.predictions(), classes)
                    .writeConfusion(
                            directory.resolve("confusion.csv"), data.source().classes());
            record.write(directory.resolve(RunStore.RECORD));
            return Optional.of(record);
        }
    }

    private TrainingStart started(String variant, Trainer trainer, Kernels kernels) {
        return new TrainingStart(
                variant,
                settings.seed(),
                String.format(
                        Locale.ROOT,
                        "%s and %,d test images of %s",
                        data.split(),
                        data.source().test().size(),
                        data.source().name()),
                settings.schedule().steps(),
                (int) trainer.stepsDone(),
                settings.schedule().batch().orElseThrow(),
                encoder.imageHeight(),
                trainer.parameterCount(),
                kernels.name());
    }

    private TrainingRun trainingRun(Kernels kernels, Path checkpoint, Optional<Path> resume) {
        Map<String, String> saved = new TreeMap<>(RunDifferences.all(identity));
        saved.put(ARITHMETIC, kernels.name());
        TrainingSettings.Rates rates = settings.rates();
        Optimisation optimisation = new Optimisation(
                settings.schedule().steps(),
                settings.schedule().batch().orElseThrow(),
                settings.schedule().mu().orElseThrow(),
                rates.learning(),
                rates.encoder().orElse(rates.learning()),
                rates.learning() * rates.prompts(),
                rates.momentum(),
                rates.weightDecay(),
                rates.warmup());
        return new TrainingRun(
                new TrainingRun.Learner(
                        encoder,
                        tuning,
                        new TrainingRun.Start(promptStart(), heads, parent.map(Parent::parameters)),
                        method(),
                        guides.teacher().map(Guides.KnownTeacher::teacher),
                        guides.voters(),
                        guides.text().map(names -> InitialHeads.zeroShot(names, encoder))),
                new TrainingRun.Images(data.source(), data.split(), view()),
                kernels,
                new TrainingRun.Plan(
                        optimisation,
                        optimisation.epochSteps(),
                        settings.method().settings().reference(),
                        settings.method().settings().zeta(),
                        settings.seed(),
                        new Looks(
                                settings.watching().checkpointEvery(),
                                evaluateEvery(),
                                settings.watching().survey(),
                                settings.inference().ema(),
                                settings.inference().flip())),
                new TrainingRun.Saving(saved, checkpoint, resume));
    }

    /** The view of an image as it is. */
    Augmentation view() {
        return new Augmentation(encoder.imageHeight(), pixels().normalisation());
    }

    private PromptStart promptStart() {
        return settings.starts()
                .prompts()
                .orElseGet(() -> encoder instanceof VisionTransformer vit
                        ? PromptStart.suiting(vit.width())
                        : PromptStart.UNIFORM);
    }

    Path encoderFile() {
        return encoderFile;
    }

    Guides guides() {
        return guides;
    }

    Optional<Parent> parent() {
        return parent;
    }
}

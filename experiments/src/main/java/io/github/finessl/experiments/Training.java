package io.github.finessl.experiments;

import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.SkippedImage;
import io.github.finessl.data.Split;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.export.Origin;
import io.github.finessl.report.RunIdentity;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.Unreadable;
import io.github.finessl.serve.ModelCard;
import io.github.finessl.serve.ModelException;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.ssl.Methods;
import io.github.finessl.train.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One run outside of any table, whose folder becomes a model that can be used: what {@code finessl train} does.
 *
 * <pre>{@code
 * Training training = new Training(Map.of("labelled", "photos/labelled", "unlabelled", "photos/unlabelled"));
 * training.run(Path.of("my-model"), RunContext.to(System.out));
 * }</pre>
 */
public final class Training {

    /** Settings that learn from a handful of labels within minutes on a CPU; the others are {@link Option}'s. */
    public static final Map<String, String> DEFAULTS = Map.of("steps", "200", "headStart", "means");

    /** The report's file in the model's folder. */
    public static final String REPORT = "report.html";

    /** What records of trainings have for an experiment. */
    static final String NAME = "train";

    private static final String SUPERVISED = "supervised";

    /** Images in a batch of labelled ones, where there are so many; and in one of unlabelled ones. */
    public static final int BATCH = 16;

    /** Test images that are looked at {@value #LOOKS} times on the way; more are seen at the end alone. */
    private static final int FEW_TEST_IMAGES = 500;

    private static final int LOOKS = 5;

    private final Options options;

    /**
     * Checks the options.
     *
     * @param given values of {@link Option}s by name, as users write them; the others have their defaults
     * @throws OptionException on a bad value or a name that no option has
     */
    public Training(Map<String, String> given) {
        given.keySet().forEach(Training::requireOption);
        options = Options.of(DEFAULTS, given);
        List<Long> seeds = options.get(Option.SEEDS);
        if (seeds.size() != 1) {
            throw new OptionException("A training has one seed, but -Dseeds gives " + seeds.size() + ".");
        }
        if (options.get(Option.SPARK).isPresent()) {
            throw new OptionException("-Dspark spreads the runs of a table; a training is one run.");
        }
    }

    private static void requireOption(String name) {
        List<String> known = Option.ALL.stream().map(Option::name).toList();
        if (!known.contains(name)) {
            throw new OptionException("There is no option " + name
                    + Spelling.nearest(name, known)
                            .map(meant -> "; did you mean " + meant + "?")
                            .orElse("."));
        }
    }

    /**
     * A finished training.
     *
     * @param source that it learnt from and was tested on
     * @param anew whether it was run now rather than before
     */
    public record Trained(RunRecord record, DataSource source, Split split, boolean anew) {}

    /**
     * Trains to the end, goes on with what was interrupted in the folder, or finds that it is finished.
     *
     * @param folder new, empty, or of this training
     * @return empty if the user stopped it, after a checkpoint
     * @throws IOException if the folder cannot be written to or belongs to something else
     */
    public Optional<Trained> run(Path folder, RunContext context) throws IOException {
        try (TrainingFolder own = TrainingFolder.open(folder)) {
            Optional<Trained> trained = train(own, context);
            if (trained.isEmpty() || Files.exists(folder.resolve(REPORT))) {
                return trained;
            }
            return ModelReport.write(folder, trained.get(), options, context) ? trained : Optional.empty();
        }
    }

    private Optional<Trained> train(TrainingFolder own, RunContext context) throws IOException {
        Path folder = own.path();
        try (Runner runner = new Runner(NAME, context, folder, false)) {
            Run run = sized(runner);
            Runner.Images images = runner.images(run);
            RunIdentity identity = runner.identity(run); // before anything goes: it fails where a file is missing
            if (options.get(Option.RERUN) && own.isFinished()) {
                own.forget();
            }
            Optional<RunRecord> earlier = own.finished(runner, run, images.source());
            earlier.ifPresent(found -> context.out().printf("%s: finished before.%n", folder));
            List<SkippedImage> skipped = images.source().skipped();
            if (!skipped.isEmpty()) {
                context.out().printf("  %s names them all%n", folder.resolve(Unreadable.FILE));
            }
            if (earlier.isEmpty() && !own.hasCheckpoint()) {
                LeftOutImages.list(skipped, folder);
            }
            Optional<RunRecord> record = earlier.isPresent() ? earlier : begunOrNew(runner, run, own, identity);
            if (record.isEmpty()) {
                return Optional.empty();
            }
            LeftOutImages.list(skipped, folder);
            if (!ModelFolder.isComplete(folder)) {
                ModelFolder.write(
                        folder, card(run, runner, record.get(), images.source().classes(), folder));
            } else {
                requireWhole(folder);
            }
            return Optional.of(new Trained(record.get(), images.source(), images.split(), earlier.isEmpty()));
        }
    }

    /** @throws CheckpointException if the folder holds an interrupted training of other data or options */
    private Optional<RunRecord> begunOrNew(Runner runner, Run run, TrainingFolder own, RunIdentity identity)
            throws IOException {
        Dataset train = runner.images(run).source().train();
        try {
            own.begin(identity, train);
            return runner.train(run, own.path());
        } catch (CheckpointException e) {
            if (options.get(Option.RERUN) && own.hasCheckpoint()) {
                own.forget();
                own.begin(identity, train);
                return runner.train(run, own.path());
            }
            throw new CheckpointException(
                    e.getMessage() + " Choose another folder, or start over with -Drerun=true.", e);
        }
    }

    /** @throws ModelException if a file of a model that was finished before is missing or was changed since */
    private static void requireWhole(Path folder) {
        try {
            ModelFolder.encoder(folder, ModelFolder.read(folder));
        } catch (ModelException e) {
            throw new ModelException(e.getMessage() + " -Drerun=true trains the model anew.", e);
        }
    }

    /** The run, its batches no larger than the data. */
    private Run sized(Runner runner) {
        Run run = new Run(
                options.get(Option.METHOD), options, options.get(Option.SEEDS).get(0));
        Runner.Images images = runner.images(run);
        int labelled = images.split().labelled().length;
        int unlabelled = images.split().unlabelled().length;
        if (unlabelled == 0 && !SUPERVISED.equals(options.get(Option.METHOD))) {
            throw new OptionException("There are no unlabelled images, which -Dmethod=" + options.get(Option.METHOD)
                    + " learns from: give some with -Dunlabelled, or say -Dmethod=" + SUPERVISED + ".");
        }
        boolean own = options.given().containsKey(Option.BATCH.name());
        int batch = own ? options.get(Option.BATCH) : Math.min(BATCH, labelled);
        Map<String, String> fitting = new HashMap<>(Map.of(
                Option.BATCH.name(), Integer.toString(batch),
                Option.MU.name(), Integer.toString(Math.max(1, Math.min(BATCH, unlabelled) / batch))));
        int test = images.source().test().size();
        if (test > 0 && test <= FEW_TEST_IMAGES) {
            fitting.put(Option.EVAL_EVERY.name(), Integer.toString(Math.max(1, options.get(Option.STEPS) / LOOKS)));
        }
        fitting.keySet().removeAll(options.given().keySet());
        return new Run(run.variant(), options.with(fitting), run.seed());
    }

    private static ModelCard card(Run run, Runner runner, RunRecord record, List<String> classes, Path folder)
            throws IOException {
        Options options = run.options();
        Encoder encoder = runner.encoder(options);
        Normalisation normalisation =
                Runner.normalisation(options, encoder, record.data().name());
        Methods.Settings settings = Runner.methodSettings(options);
        return new ModelCard(
                ModelCard.FORMAT,
                classes,
                ModelFolder.copyEncoder(options.get(Option.ENCODER), folder),
                encoder.sha256(),
                Runner.CHECKPOINT,
                ModelFolder.sha256(folder.resolve(Runner.CHECKPOINT)),
                encoder.imageHeight(),
                ModelCard.colours(normalisation.mean()),
                ModelCard.colours(normalisation.std()),
                options.get(Option.PROMPTS),
                settings,
                Origin.of(options.get(Option.TUNING), record));
    }
}

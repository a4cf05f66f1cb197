package io.github.finessl.experiments.run;

import io.github.finessl.FineTuner;
import io.github.finessl.FineTunerBuilder;
import io.github.finessl.Photos;
import io.github.finessl.PreparedRun;
import io.github.finessl.SettingsException;
import io.github.finessl.TakenFolderException;
import io.github.finessl.TrainingSettings;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Spelling;
import io.github.finessl.report.Progress;
import io.github.finessl.serve.ModelException;
import io.github.finessl.ssl.Methods;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A single training whose folder becomes a usable model: what {@code finessl train} does.
 *
 * <pre>{@code
 * Training training = new Training(Map.of("labelled", "photos/labelled", "unlabelled", "photos/unlabelled"));
 * training.run(Path.of("my-model"), RunContext.to(System.out));
 * }</pre>
 */
public final class Training {

    /** The defaults that differ from {@link Option}'s, to learn from a handful of labels within minutes on a CPU. */
    public static final Map<String, String> DEFAULTS =
            Map.of("steps", "200", "tuning", "adaptformer", "headStart", "pile", "strangers", "leave-out");

    /** The options that follow from the number of images unless they are given. */
    private static final Set<String> IMAGE_COUNT_OPTIONS =
            Set.of(Option.BATCH.name(), Option.MU.name(), Option.EVAL_EVERY.name());

    private static final String SUPERVISED = "supervised";

    private final Options options;

    /**
     * A training with checked options.
     *
     * @param given values of {@link Option}s by name, as users write them; the others have their defaults
     * @throws OptionException on a bad value or a name that no option has
     */
    public Training(Map<String, String> given) {
        given.keySet().forEach(Training::requireOption);
        options = Options.of(defaults(given), given);
        List<Long> seeds = options.get(Option.SEEDS);
        if (seeds.size() != 1) {
            throw new OptionException("A single training has one seed, but -Dseeds gives " + seeds.size() + ".");
        }
        if (options.get(Option.SPARK).isPresent()) {
            throw new OptionException("-Dspark distributes the runs of a table, but a training is a single run.");
        }
    }

    /** The defaults of a training, in which settings of the model that is trained further come first. */
    private static Map<String, String> defaults(Map<String, String> given) {
        Map<String, String> defaults = new HashMap<>(DEFAULTS);
        Option.PARENT
                .parse(given.getOrDefault(Option.PARENT.name(), Option.PARENT.fallback()))
                .ifPresent(parent -> {
                    if (given.containsKey(Option.ENCODER.name())) {
                        throw new OptionException(
                                "-Dencoder and -Dparent cannot be used together: a model brings its" + " encoder.");
                    }
                    defaults.putAll(FineTuner.from(parent).described());
                    defaults.keySet().removeAll(IMAGE_COUNT_OPTIONS);
                });
        return defaults;
    }

    private static void requireOption(String name) {
        List<String> known = Options.ALL.stream().map(Option::name).toList();
        if (!known.contains(name)) {
            throw new OptionException("There is no option " + name
                    + Spelling.nearest(name, known)
                            .map(meant -> "; did you mean " + meant + "?")
                            .orElse("."));
        }
    }

    /**
     * Trains a model to the end, continues the training that was interrupted in the folder, or returns a finished one.
     *
     * @param folder new, empty, or of this training
     * @return empty if the user stopped it, after a checkpoint
     * @throws IOException if the folder cannot be written to
     */
    public Optional<FineTuner.Result> run(Path folder, RunContext context) throws IOException {
        String method = options.get(Option.METHOD, Methods.names());
        requireOutsideOfPhotos(folder);
        try (Runner runner = new Runner(FineTuner.EXPERIMENT, context, folder, false)) {
            long seed = options.get(Option.SEEDS).get(0);
            PreparedRun.Data data = DataOptions.open(options, seed);
            if (data.split().unlabelled().length == 0
                    && options.settings().method().views().unlabelled()) {
                throw new OptionException("There are no unlabelled images, which -Dmethod=" + method
                        + " learns from: name some with -Dunlabelled, or use -Dmethod=" + SUPERVISED + ".");
            }
            FineTunerBuilder tuner = options.get(Option.PARENT)
                    .map(FineTuner::from)
                    .orElseGet(() -> FineTuner.of(options.get(Option.ENCODER)));
            options.textTower(Path.of("")).ifPresent(tuner::text);
            return tuner.settings(settings())
                    .teacher(runner.teacher(options, data))
                    .into(folder)
                    .anew(options.get(Option.RERUN))
                    .keepBest(options.get(Option.KEEP_BEST))
                    .recorded(options.recorded())
                    .listener(Progress.of(context.terminal(), context.out()))
                    .stop(context::stopRequested)
                    .build()
                    .train(Photos.of(data));
        } catch (SettingsException e) {
            throw OptionException.of(e);
        } catch (TakenFolderException e) {
            throw new IOException(
                    e.found(name -> "-D" + name) + ": choose another folder, or replace it with -Drerun=true.", e);
        } catch (ModelException e) {
            throw new ModelException(e.getMessage() + " -Drerun=true trains the model anew.", e);
        }
    }

    /** A model among the photos would be taken for photos the next time. */
    private void requireOutsideOfPhotos(Path folder) throws IOException {
        for (Option<Optional<Path>> option : List.of(Option.LABELLED, Option.UNLABELLED, Option.PHOTOS, Option.TEST)) {
            Optional<Path> photos = options.get(option);
            if (photos.isPresent()
                    && folder.toAbsolutePath()
                            .normalize()
                            .startsWith(photos.get().toAbsolutePath().normalize())) {
                throw new IOException("The model should go to a folder outside of the photos, but " + folder
                        + " lies in " + photos.get() + ".");
            }
        }
    }

    /** The training settings, in which batch sizes that were not given follow from the number of images. */
    private TrainingSettings settings() {
        TrainingSettings all = options.settings();
        return all.with(new TrainingSettings.Schedule(
                        all.schedule().steps(),
                        given(Option.BATCH, all.schedule().batch()),
                        given(Option.MU, all.schedule().mu())))
                .with(new TrainingSettings.Watching(
                        all.watching().checkpointEvery(),
                        given(Option.EVAL_EVERY, all.watching().evaluateEvery()),
                        all.watching().survey()));
    }

    private <T> Optional<T> given(Option<?> option, Optional<T> value) {
        return value.filter(set -> options.given().containsKey(option.name()));
    }
}

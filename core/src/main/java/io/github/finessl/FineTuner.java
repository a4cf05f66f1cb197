package io.github.finessl;

import io.github.finessl.PreparedRun.Label;
import io.github.finessl.PreparedRun.Surroundings;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.SkippedImage;
import io.github.finessl.data.Split;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.export.Origin;
import io.github.finessl.io.FineSslException;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.report.Unreadable;
import io.github.finessl.report.Work;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.ModelCard;
import io.github.finessl.serve.ModelException;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.ssl.MethodChoice;
import io.github.finessl.text.ClassVectors;
import io.github.finessl.text.TextTower;
import io.github.finessl.train.FeatureAnalysis;
import io.github.finessl.train.FeatureBank;
import io.github.finessl.train.SavedModel;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.TuningChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.Function;

/**
 * A trainer of image classifiers from few labels: it fine-tunes a frozen encoder on photos, into a folder that becomes a
 * model.
 *
 * <pre>{@code
 * FineTuner tuner = FineTuner.of(Path.of("clip-vit-b-16.onnx"))
 *         .method(FineSsl.paper().alpha(4))
 *         .tuning(Lora.rank(8))
 *         .steps(200)
 *         .into(Path.of("my-model"))
 *         .listener(Progress.bar())
 *         .build();
 * try (FineSslModel model = tuner.fit(photos)) {
 *     System.out.println(model.evaluate(photos.test()).top1().orElseThrow());
 * }
 * }</pre>
 *
 * <p>The same call goes on with what was interrupted, to the same parameters, bit for bit, and finds what is finished.
 * Immutable; one process at a time trains into a folder.
 */
public final class FineTuner {

    /** The name of the report's file in the model's folder. */
    public static final String REPORT = "report.html";

    /** The experiment's name in the run records of trainings. */
    public static final String EXPERIMENT = "train";

    private final Path encoderFile;
    private final Encoder encoder;
    private final TrainingSettings settings;
    private final Path folder;
    private final boolean anew;
    private final boolean keepBest;
    private final Optional<Path> parent;
    private final Optional<Guides.KnownTeacher> teacher;
    private final Optional<TextTower> text;
    private final Map<String, String> recorded;
    private final Surroundings surroundings;

    /**
     * A finished training.
     *
     * @param folder the model's
     * @param source that it learnt from and was tested on
     * @param anew whether it was run now rather than before
     */
    public record Result(Path folder, RunRecord record, DataSource source, Split split, boolean anew) {}

    FineTuner(FineTunerBuilder builder, Encoder encoder) {
        this.encoder = encoder;
        encoderFile = builder.encoder;
        settings = builder.settings.effective();
        folder = builder.folder;
        anew = builder.anew;
        keepBest = builder.keepBest;
        parent = builder.parent;
        teacher = builder.teacher;
        text = builder.text;
        recorded = Map.copyOf(builder.recorded);
        surroundings = new Surroundings(builder.listener, builder.stop, builder.enough);
    }

    /**
     * Begins the settings of a training of an encoder with {@link TrainingSettings#DEFAULT}.
     *
     * @param encoder ONNX file of a vision transformer, or of a ResNet of CLIP's kind
     */
    public static FineTunerBuilder of(Path encoder) {
        return new FineTunerBuilder(encoder, TrainingSettings.DEFAULT);
    }

    /**
     * Begins the settings for more training of a finished model: more steps, more labels, more photos of the same
     * classes. They begin with the model's own; its parameters are the start, the schedule is a new one, and the new
     * model's provenance names this one.
     *
     * @param model its folder, which stays as it is
     * @throws ModelException if the folder is no model's
     */
    public static FineTunerBuilder from(Path model) {
        ModelCard card = ModelFolder.read(model);
        Colours colours = Arrays.stream(Colours.values())
                .filter(each -> isOf(each, card.normalisation()))
                .findFirst()
                .or(() -> ofItsEncoder(model, card))
                .orElseThrow(() -> new SettingsException(
                        "parent",
                        model + " normalises images by " + card.normalisation()
                                + ", which is none of the normalisations that can be set"));
        FineTunerBuilder builder = new FineTunerBuilder(
                model.resolve(card.encoder()),
                TrainingSettings.DEFAULT
                        .with(TuningChoice.of(card.origin().tuning()).prompts(card.prompts()))
                        .with(MethodChoice.named(card.origin().method()).with(card.settings()))
                        .with(new TrainingSettings.Input(Optional.of(card.resolution()), colours))
                        .with(new TrainingSettings.Inference(
                                TrainingSettings.DEFAULT.inference().ema(), card.flip())));
        builder.parent = Optional.of(model);
        return builder;
    }

    private static Optional<Colours> ofItsEncoder(Path model, ModelCard card) {
        Normalisation own = Colours.ENCODER.of(
                ModelFolder.encoder(model, card), card.origin().data());
        return own.equals(card.normalisation()) ? Optional.of(Colours.ENCODER) : Optional.empty();
    }

    private static boolean isOf(Colours colours, Normalisation normalisation) {
        return switch (colours) {
            case CLIP -> normalisation.equals(Normalisation.CLIP);
            case HALF -> normalisation.equals(Normalisation.HALF);
            case IMAGENET -> normalisation.equals(Normalisation.IMAGENET);
            case NONE -> normalisation.equals(Normalisation.NONE);
            case ENCODER, DATASET -> false;
        };
    }

    /**
     * Trains to the end and loads the model, or only loads it where it is finished already.
     *
     * @return the model, to be closed by the caller
     * @throws CancellationException if {@link FineTunerBuilder#stop} ended it, after a checkpoint
     * @throws IOException if the folder cannot be written to
     * @throws FineSslException if photos, settings and folder do not go together
     */
    public FineSslModel fit(Photos photos) throws IOException {
        if (train(photos).isEmpty()) {
            throw new CancellationException("The training in " + folder + " was stopped; the same call continues it.");
        }
        return model();
    }

    private FineSslModel model() {
        return FineSslModel.load(folder, kernels(settings.precision()), settings.method(), settings.tuning());
    }

    static Kernels kernels(Precision precision) {
        try {
            return KernelChoice.open(precision);
        } catch (UnsupportedOperationException e) {
            throw new SettingsException("precision", precision.toString(), e.getMessage());
        }
    }

    /**
     * Trains to the end, goes on with what was interrupted, or finds that it is finished; writes the report.
     *
     * @return empty if it was stopped, after a checkpoint
     * @throws IOException if the folder cannot be written to
     * @throws FineSslException if photos, settings and folder do not go together
     */
    public Optional<Result> train(Photos photos) throws IOException {
        try (TrainingFolder own = TrainingFolder.open(folder)) {
            PreparedRun run = prepared(photos); // before anything goes: it fails where a file is missing
            Optional<Result> trained = train(own, photos, run);
            if (trained.isEmpty() || isReportedOn(photos.source())) {
                return trained;
            }
            report(run, photos, trained.get());
            return trained;
        } catch (CancellationException e) {
            return Optional.empty(); // the report is missing: the same call writes it
        }
    }

    /** Whether there is a report on the model that is to be kept, and on the strangers that are known today. */
    private boolean isReportedOn(DataSource source) {
        ModelCard card = ModelFolder.read(folder);
        return Files.exists(folder.resolve(REPORT))
                && card.choice().isPresent() == keepBest
                && card.refusal()
                        .filter(rule -> rule.strangers()
                                != source.strangers().training().size())
                        .isEmpty();
    }

    private void report(PreparedRun run, Photos photos, Result trained) throws IOException {
        DataSource source = trained.source();
        FeatureBank.Progress progress = (done, all) -> surroundings.listener().working(Work.REPORT_FEATURES, done, all);
        try (Kernels kernels = kernels(settings.precision());
                FeatureBank bank = new FeatureBank(run.encoder(), run.view(), kernels)) {
            FeatureAnalysis.Result found =
                    FeatureAnalysis.of(bank, source, trained.split(), surroundings.listener(), surroundings.stop());
            Function<int[], float[][]> features =
                    images -> bank.features(source.train(), images, progress, surroundings.stop());
            ModelFolder.write(folder, card(run, trained.record())); // as trained, whatever an earlier report made of it
            if (keepBest) {
                try (FineSslModel model = model()) {
                    BetterModel.keep(
                            model,
                            found.models(),
                            source,
                            features,
                            trained.split().heldOut(),
                            surroundings.stop());
                }
            }
            try (FineSslModel model = model()) {
                ModelReport.write(trained, model, found.before(), features, defaults(photos), surroundings);
            }
        }
    }

    private Optional<Result> train(TrainingFolder own, Photos photos, PreparedRun run) throws IOException {
        TrainingListener listener = surroundings.listener();
        DataSource source = run.data().source();
        if (anew && own.isFinished()) {
            own.forget();
        }
        Optional<RunRecord> earlier = own.finished(run);
        earlier.ifPresent(found -> listener.message(folder + ": finished before."));
        List<SkippedImage> skipped = source.skipped();
        LeftOut.lines(source).forEach(listener::message);
        if (!skipped.isEmpty()) {
            listener.message("  " + folder.resolve(Unreadable.FILE) + " names them all");
        }
        if (earlier.isEmpty() && !own.hasCheckpoint()) {
            LeftOut.list(skipped, folder);
        }
        Optional<RunRecord> record = earlier.isPresent() ? earlier : begunOrNew(run, own, photos);
        if (record.isEmpty()) {
            return Optional.empty();
        }
        LeftOut.list(skipped, folder);
        if (!ModelFolder.isComplete(folder)) {
            ModelFolder.write(folder, card(run, record.get()));
        } else {
            ModelFolder.encoder(folder, ModelFolder.read(folder));
        }
        return Optional.of(new Result(folder, record.get(), source, run.data().split(), earlier.isEmpty()));
    }

    private PreparedRun prepared(Photos photos) {
        PreparedRun.Data data = photos.data();
        if (keepBest && data.split().heldOut().length == 0) {
            throw new SettingsException(
                    "keepBest",
                    "true",
                    "labelled images that are held out of the training tell which model is better, and there are none:"
                            + " heldOut=2 holds out two of each class");
        }
        Optional<ClassVectors> names = Optional.empty();
        if (text.isPresent() && (settings.readsNames() || photos.areUnlabelled())) {
            surroundings
                    .listener()
                    .message("Class names by the text tower " + text.get().encoder() + ".");
            names = Optional.of(text.get().vectors(data.source().classes()));
        }
        if (photos.areUnlabelled()) {
            data = new ZeroLabels(encoderFile, encoder, settings, names, surroundings).applied(data);
        }
        TrainingSettings fitted =
                settings.fittedTo(data.split(), data.source().test().size());
        return new PreparedRun(
                fitted,
                encoderFile,
                encoder,
                data,
                new Guides(teacher, Optional.empty(), names),
                parent.isPresent() ? Optional.of(parent(parent.get(), data.source())) : Optional.empty(),
                Path.of(""));
    }

    private PreparedRun.Parent parent(Path model, DataSource source) {
        ModelCard card = ModelFolder.read(model);
        if (!card.classes().equals(source.classes())) {
            throw new SettingsException(
                    "parent",
                    "%s should tell the classes of %s apart, %s, but tells %s"
                            .formatted(model, source.name(), source.classes(), card.classes()));
        }
        int classes = card.classes().size();
        Encoder itsEncoder = PreparedRun.atResolution(encoder, encoderFile, Optional.of(card.resolution()));
        Tuning itsTuning =
                TuningChoice.of(card.origin().tuning()).prompts(card.prompts()).make(itsEncoder, classes);
        return new PreparedRun.Parent(
                card.parametersSha256(),
                SavedModel.read(model.resolve(card.parameters()), itsEncoder, itsTuning, classes));
    }

    private Optional<RunRecord> begunOrNew(PreparedRun run, TrainingFolder own, Photos photos) throws IOException {
        try {
            own.begin(run);
        } catch (TakenFolderException e) {
            if (!anew || !own.hasCheckpoint()) {
                throw e;
            }
            own.forget();
            own.begin(run);
        }
        SortedMap<String, String> configuration = new TreeMap<>(recorded);
        configuration.putIfAbsent("encoder", encoderFile.toString());
        configuration.putIfAbsent("seeds", Long.toString(settings.seed()));
        configuration.putAll(photos.recorded());
        configuration.putAll(run.identity().configuration());
        configuration.putAll(run.settings().recorded());
        try (Kernels kernels = kernels(settings.precision())) {
            return run.train(
                    kernels,
                    folder,
                    Optional.empty(),
                    new Label(EXPERIMENT, settings.method().name(), configuration, Path.of("")),
                    surroundings);
        }
    }

    /** The default values of all settings that were changed from them. */
    private Map<String, String> defaults(Photos photos) {
        Map<String, String> usual = new HashMap<>();
        SortedMap<String, String> own = settings.recorded();
        TrainingSettings.DEFAULT.recorded().forEach((name, value) -> {
            if (!value.equals(own.get(name))) {
                usual.put(name, value);
            }
        });
        photos.recorded().keySet().forEach(name -> usual.put(name, "none"));
        usual.put("heldOut", "0");
        return usual;
    }

    private ModelCard card(PreparedRun run, RunRecord record) throws IOException {
        Normalisation normalisation = run.pixels().normalisation();
        Path checkpoint = folder.resolve(PreparedRun.CHECKPOINT);
        return new ModelCard(
                ModelCard.FORMAT,
                run.data().source().classes(),
                ModelFolder.copyEncoder(encoderFile, folder),
                encoder.sha256(),
                PreparedRun.CHECKPOINT,
                ModelFolder.sha256(checkpoint),
                run.encoder().imageHeight(),
                ModelCard.colours(normalisation.mean()),
                ModelCard.colours(normalisation.std()),
                settings.inference().flip(),
                settings.tuning().prompts(),
                settings.method().settings(),
                Origin.of(settings.tuning().text(), record, run.parent().map(PreparedRun.Parent::sha256)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }
}

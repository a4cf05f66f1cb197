package io.github.finessl.experiments;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.ClassFeatures;
import io.github.finessl.data.DataException;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.LabelledList;
import io.github.finessl.data.Split;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.report.CurvePoint;
import io.github.finessl.report.EvaluationResult;
import io.github.finessl.report.Machine;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.RunIdentity;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.RunStore;
import io.github.finessl.report.RunWatch;
import io.github.finessl.report.TrainingProgress;
import io.github.finessl.report.Versions;
import io.github.finessl.ssl.Method;
import io.github.finessl.ssl.Methods;
import io.github.finessl.train.HeadStart;
import io.github.finessl.train.Teacher;
import io.github.finessl.train.Trainer;
import io.github.finessl.train.TrainingOutcome;
import io.github.finessl.train.TrainingRun;
import io.github.finessl.tuning.PromptStart;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.Tunings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Carries out the runs of one experiment, one after the other, and keeps their records. */
final class Runner implements AutoCloseable {
    static final String CHECKPOINT = "checkpoint.zip";
    static final String PREDICTIONS = "predictions.csv";
    private static final String ARITHMETIC = "arithmetic";
    private static final int EPOCHS = 30;
    private static final int EVALUATION_BATCH = 50;

    private final String experiment;
    private final RunContext context;
    private final RunStore store;
    private final boolean borrows;
    private final Path root;
    private final Map<Path, Encoder> encoders = new HashMap<>();
    private final Map<String, DataSource> sources = new HashMap<>();
    private Kernels kernels;
    private String opened = "";

    /**
     * @param directory of the experiment's results, for example {@code results/quickstart}
     * @param borrows whether runs that another experiment finished count as finished
     */
    Runner(String experiment, RunContext context, Path directory, boolean borrows) {
        this(experiment, context, directory, borrows, Path.of(""));
    }

    /** @param root what relative paths of encoder and data start from */
    Runner(String experiment, RunContext context, Path directory, boolean borrows, Path root) {
        this.experiment = experiment;
        this.context = context;
        this.root = root;
        this.store = new RunStore(directory.resolve("runs"));
        this.borrows = borrows;
    }

    /** A run's parts that do not depend on the kernels: made once to check them, and again to use them. */
    private record Parts(
            Encoder encoder,
            DataSource source,
            Split split,
            Tuning tuning,
            Method method,
            Optional<Teacher> teacher,
            RunIdentity identity) {}

    private Parts parts(Options options, long seed) {
        Encoder encoder = encoder(options);
        DataSource source = source(options);
        Split split = DataOptions.split(options, source, seed, root);
        Method method = Methods.make(
                options.get(Option.METHOD, Methods.names()),
                methodSettings(options),
                options.averaging(),
                split.unlabelled().length,
                source.classes().size());
        if (method.views().unlabelled() && split.unlabelled().length == 0) {
            throw new OptionException("With -Dlabels=" + options.get(Option.LABELS) + " no image of " + source.name()
                    + " is left unlabelled, which " + options.get(Option.METHOD) + " needs.");
        }
        if (options.get(Option.HELD_OUT) > 0 && options.get(Option.EVAL_EVERY) == 0) {
            throw new OptionException("-DheldOut needs -DevalEvery, the steps between looks at the held-out part.");
        }
        SortedMap<String, String> configuration = new TreeMap<>(options.resultAffecting());
        configuration
                .keySet()
                .removeAll(List.of(
                        Option.ENCODER.name(),
                        Option.DATA.name(),
                        Option.LABELLED.name(),
                        Option.UNLABELLED.name(),
                        Option.TEST.name()));
        if (options.get(Option.HELD_OUT) > 0) {
            configuration.put(
                    Option.EVAL_EVERY.name(), options.get(Option.EVAL_EVERY).toString());
        }
        options.get(Option.LABELLED_LIST)
                .ifPresent(list ->
                        configuration.put(Option.LABELLED_LIST.name(), LabelledList.sha256(root.resolve(list))));
        if (options.get(Option.CLASS_FEATURES).isPresent()
                && !options.get(Option.HEAD_START).equals("semantic")) {
            throw new OptionException("-DclassFeatures is read with -DheadStart=semantic alone, which is "
                    + options.get(Option.HEAD_START) + ".");
        }
        options.get(Option.CLASS_FEATURES)
                .ifPresent(file ->
                        configuration.put(Option.CLASS_FEATURES.name(), ClassFeatures.sha256(root.resolve(file))));
        headStart(options, encoder, source);
        configuration.remove(Option.TEACHER.name());
        Optional<FinishedRun> teacherRun =
                method.views().teacher() ? Optional.of(teacherRun(options)) : Optional.empty();
        teacherRun.ifPresent(run -> configuration.put(Option.TEACHER.name(), run.sha256()));
        RunIdentity identity = new RunIdentity(
                configuration, seed, encoder.sha256(), source.train().sha256());
        Optional<Teacher> teacher = teacherRun.map(run -> teacher(run, options, encoder, source, split));
        return new Parts(
                encoder,
                source,
                split,
                tuning(options, encoder, source.classes().size()),
                method,
                teacher,
                identity);
    }

    private FinishedRun teacherRun(Options options) {
        FinishedRun run = FinishedRun.open(
                Option.TEACHER,
                options.get(Option.TEACHER)
                        .map(root::resolve)
                        .orElseThrow(() -> new OptionException("-Dmethod=" + options.get(Option.METHOD)
                                + " needs -Dteacher, the directory of a finished FineSSL run.")));
        String method = run.record().method();
        run.require("a method of FineSSL", method.startsWith("finessl"), "its method is " + method);
        return run;
    }

    /** The teacher's model, of a run like the student's in all that the images go by. */
    private Teacher teacher(FinishedRun run, Options student, Encoder studentEncoder, DataSource source, Split split) {
        RunRecord record = run.record();
        Options options = Options.ofRecord(record);
        run.require(
                "data of SHA-256 " + source.train().sha256() + " (" + source.name() + ")",
                record.data().sha256().equals(source.train().sha256()),
                "has " + record.data().sha256() + " (" + record.data().name() + ")");
        run.require(
                "the split of this run, or labels leak: " + splitOptions(student) + " and its seed",
                DataOptions.split(options, source, record.seed(), root).equals(split),
                "has another: " + splitOptions(options) + " and seed " + record.seed());
        Encoder encoder = encoder(options);
        run.require(
                "trained on the file that is now " + options.get(Option.ENCODER) + ", SHA-256 " + encoder.sha256(),
                record.encoder().sha256().equals(encoder.sha256()),
                "was on " + record.encoder().sha256());
        run.require(
                "images of " + studentEncoder.imageHeight() + " pixels",
                encoder.imageHeight() == studentEncoder.imageHeight(),
                "has " + encoder.imageHeight());
        Normalisation normalisation = normalisation(student, studentEncoder, source.name());
        Normalisation teachers = normalisation(options, encoder, source.name());
        run.require("the normalisation " + normalisation, teachers.equals(normalisation), "has " + teachers);
        Teacher teacher = Teacher.read(
                run.checkpoint(),
                encoder,
                tuning(options, encoder, source.classes().size()),
                source.classes().size());
        run.require(
                "the step of its checkpoint, " + teacher.step(),
                teacher.step() == record.steps(),
                "has " + record.steps());
        return teacher;
    }

    private static String splitOptions(Options options) {
        return Stream.of(Option.LABELS, Option.FIDELITY, Option.HELD_OUT)
                .map(option -> option.name() + " " + options.get(option))
                .collect(Collectors.joining(", "));
    }

    /**
     * Checks everything that can be checked before hours are spent.
     *
     * @return whether all the runs are finished already
     * @throws IOException if results cannot be written, or no run fits the checkpoint to resume
     */
    boolean prepare(List<Variant> variants, List<Long> seeds) throws IOException {
        AtomicFile.makeDirectories(store.directory());
        if (!Files.isWritable(store.directory())) {
            throw new IOException("Results should go to " + store.directory() + ", but it cannot be written to.");
        }
        boolean finished = true;
        Optional<Path> resume = variants.get(0).options().get(Option.RESUME);
        Map<Run, RunDifferences> others = new HashMap<>();
        for (Variant variant : variants) {
            for (long seed : seeds) {
                RunIdentity identity = parts(variant.options(), seed).identity();
                finished &= finished(variant.options(), identity).isPresent();
                Run run = new Run(variant.name(), variant.options(), seed);
                resume.ifPresent(checkpoint -> others.put(run, differences(checkpoint, identity)));
            }
        }
        Optional<Map.Entry<Run, RunDifferences>> nearest = others.entrySet().stream()
                .min(Comparator.comparingInt(other -> other.getValue().size()));
        if (nearest.isPresent() && nearest.get().getValue().size() > 0) {
            throw new IOException(resume.get() + " should be a checkpoint of one of this experiment's runs ("
                    + String.join("; ", variants.stream().map(Variant::name).toList())
                    + ") with the same options, seed, encoder and data, but it is of another run; the nearest, "
                    + nearest.get().getKey() + ", has "
                    + nearest.get().getValue().text("other data") + ".");
        }
        return finished;
    }

    /**
     * The record of such a run that holds all that the options ask for; with {@code precision=auto} the one of this
     * machine's arithmetic, where there are several.
     */
    private Optional<RunRecord> finished(Options options, RunIdentity identity) throws IOException {
        List<RunRecord> known = new ArrayList<>();
        for (RunIdentity each : known(options, identity)) {
            known.addAll(
                    borrows ? store.findBeside(each) : store.find(each).stream().toList());
        }
        known.removeIf(record -> surveyed(record)
                < Math.min(options.get(Option.SURVEY), record.data().unlabelled()));
        if (known.size() > 1 && isAuto(options)) {
            String here = precision(options);
            known.sort(Comparator.comparing(
                    record -> !Arithmetic.precision(record.arithmetic()).equals(here)));
        }
        return known.stream().findFirst();
    }

    private static boolean isAuto(Options options) {
        return options.get(Option.PRECISION).equals(Option.AUTO);
    }

    /** The precision that the run has on this machine. */
    private String precision(Options options) {
        if (!isAuto(options)) {
            return options.get(Option.PRECISION);
        }
        openKernels(options);
        return Arithmetic.precision(kernels.name());
    }

    /** The run that this machine would carry out: where {@code precision=auto} leaves its arithmetic open, with its own. */
    private RunIdentity here(Options options, RunIdentity identity) {
        return identity.with(Option.PRECISION.name(), precision(options));
    }

    /**
     * The runs that answer the same question: where {@code precision=auto} leaves the arithmetic open, those of any, and of
     * earlier versions, whose identity left it open as well.
     */
    private static List<RunIdentity> known(Options options, RunIdentity identity) {
        return isAuto(options)
                ? Arithmetic.PRECISIONS.stream()
                        .map(precision -> identity.with(Option.PRECISION.name(), precision))
                        .toList()
                : List.of(identity);
    }

    /** Whether a record is of a run that answers the same question. */
    boolean isOf(RunRecord record, Run run) {
        return known(run.options(), identity(run)).stream()
                .anyMatch(known -> known.hash().equals(record.id()));
    }

    private static int surveyed(RunRecord record) {
        return record.survey() == null ? 0 : record.survey().images();
    }

    /** Drops the runs' records and checkpoints, so that they start over. */
    void forget(List<Variant> variants, List<Long> seeds) throws IOException {
        for (Variant variant : variants) {
            for (long seed : seeds) {
                forget(variant.options(), parts(variant.options(), seed).identity());
            }
        }
    }

    /** Drops what the run has left on a machine of this arithmetic, in this version or an earlier one. */
    private void forget(Options options, RunIdentity identity) throws IOException {
        RunIdentity here = here(options, identity);
        forget(store.directoryOf(here));
        Optional<RunRecord> earlier = store.find(identity);
        if (earlier.isPresent()
                && Arithmetic.precision(earlier.get().arithmetic()).equals(precision(options))) {
            forget(store.directoryOf(identity));
        }
    }

    static void forget(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(RunStore.RECORD));
        Files.deleteIfExists(directory.resolve(CHECKPOINT));
    }

    /** The checkpoint that the user named, if it is of this run. */
    private static Optional<Path> resumesFrom(Options options, RunIdentity identity) {
        return options.get(Option.RESUME)
                .filter(file -> differences(file, identity).size() == 0);
    }

    /** What tells a run from that of a checkpoint, arithmetic aside. */
    static RunDifferences differences(Path checkpoint, RunIdentity identity) {
        Map<String, String> saved = new TreeMap<>(Trainer.identityOf(checkpoint));
        saved.remove(ARITHMETIC);
        return RunDifferences.between(saved, checkpointIdentity(identity));
    }

    private static Map<String, String> checkpointIdentity(RunIdentity identity) {
        return RunDifferences.all(
                identity.configuration(), identity.seed(), identity.encoderSha256(), identity.dataSha256());
    }

    /** The experiment that the runs belong to. */
    String experiment() {
        return experiment;
    }

    /** The data of the run and its split. */
    record Images(DataSource source, Split split) {}

    /** The images of a run, opened. */
    Images images(Run run) {
        DataSource source = source(run.options());
        return new Images(source, DataOptions.split(run.options(), source, run.seed(), root));
    }

    /** All that decides the run's result. */
    RunIdentity identity(Run run) {
        return parts(run.options(), run.seed()).identity();
    }

    /** What surrounds the runs. */
    RunContext context() {
        return context;
    }

    /** Where the run keeps its files on this machine; it need not exist yet. Runs that are the same share it. */
    Path directoryOf(Run run) {
        return store.directoryOf(here(run.options(), identity(run)));
    }

    /** The run's record, if it is finished. */
    Optional<RunRecord> find(Run run) throws IOException {
        return finished(run.options(), parts(run.options(), run.seed()).identity());
    }

    /** The record of a run that is not to be run again; of one that is, with {@code rerun}, what it left is dropped. */
    Optional<RunRecord> earlier(Run run) throws IOException {
        RunIdentity identity = parts(run.options(), run.seed()).identity();
        if (resumesFrom(run.options(), identity).isPresent()) {
            return Optional.empty();
        }
        if (run.options().get(Option.RERUN)) {
            forget(run.options(), identity);
            return Optional.empty();
        }
        Optional<RunRecord> finished = finished(run.options(), identity);
        finished.ifPresent(record ->
                context.out().printf("%s: finished before (%s %s).%n", run, record.experiment(), record.id()));
        return finished;
    }

    /**
     * Runs, or goes on with what was interrupted.
     *
     * @return empty if the user stopped it
     */
    Optional<RunRecord> train(Run run) throws IOException {
        return train(run, directoryOf(run));
    }

    /**
     * The same in a directory that is this run's alone.
     *
     * @return empty if the user stopped it
     */
    Optional<RunRecord> train(Run run, Path directory) throws IOException {
        Parts parts = parts(run.options(), run.seed());
        Optional<Path> resume = resumesFrom(run.options(), parts.identity());
        if (resume.isEmpty() && !Files.exists(directory.resolve(CHECKPOINT))) {
            resume = begunEarlier(run.options(), parts.identity());
        }
        return train(run.variant(), run.options(), parts, directory.resolve(CHECKPOINT), resume);
    }

    /** The checkpoint that an earlier version has left where the arithmetic was not part of a run's identity. */
    private Optional<Path> begunEarlier(Options options, RunIdentity identity) {
        Path directory = store.directoryOf(identity);
        Path checkpoint = directory.resolve(CHECKPOINT);
        if (!Files.exists(checkpoint) || Files.exists(directory.resolve(RunStore.RECORD))) {
            return Optional.empty();
        }
        openKernels(options);
        return Optional.of(checkpoint)
                .filter(file -> kernels.name().equals(Trainer.identityOf(file).get(ARITHMETIC)));
    }

    private Optional<RunRecord> train(
            String variant, Options options, Parts parts, Path checkpoint, Optional<Path> resume) throws IOException {
        Instant start = Instant.now();
        openKernels(options);
        Encoder encoder = parts.encoder();
        DataSource source = parts.source();
        Split split = parts.split();
        long seed = parts.identity().seed();
        Map<String, String> checkpointIdentity = checkpointIdentity(parts.identity());
        checkpointIdentity.put(ARITHMETIC, kernels.name());
        TrainingRun run = new TrainingRun(
                encoder,
                parts.tuning(),
                promptStart(options, encoder),
                headStart(options, encoder, source),
                parts.method(),
                parts.teacher(),
                source,
                split,
                new Augmentation(encoder.imageHeight(), normalisation(options, encoder, source.name())),
                kernels,
                plan(options, seed),
                checkpointIdentity,
                checkpoint,
                resume);
        try (Trainer trainer = new Trainer(run)) {
            context.out()
                    .printf(
                            "%s, seed %d: %s of %s, %s; %,d trained parameters; %s%n",
                            variant,
                            seed,
                            split,
                            source.name(),
                            "%d steps of batch %d at %d px"
                                    .formatted(
                                            options.get(Option.STEPS),
                                            options.get(Option.BATCH),
                                            encoder.imageHeight()),
                            trainer.parameterCount(),
                            kernels.name());
            TrainingOutcome outcome;
            Path directory = checkpoint.getParent();
            try (RunWatch watch = new RunWatch(directory, source.classes(), trainer.curve());
                    TrainingProgress progress = new TrainingProgress(
                            variant,
                            (int) trainer.stepsDone(),
                            options.get(Option.STEPS),
                            context.terminal(),
                            context.out())) {
                outcome = trainer.train(progress.and(watch), context::stopRequested);
                if (outcome.finished()) {
                    watch.finished(
                            outcome.steps(),
                            EvaluationResult.of(
                                    outcome.predictions(), source.classes().size()));
                }
            }
            if (!outcome.finished()) {
                context.out()
                        .printf(
                                "Stopped after step %d; the same command goes on from %s.%n",
                                outcome.steps(), checkpoint);
                return Optional.empty();
            }
            RunRecord record =
                    record(variant, options, here(options, parts.identity()), encoder, source, split, start, outcome);
            Prediction.write(directory.resolve(PREDICTIONS), named(outcome.predictions(), options), source.classes());
            EvaluationResult.of(outcome.predictions(), source.classes().size())
                    .writeConfusion(directory.resolve("confusion.csv"), source.classes());
            record.write(directory.resolve(RunStore.RECORD));
            return Optional.of(record);
        }
    }

    /** The same wherever the run takes place: a relative path of the data stays one. */
    private List<Prediction> named(List<Prediction> predictions, Options options) {
        String prefix =
                root.toString().isEmpty() || Path.of(options.get(Option.DATA)).isAbsolute()
                        ? ""
                        : root.resolve("x").toString().replaceFirst("x$", "");
        return predictions.stream()
                .map(each -> each.image().startsWith(prefix)
                        ? new Prediction(
                                each.image().substring(prefix.length()),
                                each.label(),
                                each.predicted(),
                                each.confidence())
                        : each)
                .toList();
    }

    private RunRecord record(
            String variant,
            Options options,
            RunIdentity identity,
            Encoder encoder,
            DataSource source,
            Split split,
            Instant start,
            TrainingOutcome outcome) {
        EvaluationResult evaluation =
                EvaluationResult.of(outcome.predictions(), source.classes().size());
        Map<String, Double> more = new TreeMap<>();
        more.put("trainedParameters", (double) outcome.parameters());
        more.put("dataWaitSeconds", outcome.dataWaitSeconds());
        if (!source.skipped().isEmpty()) {
            more.put("skippedImages", (double) source.skipped().size());
        }
        outcome.bestHeldOut().ifPresent(best -> {
            more.put("bestHeldOut.step", (double) best.step());
            more.put("bestHeldOut.heldOutAccuracy", best.heldOutAccuracy());
            EvaluationResult.of(best.predictions(), source.classes().size())
                    .top1()
                    .ifPresent(top1 -> more.put("bestHeldOut.top1", top1));
        });
        Path file = options.get(Option.ENCODER);
        double total = (System.currentTimeMillis() - start.toEpochMilli()) / 1e3;
        return new RunRecord(
                identity.hash(),
                experiment,
                options.get(Option.METHOD),
                variant,
                options.with(Option.PRECISION, precision(options)).recorded(),
                identity.seed(),
                new RunRecord.Encoder(
                        file.getFileName().toString().replace(".onnx", ""), file.toString(), encoder.sha256()),
                new RunRecord.Data(
                        source.name(),
                        source.train().sha256(),
                        split.labelled().length,
                        split.unlabelled().length,
                        source.test().size(),
                        source.test().sha256(),
                        LeftOutImages.counts(source)),
                options.get(Option.STEPS),
                kernels.name(),
                Versions.here(root),
                Machine.here(),
                new RunRecord.Times(
                        start,
                        total,
                        outcome.trainSeconds(),
                        outcome.evaluationSeconds(),
                        outcome.secondsPerStep(),
                        outcome.imagesPerSecond()),
                Machine.peakResidentBytes(),
                new RunRecord.Metrics(
                        evaluation.top1().isPresent()
                                ? (Double) evaluation.top1().getAsDouble()
                                : null,
                        evaluation.perClassAccuracy(),
                        late(outcome.curve(), CurvePoint::pseudoLabelAccuracy),
                        late(outcome.curve(), CurvePoint::maskRate),
                        more),
                outcome.survey().orElse(null),
                outcome.predictions().stream().map(Prediction::predicted).toList(),
                outcome.curve());
    }

    /** The mean over the last tenth of the curve; null where it has no such figure. */
    private static Double late(List<CurvePoint> curve, Function<CurvePoint, Double> figure) {
        int last = curve.get(curve.size() - 1).step();
        OptionalDouble mean = curve.stream()
                .filter(point -> point.step() > 0.9 * last)
                .map(figure)
                .filter(Objects::nonNull)
                .mapToDouble(Double::doubleValue)
                .average();
        return mean.isPresent() ? (Double) mean.getAsDouble() : null;
    }

    /** The encoder of the options, at their resolution. */
    Encoder encoder(Options options) {
        Path file = options.get(Option.ENCODER);
        return atResolution(encoders.computeIfAbsent(root.resolve(file), OnnxEncoderReader::read), options);
    }

    /** For images of the size that the options say, of an encoder as its file has it. */
    static Encoder atResolution(Encoder encoder, Options options) {
        if (encoder.imageHeight() != encoder.imageWidth()
                && options.get(Option.RESOLUTION).isEmpty()) {
            throw new OptionException("%s takes images of %d×%d pixels; give -Dresolution for square ones."
                    .formatted(options.get(Option.ENCODER), encoder.imageHeight(), encoder.imageWidth()));
        }
        try {
            return options.get(Option.RESOLUTION).map(encoder::atResolution).orElse(encoder);
        } catch (IllegalArgumentException e) {
            throw new OptionException("-Dresolution: " + e.getMessage() + ".");
        }
    }

    private DataSource source(Options options) {
        return sources.computeIfAbsent(DataOptions.key(options), key -> {
            DataSource source = DataOptions.open(options, root);
            LeftOutImages.tell(source, context.out());
            if (!source.skipped().isEmpty() && !experiment.equals(Training.NAME)) { // which lists them in its folder
                context.out().println("  -Dexp=CheckData names them all");
            }
            return source;
        });
    }

    private void openKernels(Options options) {
        String wanted = options.get(Option.PRECISION);
        if (!wanted.equals(opened)) {
            close();
            kernels = Arithmetic.open(options);
            opened = wanted;
        }
    }

    /** What a method can be told. */
    static Methods.Settings methodSettings(Options options) {
        return new Methods.Settings(
                options.get(Option.ALPHA),
                options.get(Option.GAMMA),
                options.get(Option.ZETA),
                options.get(Option.LAMBDA),
                options.isReference());
    }

    /** What is trained, checked against the encoder. */
    static Tuning tuning(Options options, Encoder encoder, int classes) {
        String text = options.get(Option.TUNING);
        try {
            Tuning tuning = Tunings.make(text, options.get(Option.PROMPTS), classes);
            tuning.parameters(encoder);
            return tuning;
        } catch (IllegalArgumentException e) {
            throw new OptionException("-Dtuning=" + text + ": " + e.getMessage() + ".");
        }
    }

    private HeadStart headStart(Options options, Encoder encoder, DataSource source) {
        return switch (options.get(Option.HEAD_START)) {
            case "means" -> HeadStart.MEANS;
            case "semantic" -> {
                Path file = options.get(Option.CLASS_FEATURES)
                        .map(root::resolve)
                        .orElseThrow(
                                () -> new OptionException("-DheadStart=semantic needs -DclassFeatures, a file with a"
                                        + " row of numbers for each class."));
                try {
                    yield HeadStart.Semantic.of(ClassFeatures.read(file, source.classes()), encoder);
                } catch (IllegalArgumentException e) {
                    throw new DataException(file + ": " + e.getMessage() + ".", e);
                }
            }
            default -> HeadStart.UNIFORM;
        };
    }

    private static PromptStart promptStart(Options options, Encoder encoder) {
        return switch (options.get(Option.PROMPT_START)) {
            case "uniform" -> PromptStart.UNIFORM;
            case "tokens" -> PromptStart.TOKENS;
            default ->
                encoder instanceof VisionTransformer vit ? PromptStart.suiting(vit.width()) : PromptStart.UNIFORM;
        };
    }

    /** @param data the data set's name */
    static Normalisation normalisation(Options options, Encoder encoder, String data) {
        return switch (options.get(Option.NORMALISATION)) {
            case "clip" -> Normalisation.CLIP;
            case "half" -> Normalisation.HALF;
            case "imagenet" -> Normalisation.IMAGENET;
            case "dataset" -> DataSource.normalisation(data);
            case "none" -> Normalisation.of(new double[3], new double[] {1, 1, 1});
            default -> usual(encoder);
        };
    }

    /** What the encoder was most likely trained with. */
    private static Normalisation usual(Encoder encoder) {
        if (!(encoder instanceof VisionTransformer vit) || vit.preNorm().isPresent()) {
            return Normalisation.CLIP;
        }
        return vit.layerScale() || vit.registers().isPresent() ? Normalisation.IMAGENET : Normalisation.HALF;
    }

    private static TrainingRun.Plan plan(Options options, long seed) {
        int steps = options.get(Option.STEPS);
        return new TrainingRun.Plan(
                steps,
                Math.max(1, (steps + EPOCHS - 1) / EPOCHS),
                options.get(Option.BATCH),
                options.get(Option.MU),
                options.get(Option.LEARNING_RATE),
                options.get(Option.ENCODER_LEARNING_RATE).orElse(options.get(Option.LEARNING_RATE)),
                options.get(Option.MOMENTUM),
                options.get(Option.WEIGHT_DECAY),
                options.isReference(),
                options.get(Option.ZETA),
                seed,
                options.get(Option.CHECKPOINT_EVERY),
                options.get(Option.EVAL_EVERY),
                EVALUATION_BATCH,
                options.get(Option.SURVEY));
    }

    @Override
    public void close() {
        if (kernels != null) {
            kernels.close();
            kernels = null;
        }
    }
}

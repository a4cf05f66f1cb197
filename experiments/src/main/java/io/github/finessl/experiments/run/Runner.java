package io.github.finessl.experiments.run;

import io.github.finessl.Guides;
import io.github.finessl.LeftOut;
import io.github.finessl.PreparedRun;
import io.github.finessl.PreparedRun.Label;
import io.github.finessl.PreparedRun.Surroundings;
import io.github.finessl.RunDifferences;
import io.github.finessl.SettingsException;
import io.github.finessl.TrainingSettings;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.DataSource;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.report.Progress;
import io.github.finessl.report.RunIdentity;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.RunStore;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.tuning.Tuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A runner that carries out the runs of one experiment one after the other and keeps their records. */
public final class Runner implements AutoCloseable {
    private final String experiment;
    private final RunContext context;
    private final RunStore store;
    private final boolean reusesRuns;
    private final Path root;
    private final Map<EncoderKey, Encoder> encoders = new HashMap<>();
    private final Map<String, DataSource> sources = new HashMap<>();
    private final Map<Key, PreparedRun> prepared = new HashMap<>();
    private final TrainingListener progress;
    private final MemberRuns members = new MemberRuns(this);
    private Kernels kernels;
    private Precision kernelPrecision;

    /**
     * A runner for an experiment, with relative paths from the working directory.
     *
     * @param directory of the experiment's results, for example {@code results/quickstart}
     * @param reusesRuns whether runs that another experiment finished count as finished
     */
    Runner(String experiment, RunContext context, Path directory, boolean reusesRuns) {
        this(experiment, context, directory, reusesRuns, Path.of(""));
    }

    /**
     * A runner for an experiment.
     *
     * @param root what relative paths of encoder and data start from
     */
    Runner(String experiment, RunContext context, Path directory, boolean reusesRuns, Path root) {
        this.experiment = experiment;
        this.context = context;
        this.root = root;
        this.store = new RunStore(directory.resolve("runs"));
        this.reusesRuns = reusesRuns;
        this.progress = Progress.of(context.terminal(), context.out());
    }

    private record Key(Map<String, String> options, long seed) {}

    /** @param side for a file that leaves it open */
    private record EncoderKey(Path file, Optional<Integer> side) {}

    /** A run with its encoder and data, which are opened once. */
    PreparedRun prepared(Run run) {
        return prepared(run.options(), run.seed());
    }

    private PreparedRun prepared(Options options, long seed) {
        Key key = new Key(options.toMap(), seed);
        PreparedRun known = prepared.get(key);
        if (known == null) {
            known = prepare(options, seed); // which may prepare members
            prepared.put(key, known);
        }
        return known;
    }

    private PreparedRun prepare(Options options, long seed) {
        TrainingSettings settings = options.settings().seed(seed);
        Encoder ofFile = readEncoder(options);
        PreparedRun.Data data = data(options, seed);
        if (options.get(Option.CLASS_FEATURES).isPresent()
                && !options.get(Option.HEAD_START).equals("semantic")) {
            throw new OptionException(
                    "-DclassFeatures needs -DheadStart=semantic, which is " + options.get(Option.HEAD_START) + ".");
        }
        if (settings.method().views().unlabelled() && data.split().unlabelled().length == 0) {
            throw new OptionException("With -Dlabels=" + options.get(Option.LABELS) + " no image of "
                    + data.source().name() + " is left unlabelled, which "
                    + settings.method().name() + " needs.");
        }
        try {
            return PreparedRun.of(
                    settings,
                    options.get(Option.ENCODER),
                    ofFile,
                    data,
                    new Guides(
                            teacher(options, data),
                            members.known(new Run(options.get(Option.METHOD), options, seed)),
                            settings.readsNames()
                                    ? options.textTower(root)
                                            .map(tower ->
                                                    tower.vectors(data.source().classes()))
                                    : Optional.empty()),
                    root);
        } catch (SettingsException e) {
            throw OptionException.of(e);
        }
    }

    /** The images of a run, opened and split. */
    PreparedRun.Data data(Options options, long seed) {
        DataSource source = source(options);
        return new PreparedRun.Data(
                source, DataOptions.split(options, source, seed, root), DataOptions.identity(options, root));
    }

    /** The teacher that the options name, for a method that learns from one. */
    Optional<Guides.KnownTeacher> teacher(Options options, PreparedRun.Data data) {
        return options.settings().method().views().teacher()
                ? Optional.of(new TeacherRun(options, data, root).known(this))
                : Optional.empty();
    }

    /**
     * Checks options, data and files before hours are spent on runs.
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
                Run run = new Run(variant.name(), variant.options(), seed);
                PreparedRun preparedRun = prepared(run);
                finished &= find(run).isPresent();
                resume.ifPresent(checkpoint -> others.put(run, preparedRun.differencesFrom(checkpoint)));
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
     * The record of a run, if it is finished and holds all that the options ask for; with {@code precision=auto}, the one of
     * this machine's arithmetic where there are several.
     */
    Optional<RunRecord> find(Run run) throws IOException {
        PreparedRun preparedRun = prepared(run);
        List<RunRecord> known = new ArrayList<>();
        for (RunIdentity each : preparedRun.answers()) {
            known.addAll(
                    reusesRuns
                            ? store.findBeside(each)
                            : store.find(each).stream().toList());
        }
        known.removeIf(record -> surveyed(record)
                < Math.min(
                        preparedRun.settings().watching().survey(),
                        record.data().unlabelled()));
        if (known.size() > 1 && preparedRun.settings().precision() == Precision.AUTO) {
            Precision machinePrecision = precision(preparedRun);
            known.sort(Comparator.comparing(record -> Precision.ofKernels(record.arithmetic()) != machinePrecision));
        }
        return known.stream().findFirst();
    }

    /** The precision in which this machine would carry out a run. */
    private Precision precision(PreparedRun run) {
        Precision wanted = run.settings().precision();
        return wanted == Precision.AUTO ? Precision.ofKernels(kernels(wanted).name()) : wanted;
    }

    /** The identity that a run has on this machine, whose arithmetic stands for {@code precision=auto}. */
    private RunIdentity identityHere(PreparedRun run) {
        return run.identity(precision(run));
    }

    private static int surveyed(RunRecord record) {
        return record.survey() == null ? 0 : record.survey().images();
    }

    /** Deletes records and checkpoints of runs, so that they start over. */
    void deleteResults(List<Variant> variants, List<Long> seeds) throws IOException {
        for (Variant variant : variants) {
            for (long seed : seeds) {
                Run run = new Run(variant.name(), variant.options(), seed);
                for (Run member : MemberRuns.of(run)) {
                    deleteResults(prepared(member));
                }
                deleteResults(prepared(run));
            }
        }
    }

    /**
     * Deletes record and checkpoint of a run, as this version or an earlier one left them on a machine of this
     * arithmetic.
     */
    private void deleteResults(PreparedRun run) throws IOException {
        deleteResults(store.directoryOf(identityHere(run)));
        Optional<RunRecord> earlier = store.find(run.identity());
        if (earlier.isPresent() && Precision.ofKernels(earlier.get().arithmetic()) == precision(run)) {
            deleteResults(store.directoryOf(run.identity()));
        }
    }

    private static void deleteResults(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(RunStore.RECORD));
        Files.deleteIfExists(directory.resolve(PreparedRun.CHECKPOINT));
    }

    /** The checkpoint that the user named with {@code resume}, if it is of this run. */
    private static Optional<Path> resumeCheckpoint(Run run, PreparedRun preparedRun) {
        return run.options()
                .get(Option.RESUME)
                .filter(file -> preparedRun.differencesFrom(file).size() == 0);
    }

    /** The name of the experiment that the runs belong to. */
    String experiment() {
        return experiment;
    }

    /** The directory that relative paths of encoder and data start from. */
    Path root() {
        return root;
    }

    /** The context of the runs. */
    RunContext context() {
        return context;
    }

    /** The folder of a run's files on this machine, which need not exist yet; equal runs share it. */
    Path directoryOf(Run run) {
        return store.directoryOf(identityHere(prepared(run)));
    }

    /** The record of a finished run, if there is one; with {@code rerun} it is deleted instead. */
    Optional<RunRecord> finishedRecord(Run run) throws IOException {
        PreparedRun preparedRun = prepared(run);
        if (resumeCheckpoint(run, preparedRun).isPresent()) {
            return Optional.empty();
        }
        if (run.options().get(Option.RERUN)) {
            for (Run member : members.toRenew(run)) {
                deleteResults(prepared(member));
            }
            deleteResults(preparedRun);
            return Optional.empty();
        }
        Optional<RunRecord> finished = find(run);
        finished.ifPresent(record ->
                context.out().printf("%s: finished before (%s %s).%n", run, record.experiment(), record.id()));
        return finished;
    }

    /**
     * Carries out a run, or continues one that was interrupted.
     *
     * @return empty if the user stopped it
     */
    Optional<RunRecord> train(Run run) throws IOException {
        return train(run, directoryOf(run));
    }

    /**
     * Carries out a run, or continues one that was interrupted, in a directory that no other run uses.
     *
     * @return empty if the user stopped it
     */
    Optional<RunRecord> train(Run run, Path directory) throws IOException {
        PreparedRun preparedRun = prepared(run);
        Optional<Path> resume = resumeCheckpoint(run, preparedRun);
        if (resume.isEmpty() && !Files.exists(directory.resolve(PreparedRun.CHECKPOINT))) {
            resume = earlierVersionsCheckpoint(preparedRun);
        }
        boolean begun = resume.isPresent() || Files.exists(directory.resolve(PreparedRun.CHECKPOINT));
        if (!begun && !members.train(run)) {
            return Optional.empty();
        }
        return preparedRun.train(
                kernels(preparedRun.settings().precision()),
                directory,
                resume,
                new Label(experiment, run.variant(), run.recorded(preparedRun), root),
                new Surroundings(progress, context::stopRequested));
    }

    /** The checkpoint of an earlier version, in which the arithmetic was not part of a run's identity. */
    private Optional<Path> earlierVersionsCheckpoint(PreparedRun run) {
        Path directory = store.directoryOf(run.identity());
        Path checkpoint = directory.resolve(PreparedRun.CHECKPOINT);
        if (!Files.exists(checkpoint) || Files.exists(directory.resolve(RunStore.RECORD))) {
            return Optional.empty();
        }
        return Optional.of(checkpoint)
                .filter(file -> PreparedRun.isOf(file, kernels(run.settings().precision())));
    }

    /** The encoder that the options name, at their resolution. */
    Encoder encoder(Options options) {
        return atResolution(readEncoder(options), options);
    }

    /**
     * The checkpoint of a run that is finished in this machine's arithmetic, here or, unless runs are to be trained again,
     * in another experiment.
     */
    Optional<Path> finishedCheckpoint(Run run) throws IOException {
        RunIdentity identity = identityHere(prepared(run));
        boolean elsewhere = reusesRuns && !run.options().get(Option.RERUN);
        List<RunStore> stores = new ArrayList<>(List.of(store));
        stores.addAll(elsewhere ? store.beside() : List.of());
        return stores.stream()
                .filter(each -> each.find(identity).isPresent())
                .map(each -> each.directoryOf(identity).resolve(PreparedRun.CHECKPOINT))
                .filter(Files::exists)
                .findFirst();
    }

    private Encoder readEncoder(Options options) {
        Path file = root.resolve(options.get(Option.ENCODER));
        Optional<Integer> side = options.get(Option.RESOLUTION).filter(given -> OnnxEncoderReader.leavesSizeOpen(file));
        return encoders.computeIfAbsent(
                new EncoderKey(file, side), key -> OnnxEncoderReader.open(key.file(), key.side()));
    }

    /**
     * An encoder at the resolution that the options name.
     *
     * @param encoder at the resolution of its file
     * @throws OptionException if it cannot take such images
     */
    public static Encoder atResolution(Encoder encoder, Options options) {
        try {
            return PreparedRun.atResolution(encoder, options.get(Option.ENCODER), options.get(Option.RESOLUTION));
        } catch (SettingsException e) {
            throw OptionException.of(e);
        }
    }

    private DataSource source(Options options) {
        return sources.computeIfAbsent(DataOptions.key(options), key -> {
            DataSource source = DataOptions.open(options, root);
            LeftOut.lines(source).forEach(context.out()::println);
            if (!source.skipped().isEmpty()) {
                context.out().println("  -Dexp=CheckData lists them all");
            }
            return source;
        });
    }

    private Kernels kernels(Precision wanted) {
        if (kernels == null || wanted != kernelPrecision) {
            close();
            kernels = Arithmetic.open(wanted);
            kernelPrecision = wanted;
        }
        return kernels;
    }

    /**
     * The way of fine-tuning that the options name, checked against the encoder.
     *
     * @throws OptionException if the encoder cannot be tuned so
     */
    public static Tuning tuning(Options options, Encoder encoder, int classes) {
        try {
            return PreparedRun.tuning(options.settings(), encoder, classes);
        } catch (SettingsException e) {
            throw OptionException.of(e);
        }
    }

    /**
     * The normalisation of pixels that the options name.
     *
     * @param data the data set's name
     * @throws OptionException if the encoder's file normalises pixels itself, in another way
     */
    static Normalisation normalisation(Options options, Encoder encoder, String data) {
        try {
            return options.get(Option.NORMALISATION).of(encoder, data);
        } catch (SettingsException e) {
            throw OptionException.of(e);
        }
    }

    @Override
    public void close() {
        if (kernels != null) {
            kernels.close();
            kernels = null;
        }
    }
}

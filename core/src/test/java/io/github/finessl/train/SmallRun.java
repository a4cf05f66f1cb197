package io.github.finessl.train;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.MemoryDataset;
import io.github.finessl.data.Split;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.nd4j.Nd4jKernels;
import io.github.finessl.model.SmallClip;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.ssl.Method;
import io.github.finessl.ssl.Methods;
import io.github.finessl.train.TrainingRun.Images;
import io.github.finessl.train.TrainingRun.Learner;
import io.github.finessl.train.TrainingRun.Plan;
import io.github.finessl.train.TrainingRun.Saving;
import io.github.finessl.train.TrainingRun.Start;
import io.github.finessl.tuning.LinearProbe;
import io.github.finessl.tuning.Lora;
import io.github.finessl.tuning.PromptStart;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.VisualPrompts;
import io.github.finessl.tuning.VisualPrompts.Placement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A run of the small CLIP model on noise of three classes, of a second or so. */
final class SmallRun {
    private static final int CLASSES = 3;

    private final Path checkpoint;
    private DataSource source = source(24);
    private Encoder encoder = SmallClip.encoder();
    private Tuning tuning = new VisualPrompts(new Placement.Deep(), 2);
    private PromptStart promptStart = PromptStart.UNIFORM;
    private HeadStart headStart = HeadStart.UNIFORM;
    private Optional<ZeroShot> zeroShot = Optional.empty();
    private String method = "finessl";
    private boolean reference;
    private UnaryOperator<Method> change = UnaryOperator.identity();
    private Optional<Path> resume = Optional.empty();
    private int labels = 2;
    private int heldOut;
    private int steps = 6;
    private int batch = 2;
    private int mu = 1;
    private double learningRate = 0.03;
    private Optional<Double> encoderLearningRate = Optional.empty();
    private long seed = 1;
    private double ema;
    private boolean flip;
    private int checkpointEvery;
    private int evaluateEvery;

    SmallRun(Path checkpoint) {
        this.checkpoint = checkpoint;
    }

    /** Noise: so many training images, ten test images. */
    static DataSource source(int trainingImages) {
        int[] train = IntStream.range(0, trainingImages).map(i -> i % CLASSES).toArray();
        int[] test = IntStream.range(0, 10).map(i -> (i + i / 4) % CLASSES).toArray();
        return new DataSource("noise", MemoryDataset.of(CLASSES, train), MemoryDataset.of(CLASSES, test));
    }

    SmallRun source(DataSource value) {
        source = value;
        return this;
    }

    SmallRun encoder(Encoder value) {
        encoder = value;
        return this;
    }

    SmallRun tuning(Tuning value) {
        tuning = value;
        return this;
    }

    SmallRun promptStart(PromptStart value) {
        promptStart = value;
        return this;
    }

    SmallRun headStart(HeadStart value) {
        headStart = value;
        return this;
    }

    SmallRun zeroShot(ZeroShot value) {
        zeroShot = Optional.of(value);
        return this;
    }

    SmallRun method(String value) {
        method = value;
        return this;
    }

    SmallRun reference() {
        reference = true;
        return this;
    }

    /** Trains with something around the method. */
    SmallRun changing(UnaryOperator<Method> value) {
        change = value;
        return this;
    }

    SmallRun resume(Path value) {
        resume = Optional.of(value);
        return this;
    }

    SmallRun labels(int perClass) {
        labels = perClass;
        return this;
    }

    SmallRun heldOut(int perClass) {
        heldOut = perClass;
        return this;
    }

    SmallRun steps(int value) {
        steps = value;
        return this;
    }

    SmallRun batch(int value, int unlabelledForEach) {
        batch = value;
        mu = unlabelledForEach;
        return this;
    }

    SmallRun learningRate(double value) {
        learningRate = value;
        return this;
    }

    SmallRun encoderLearningRate(double value) {
        encoderLearningRate = Optional.of(value);
        return this;
    }

    SmallRun seed(long value) {
        seed = value;
        return this;
    }

    SmallRun ema(double momentum) {
        ema = momentum;
        return this;
    }

    SmallRun flip() {
        flip = true;
        return this;
    }

    SmallRun checkpointEvery(int value) {
        checkpointEvery = value;
        return this;
    }

    SmallRun evaluateEvery(int value) {
        evaluateEvery = value;
        return this;
    }

    Map<String, String> identity() {
        Map<String, String> identity = new TreeMap<>();
        identity.put("method", method);
        identity.put("steps", Integer.toString(steps));
        identity.put("seed", Long.toString(seed));
        identity.put("encoder.sha256", encoder.sha256());
        return identity;
    }

    TrainingRun with(Kernels kernels) {
        Split split = Split.random(source.train(), labels, seed);
        if (heldOut > 0) {
            split = split.holdOut(source.train(), heldOut, seed);
        }
        int classes = source.classes().size();
        Method made = Methods.make(
                method, new Methods.Settings(8, 3, 0.4, 0.5, reference), split.unlabelled().length, classes);
        return new TrainingRun(
                new Learner(
                        encoder,
                        tuning,
                        Start.of(promptStart, headStart),
                        change.apply(made),
                        made.views().teacher() ? Optional.of(teacher(classes)) : Optional.empty(),
                        () -> List.of(
                                voter(SmallClip.encoder(), new Lora(2)),
                                voter(SmallClip.encoder().atResolution(48), new LinearProbe())),
                        zeroShot),
                new Images(source, split, new Augmentation(encoder.imageHeight(), Normalisation.CLIP)),
                kernels,
                new Plan(
                        new Optimisation(
                                steps,
                                batch,
                                mu,
                                learningRate,
                                encoderLearningRate.orElse(learningRate),
                                learningRate,
                                0.9,
                                5e-4,
                                0),
                        4,
                        reference,
                        0.4,
                        seed,
                        new Looks(checkpointEvery, evaluateEvery, 5, ema, flip)),
                new Saving(identity(), checkpoint, resume));
    }

    /** A finished FineSSL run on the same split, made where it is missing. */
    private Teacher teacher(int classes) {
        Path file = checkpoint.resolveSibling("teacher-" + seed);
        if (!Files.exists(file)) {
            new SmallRun(file).seed(seed).steps(4).train();
        }
        return Teacher.read(file, SmallClip.encoder(), new VisualPrompts(new Placement.Deep(), 2), classes);
    }

    /** A finished supervised run on the same split, made where it is missing, on an encoder of its own. */
    private Voter voter(Encoder itsEncoder, Tuning itsTuning) {
        Path file = checkpoint.resolveSibling("member-" + itsEncoder.imageHeight() + "-" + seed);
        if (!Files.exists(file)) {
            new SmallRun(file)
                    .encoder(itsEncoder)
                    .tuning(itsTuning)
                    .method("supervised")
                    .headStart(HeadStart.MEANS)
                    .seed(seed)
                    .steps(4)
                    .train();
        }
        return new Voter(file, itsEncoder, itsTuning, Normalisation.CLIP, false);
    }

    /** Trains to the end. */
    TrainingOutcome train() {
        return train(report -> {}, () -> false);
    }

    /** Trains until so many steps of the run are done. */
    TrainingOutcome trainUntil(long step) {
        long[] done = {0};
        return train(report -> done[0] = report.step(), () -> done[0] == step);
    }

    TrainingOutcome train(TrainingListener listener, BooleanSupplier stop) {
        try (Nd4jKernels kernels = new Nd4jKernels();
                Trainer trainer = new Trainer(with(kernels))) {
            return trainer.train(listener, stop);
        }
    }

    /** What the checkpoint says now. */
    Checkpoint saved() {
        return Checkpoint.read(checkpoint, identity());
    }

    /** Every array of the checkpoint: parameters, velocities, the method's memory. */
    Map<String, double[]> state() {
        Map<String, double[]> state = new LinkedHashMap<>();
        saved().arrays().forEach((name, array) -> state.put(name, values(array)));
        return state;
    }

    private static double[] values(INDArray array) {
        return array.dup('c').reshape(array.length()).toDoubleVector();
    }
}

package io.github.finessl.experiments.tool;

import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.experiments.option.Geometry;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.run.Arithmetic;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.experiments.run.Runner;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.kernel.onednn.ProductRate;
import io.github.finessl.model.FineTunedModel;
import io.github.finessl.model.Heads;
import io.github.finessl.model.StepResult;
import io.github.finessl.op.OpProfile;
import io.github.finessl.report.Machine;
import io.github.finessl.report.StepBenchmark;
import io.github.finessl.report.Versions;
import io.github.finessl.ssl.Method;
import io.github.finessl.ssl.StepTargets;
import io.github.finessl.ssl.UnlabelledBatch;
import io.github.finessl.train.NonFiniteLossException;
import io.github.finessl.train.Sgd;
import io.github.finessl.tuning.Tuning;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A benchmark of a FineSSL step: its time on an encoder of a well-known size with random weights, and the share of this
 * machine's own matrix-product rate that it reaches; written to {@code results/BenchTrainingStep/} too.
 *
 * <p>{@code mvn exec:java -Dexp=BenchTrainingStep -Dgeometry=vit-b-32 -Dbatch=8 -Dprecision=f32}; with
 * {@code -Dprofile.ops=true} a table of the time of each kind of op.
 */
public final class BenchTrainingStep implements Experiment {
    private static final int CLASSES = 100;
    private static final int WARM_UP = 5;
    private static final String VPT_DEEP = "vpt-deep";

    @Override
    public String name() {
        return "BenchTrainingStep";
    }

    @Override
    public String summary() {
        return "Time and memory of a FineSSL step for -Dgeometry=vit-b-32, vit-b-16 or vit-ti-16";
    }

    @Override
    public Set<Profile> profiles() {
        return EnumSet.of(Profile.QUICK);
    }

    @Override
    public Map<String, String> defaults(Profile profile) {
        return Map.of("batch", "8", "steps", "15");
    }

    @Override
    public Set<Option<?>> fixed() {
        return Set.of(Option.ENCODER, Option.RESOLUTION, Option.METHOD, Option.FIDELITY, Option.MU);
    }

    @Override
    public Exit run(Options options, RunContext context) throws IOException {
        Instant start = Instant.now();
        Geometry geometry = options.get(Option.GEOMETRY);
        int batch = options.get(Option.BATCH);
        int prompts = options.get(Option.PROMPTS);
        String tuning = options.get(Option.TUNING);
        Map<String, Double> rates = productRates(geometry, batch);
        Optional<Steps> measured = measure(geometry, options, context);
        if (measured.isEmpty()) {
            return Exit.INTERRUPTED;
        }
        Steps steps = measured.get();
        // Others may have kept the machine busy meanwhile: the larger rate is nearer to what it can do.
        productRates(geometry, batch).forEach((precision, rate) -> rates.merge(precision, rate, Math::max));
        StepBenchmark result = new StepBenchmark(
                geometry.toString(),
                tuning,
                batch,
                prompts,
                steps.parameters(),
                Precision.ofKernels(steps.arithmetic()).toString(),
                steps.arithmetic(),
                KernelChoice.defaultThreads(),
                steps.seconds(),
                tuning.equals(VPT_DEEP) ? Optional.of(geometry.usefulFlops(batch, prompts)) : Optional.empty(),
                rates,
                steps.peakResidentBytes(),
                steps.ops(),
                start,
                Versions.here(),
                Machine.here());
        context.out().print(result.toText());
        result.write(file(options.get(Option.OUT), result));
        return Exit.OK;
    }

    /** The measurements of the steps, without those of the machine. */
    private record Steps(
            String arithmetic,
            long parameters,
            List<Double> seconds,
            long peakResidentBytes,
            List<StepBenchmark.OpTime> ops) {}

    private static Path file(Path out, StepBenchmark result) {
        String tuning =
                result.tuning().equals(VPT_DEEP) ? "" : "-" + result.tuning().replaceAll("[^a-z0-9]+", "-");
        return out.resolve("BenchTrainingStep")
                .resolve("%s-b%d-%s%s.json".formatted(result.encoder(), result.batch(), result.precision(), tuning));
    }

    /** The machine's rates of matrix products, by precision; without precisions that it lacks. */
    private static Map<String, Double> productRates(Geometry geometry, int batch) {
        Map<String, Double> rates = new LinkedHashMap<>();
        for (Precision precision : List.of(Precision.F32, Precision.BF16)) {
            try {
                rates.put(
                        precision.toString(),
                        ProductRate.measure(
                                precision,
                                KernelChoice.defaultThreads(),
                                3L * batch * geometry.tokens(),
                                geometry.products()));
            } catch (UnsupportedOperationException e) {
                // Then the report says that it is unknown.
            }
        }
        return rates;
    }

    /**
     * Times the steps of a training on random images.
     *
     * @return empty if the user stopped it
     */
    private static Optional<Steps> measure(Geometry geometry, Options options, RunContext context) {
        int batch = options.get(Option.BATCH);
        int steps = options.get(Option.STEPS);
        VisionTransformer encoder = RandomEncoder.of(geometry);
        Tuning tuning = Runner.tuning(options, encoder, CLASSES);
        Method method = options.settings().method().make(options.get(Option.STEPS), batch, CLASSES);
        INDArray weak = Nd4j.rand(DataType.FLOAT, batch, 3, encoder.imageHeight(), encoder.imageWidth());
        INDArray training = Nd4j.rand(DataType.FLOAT, 2L * batch, 3, encoder.imageHeight(), encoder.imageWidth());
        int[] labels = IntStream.range(0, batch).map(i -> i % CLASSES).toArray();
        int[] images = IntStream.range(0, batch).toArray();
        Sgd sgd = new Sgd(options.get(Option.MOMENTUM), options.get(Option.WEIGHT_DECAY));
        Set<String> encoderParameters = encoder.parameters().keySet();
        double rate = options.get(Option.LEARNING_RATE);
        double encoderRate = options.get(Option.ENCODER_LEARNING_RATE).orElse(rate);
        OpProfile profile = new OpProfile();
        List<Double> seconds = new ArrayList<>();
        try (Kernels kernels = Arithmetic.open(options.get(Option.PRECISION));
                FineTunedModel model =
                        new FineTunedModel(encoder, tuning, method, start(encoder, tuning), DataType.FLOAT, kernels)) {
            for (int s = -WARM_UP; s < steps; s++) {
                if (s == 0 && options.get(Option.PROFILE_OPS)) {
                    model.profile(profile);
                }
                long begin = System.nanoTime();
                StepTargets targets =
                        method.targets(labels, new UnlabelledBatch(images, model.predictAsInTraining(weak)));
                StepResult result = model.gradients(training, targets, s + WARM_UP + 1);
                if (!Double.isFinite(result.loss())) {
                    throw new NonFiniteLossException("The loss of step " + (s + WARM_UP + 1) + " is " + result.loss()
                            + ": -DencoderLr or -Dlr must be lower for " + options.get(Option.TUNING) + ".");
                }
                sgd.step(
                        model.parameters(),
                        result.gradients(),
                        name -> encoderParameters.contains(name) ? encoderRate : rate);
                if (s >= 0) {
                    seconds.add((System.nanoTime() - begin) / 1e9);
                }
                if (context.stopRequested()) {
                    return Optional.empty();
                }
            }
            return Optional.of(new Steps(
                    kernels.name(),
                    model.parameterCount(),
                    seconds,
                    Machine.peakResidentBytes(),
                    profile.entries().stream()
                            .map(op -> new StepBenchmark.OpTime(
                                    op.op(), (double) op.calls() / steps, op.seconds() / steps))
                            .toList()));
        }
    }

    private static Map<String, INDArray> start(VisionTransformer encoder, Tuning tuning) {
        SplittableRandom random = new SplittableRandom(2);
        Map<String, INDArray> start = new LinkedHashMap<>();
        start.put(Heads.WEIGHT, Heads.weightStart(CLASSES, encoder.width(), random));
        start.put(Heads.SCALE, Heads.scaleStart());
        tuning.parameters(encoder).forEach(parameter -> start.put(parameter.name(), parameter.drawn(random)));
        return start;
    }
}

package io.github.finessl.experiments;

import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.model.FineTunedModel;
import io.github.finessl.model.Heads;
import io.github.finessl.report.Machine;
import io.github.finessl.ssl.FineSsl;
import io.github.finessl.ssl.StepTargets;
import io.github.finessl.ssl.UnlabelledBatch;
import io.github.finessl.train.Sgd;
import io.github.finessl.tuning.VisualPrompts;
import io.github.finessl.tuning.VisualPrompts.Placement.Deep;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The time of a FineSSL step on an encoder of a well-known size with random weights.
 *
 * <p>{@code mvn exec:java -Dexp=BenchTrainingStep -Dgeometry=vit-b-32 -Dbatch=8 -Dprecision=f32}
 */
final class BenchTrainingStep implements Experiment {
    private static final int CLASSES = 100;
    private static final int WARM_UP = 3;

    @Override
    public String name() {
        return "BenchTrainingStep";
    }

    @Override
    public String summary() {
        return "time and memory of a FineSSL step for -Dgeometry=vit-b-32, vit-b-16 or vit-ti-16";
    }

    @Override
    public Set<Profile> profiles() {
        return EnumSet.of(Profile.QUICK);
    }

    @Override
    public Map<String, String> defaults(Profile profile) {
        return Map.of("batch", "8", "steps", "10");
    }

    @Override
    public Exit run(Options options, RunContext context) {
        Geometry geometry = options.get(Option.GEOMETRY);
        int batch = options.get(Option.BATCH);
        int prompts = options.get(Option.PROMPTS);
        VisionTransformer encoder = geometry.encoder();
        SplittableRandom random = new SplittableRandom(2);
        VisualPrompts tuning = new VisualPrompts(new Deep(), prompts);
        Map<String, INDArray> start = new LinkedHashMap<>();
        start.put(Heads.WEIGHT, Heads.weightStart(CLASSES, encoder.width(), random));
        start.put(Heads.SCALE, Heads.scaleStart());
        for (int b = 0; b < encoder.blocks().size(); b++) {
            start.put(VisualPrompts.parameter(b), tuning.uniformStart(encoder, random));
        }
        FineSsl method = new FineSsl(FineSsl.Options.paper(8, 3, 0.7, 0.5), batch, CLASSES);
        INDArray weak = Nd4j.rand(DataType.FLOAT, batch, 3, encoder.imageHeight(), encoder.imageWidth());
        INDArray training = Nd4j.rand(DataType.FLOAT, 2L * batch, 3, encoder.imageHeight(), encoder.imageWidth());
        int[] labels = IntStream.range(0, batch).map(i -> i % CLASSES).toArray();
        int[] images = IntStream.range(0, batch).toArray();
        double[] seconds = new double[options.get(Option.STEPS)];
        String arithmetic;
        long parameters;
        try (Kernels kernels = Arithmetic.open(options);
                FineTunedModel model = new FineTunedModel(encoder, tuning, method, start, DataType.FLOAT, kernels)) {
            arithmetic = kernels.name();
            parameters = model.parameterCount();
            Sgd sgd = new Sgd(0.9, 5e-4);
            for (int s = -WARM_UP; s < seconds.length; s++) {
                long begin = System.nanoTime();
                StepTargets targets = method.targets(labels, new UnlabelledBatch(images, model.predict(weak)));
                sgd.step(
                        model.parameters(),
                        model.gradients(training, targets).gradients(),
                        options.get(Option.LEARNING_RATE));
                if (s >= 0) {
                    seconds[s] = (System.nanoTime() - begin) / 1e9;
                }
                if (context.stopRequested()) {
                    return Exit.INTERRUPTED;
                }
            }
        }
        Arrays.sort(seconds);
        double median = seconds[seconds.length / 2];
        context.out()
                .printf(
                        "%s, batch %d + %d + %d, %d prompts, %,d trained parameters, %s: %.3f s a step (median of %d, %.3f to %.3f), %.1f views/s, "
                                + "%.0f useful GFLOP/s, peak resident memory %.2f GB%n",
                        geometry,
                        batch,
                        batch,
                        batch,
                        prompts,
                        parameters,
                        arithmetic,
                        median,
                        seconds.length,
                        seconds[0],
                        seconds[seconds.length - 1],
                        3 * batch / median,
                        geometry.usefulFlops(batch, prompts) / median / 1e9,
                        Machine.peakResidentBytes() / 1e9);
        return Exit.OK;
    }
}

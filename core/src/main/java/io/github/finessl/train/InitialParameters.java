package io.github.finessl.train;

import io.github.finessl.data.loading.EvaluationBatch;
import io.github.finessl.data.loading.EvaluationLoader;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.model.FrozenEncoder;
import io.github.finessl.model.Heads;
import io.github.finessl.tuning.PromptStart;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.VisualPrompts;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The parameters that a run starts from; the seed decides all of them. */
final class InitialParameters {
    /** Enough images to draw prompts from; also how many go through the encoder at a time. */
    private static final int IMAGES = 32;

    private final TrainingRun run;
    private final FrozenEncoder encoder;

    private InitialParameters(TrainingRun run, FrozenEncoder encoder) {
        this.run = run;
        this.encoder = encoder;
    }

    /** Heads, and prompts where there are any. */
    static Map<String, INDArray> of(TrainingRun run) {
        try (FrozenEncoder encoder = new FrozenEncoder(run.encoder(), run.kernels())) {
            return new InitialParameters(run, encoder).all();
        }
    }

    private Map<String, INDArray> all() {
        SplittableRandom random = new SplittableRandom(run.plan().seed());
        SplittableRandom heads = random.split();
        SplittableRandom prompts = random.split();
        Map<String, INDArray> start = new LinkedHashMap<>();
        start.put(
                Heads.WEIGHT,
                run.headStart() == HeadStart.MEANS
                        ? classMeans()
                        : Heads.weightStart(
                                run.source().classes().size(), run.encoder().featureWidth(), heads));
        start.put(Heads.SCALE, Heads.scaleStart());
        if (run.tuning() instanceof VisualPrompts visualPrompts) {
            boolean fromTokens = run.promptStart() == PromptStart.TOKENS;
            List<INDArray> tokens = fromTokens ? blockInputs(prompts) : List.of();
            for (int b : visualPrompts.placement().blocks(run.encoder().blocks().size())) {
                start.put(
                        VisualPrompts.parameter(b),
                        fromTokens
                                ? visualPrompts.tokenStart(tokens.get(b), prompts)
                                : visualPrompts.uniformStart(run.encoder(), prompts));
            }
        }
        return start;
    }

    /** Zeros in the shapes of {@link #of}, to be filled from a checkpoint. */
    static Map<String, INDArray> blank(TrainingRun run) {
        Map<String, INDArray> blank = new LinkedHashMap<>();
        shapes(run.encoder(), run.tuning(), run.source().classes().size())
                .forEach((name, shape) -> blank.put(name, Nd4j.zeros(DataType.FLOAT, shape)));
        return blank;
    }

    /** The shapes of {@link #of}. */
    static Map<String, long[]> shapes(VisionTransformer encoder, Tuning tuning, int classes) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put(Heads.WEIGHT, new long[] {classes, encoder.featureWidth()});
        shapes.put(Heads.SCALE, new long[] {1});
        if (tuning instanceof VisualPrompts prompts) {
            for (int b : prompts.placement().blocks(encoder.blocks().size())) {
                shapes.put(VisualPrompts.parameter(b), new long[] {prompts.length(), encoder.width()});
            }
        }
        return shapes;
    }

    /** The mean of the labelled images' normalised features for each class, of length 1; [C, D]. */
    private INDArray classMeans() {
        INDArray sums = Nd4j.zeros(
                DataType.FLOAT, run.source().classes().size(), run.encoder().featureWidth());
        try (EvaluationLoader loader =
                new EvaluationLoader(run.source().train(), run.split().labelled(), run.augmentation(), IMAGES)) {
            for (EvaluationBatch batch : loader) {
                INDArray features = encoder.features(batch.images());
                features.diviColumnVector(features.norm2(true, 1));
                for (int i = 0; i < batch.labels().length; i++) {
                    sums.getRow(batch.labels()[i]).addi(features.getRow(i));
                }
            }
        }
        return sums.diviColumnVector(sums.norm2(true, 1));
    }

    private List<INDArray> blockInputs(SplittableRandom random) {
        int[] images = run.split().labelled();
        for (int i = images.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = images[i];
            images[i] = images[j];
            images[j] = swapped;
        }
        int[] sample = Arrays.copyOf(images, Math.min(images.length, IMAGES));
        try (EvaluationLoader loader =
                new EvaluationLoader(run.source().train(), sample, run.augmentation(), sample.length)) {
            return encoder.blockInputs(loader.iterator().next().images());
        }
    }
}

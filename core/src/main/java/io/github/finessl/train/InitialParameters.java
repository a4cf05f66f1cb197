package io.github.finessl.train;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Split;
import io.github.finessl.data.loading.EvaluationLoader;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.model.BlockInputs;
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
    /** Enough images to draw prompts from. */
    private static final int SAMPLED_IMAGES = 32;

    private InitialParameters() {}

    /** Heads, and prompts where there are any. */
    static Map<String, INDArray> of(
            VisionTransformer encoder,
            Tuning tuning,
            PromptStart promptStart,
            DataSource source,
            Split split,
            Augmentation augmentation,
            Kernels kernels,
            long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        SplittableRandom heads = random.split();
        SplittableRandom prompts = random.split();
        Map<String, INDArray> start = new LinkedHashMap<>();
        start.put(Heads.WEIGHT, Heads.weightStart(source.classes().size(), encoder.featureWidth(), heads));
        start.put(Heads.SCALE, Heads.scaleStart());
        if (tuning instanceof VisualPrompts visualPrompts) {
            List<INDArray> tokens = promptStart == PromptStart.TOKENS
                    ? blockInputs(encoder, source, split, augmentation, kernels, prompts)
                    : List.of();
            for (int b : visualPrompts.placement().blocks(encoder.blocks().size())) {
                start.put(
                        VisualPrompts.parameter(b),
                        promptStart == PromptStart.TOKENS
                                ? visualPrompts.tokenStart(tokens.get(b), prompts)
                                : visualPrompts.uniformStart(encoder, prompts));
            }
        }
        return start;
    }

    /** Zeros in the shapes of {@link #of}, to be filled from a checkpoint. */
    static Map<String, INDArray> blank(VisionTransformer encoder, Tuning tuning, int classes) {
        Map<String, INDArray> blank = new LinkedHashMap<>();
        blank.put(Heads.WEIGHT, Nd4j.zeros(DataType.FLOAT, classes, encoder.featureWidth()));
        blank.put(Heads.SCALE, Nd4j.zeros(DataType.FLOAT, 1));
        if (tuning instanceof VisualPrompts prompts) {
            for (int b : prompts.placement().blocks(encoder.blocks().size())) {
                blank.put(VisualPrompts.parameter(b), Nd4j.zeros(DataType.FLOAT, prompts.length(), encoder.width()));
            }
        }
        return blank;
    }

    private static List<INDArray> blockInputs(
            VisionTransformer encoder,
            DataSource source,
            Split split,
            Augmentation augmentation,
            Kernels kernels,
            SplittableRandom random) {
        int[] images = split.labelled();
        for (int i = images.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = images[i];
            images[i] = images[j];
            images[j] = swapped;
        }
        int[] sample = Arrays.copyOf(images, Math.min(images.length, SAMPLED_IMAGES));
        try (EvaluationLoader loader = new EvaluationLoader(source.train(), sample, augmentation, sample.length)) {
            return BlockInputs.of(encoder, loader.iterator().next().images(), kernels);
        }
    }
}

package io.github.finessl.train;

import io.github.finessl.data.Dataset;
import io.github.finessl.data.loading.EvaluationBatch;
import io.github.finessl.data.loading.EvaluationLoader;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.model.FrozenEncoder;
import io.github.finessl.model.Heads;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.report.Work;
import io.github.finessl.ssl.PileStart;
import io.github.finessl.tuning.Parameter;
import io.github.finessl.tuning.Parameter.Start;
import io.github.finessl.tuning.PromptStart;
import io.github.finessl.tuning.Tuning;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The parameters that a run starts from; the seed decides all of them. */
final class InitialParameters {
    /** Enough images to draw prompts from; also how many go through the encoder at a time. */
    private static final int IMAGES = 32;

    private final TrainingRun run;
    private final FrozenEncoder encoder;
    private final TrainingListener listener;
    private final BooleanSupplier stop;

    private InitialParameters(TrainingRun run, FrozenEncoder encoder, TrainingListener listener, BooleanSupplier stop) {
        this.run = run;
        this.encoder = encoder;
        this.listener = listener;
        this.stop = stop;
    }

    /** Heads, and what the strategy trains; of an earlier model, all that it has learnt. */
    static Map<String, INDArray> of(TrainingRun run, Tuning tuning, TrainingListener listener, BooleanSupplier stop) {
        Map<String, INDArray> earlier =
                run.learner().start().earlier().map(SavedModel::parameters).orElse(Map.of());
        if (earlier.keySet()
                .containsAll(
                        shapes(run.encoder(), tuning, run.source().classes().size())
                                .keySet())) {
            return earlier;
        }
        try (FrozenEncoder encoder = new FrozenEncoder(run.encoder(), run.kernels())) {
            Map<String, INDArray> start = new InitialParameters(run, encoder, listener, stop).all(tuning);
            start.putAll(earlier);
            return start;
        }
    }

    private Map<String, INDArray> all(Tuning tuning) {
        SplittableRandom random = new SplittableRandom(run.plan().seed());
        SplittableRandom heads = random.split();
        SplittableRandom others = random.split();
        Map<String, INDArray> start = new LinkedHashMap<>();
        start.put(Heads.WEIGHT, classWeights(heads));
        start.put(Heads.SCALE, scale());
        boolean fromTokens =
                tuning.prompts().isPresent() && run.learner().start().prompts() != PromptStart.UNIFORM;
        List<INDArray> tokens = fromTokens ? blockInputs(others) : List.of();
        for (Parameter parameter : tuning.parameters(run.encoder())) {
            start.put(
                    parameter.name(),
                    parameter.start() instanceof Start.Prompts prompts && fromTokens
                            ? ofTokens(
                                    prompts,
                                    tokens.get(prompts.block()),
                                    parameter.shape()[0],
                                    others)
                            : parameter.drawn(others));
        }
        return start;
    }

    private INDArray ofTokens(Start.Prompts prompts, INDArray blockInput, long length, SplittableRandom random) {
        INDArray tokens = tokensOf(blockInput, length, random);
        if (run.learner().start().prompts() == PromptStart.TOKENS) {
            return tokens;
        }
        VisionTransformer vit = (VisionTransformer) run.encoder();
        return NeutralPrompts.of(
                tokens, blockInput, vit.blocks().get(prompts.block()), vit.heads(), prompts.bound() / Math.sqrt(3));
    }

    /** A strategy's parameters alone, which start as the encoder has them. */
    static Map<String, INDArray> ofEncoder(TrainingRun run, Tuning tuning) {
        Map<String, INDArray> start = new LinkedHashMap<>();
        for (Parameter parameter : tuning.parameters(run.encoder())) {
            start.put(parameter.name(), ((Start.AsItIs) parameter.start()).value());
        }
        return start;
    }

    /**
     * Patch tokens at a block's input, drawn at random.
     *
     * @param blockInput [B, T, D], the patches last
     */
    private INDArray tokensOf(INDArray blockInput, long length, SplittableRandom random) {
        int before = ((VisionTransformer) run.encoder()).embedding().tokensBeforePatches();
        INDArray start = Nd4j.createUninitialized(DataType.FLOAT, length, blockInput.size(2));
        for (int i = 0; i < length; i++) {
            long image = random.nextLong(blockInput.size(0));
            long token = random.nextLong(before, blockInput.size(1));
            start.getRow(i).assign(blockInput.slice(image).getRow(token));
        }
        return start;
    }

    /** Zeros in the shapes of {@link #of}, to be filled from a checkpoint. */
    static Map<String, INDArray> blank(TrainingRun run, Tuning tuning) {
        Map<String, INDArray> blank = new LinkedHashMap<>();
        shapes(run.encoder(), tuning, run.source().classes().size())
                .forEach((name, shape) -> blank.put(name, Nd4j.zeros(DataType.FLOAT, shape)));
        return blank;
    }

    /** The shapes of {@link #of}. */
    static Map<String, long[]> shapes(Encoder encoder, Tuning tuning, int classes) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put(Heads.WEIGHT, new long[] {classes, encoder.featureWidth()});
        shapes.put(Heads.SCALE, new long[] {1});
        tuning.parameters(encoder).forEach(parameter -> shapes.put(parameter.name(), parameter.shape()));
        return shapes;
    }

    private INDArray scale() {
        return run.learner().start().heads() instanceof HeadStart.Semantic semantic
                ? semantic.scale().map(Heads::scale).orElseGet(Heads::scaleStart)
                : Heads.scaleStart();
    }

    private INDArray classWeights(SplittableRandom random) {
        if (run.learner().start().heads() instanceof HeadStart.Semantic semantic) {
            return semantic.weights();
        } else if (run.learner().start().heads() instanceof HeadStart.Means) {
            return classMeans();
        } else if (run.learner().start().heads() instanceof HeadStart.Pile) {
            return refinedOnThePile();
        }
        return Heads.weightStart(run.source().classes().size(), run.encoder().featureWidth(), random);
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

    private INDArray refinedOnThePile() {
        try (FeatureBank bank = new FeatureBank(run.encoder(), run.augmentation(), run.kernels())) {
            FeatureBank.Progress progress = (done, all) -> listener.working(Work.FEATURES, done, all);
            int[] labelled = run.split().labelled();
            Dataset train = run.source().train();
            float[][] ofLabelled = bank.features(train, labelled, progress, stop);
            float[][] ofPile = bank.features(train, run.split().unlabelled(), progress, stop);
            int[] labels = Arrays.stream(labelled).map(train::label).toArray();
            return Nd4j.createFromArray(PileStart.of(
                    ofLabelled,
                    labels,
                    ofPile,
                    run.source().classes().size(),
                    (done, all) -> listener.working(Work.NEIGHBOURS, done, all)));
        }
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

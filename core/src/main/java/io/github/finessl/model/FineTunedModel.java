package io.github.finessl.model;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.op.CosineHead;
import io.github.finessl.op.Gradients;
import io.github.finessl.op.KernelOps;
import io.github.finessl.op.KernelSession;
import io.github.finessl.op.OpProfile;
import io.github.finessl.ssl.LossGraph;
import io.github.finessl.ssl.Method;
import io.github.finessl.ssl.StepTargets;
import io.github.finessl.ssl.WeakPredictions;
import io.github.finessl.tuning.Parameter;
import io.github.finessl.tuning.Tuning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.custom.Reverse;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A model in training: a frozen encoder, the trained parameters, the heads and a method's loss, as one SameDiff graph.
 *
 * <p>Parameters are copies of the arrays that the caller hands in; the optimiser changes them in place. The model neither owns the
 * kernels nor the encoder's weights. Not thread-safe.
 */
public final class FineTunedModel implements AutoCloseable {
    /** Images, or, where the encoder is frozen as a whole, their features. */
    private static final String INPUT = "input";

    private static final String PASS = "pass";
    private static final int WIDTH_AXIS = 3;
    private static final INDArray EVALUATION = Nd4j.createFromArray(0L);
    private static final INDArray TRAINING = Nd4j.createFromArray(1L);
    private static final String LOGITS = "logits";
    private static final String LOSS = "loss";
    private static final String AUX_LOGITS = "auxiliary.logits";
    /** The share of its value that a running statistic keeps in each training pass, as in PyTorch. */
    private static final double KEPT = 0.9;

    private final SameDiff graph;
    private final Map<String, INDArray> parameters;
    private final List<String> lossParts;
    private final DataType type;
    private final boolean auxiliary;
    private final Kernels kernels;
    private boolean changed = true;
    private final Optional<FrozenFeatures> frozen;
    private final KernelSession forward;
    private final KernelSession backward;
    private final Map<String, String> gradientNames;
    private final List<EncoderGraph.Statistics> statistics;

    /**
     * Builds the model's graph.
     *
     * @param start initial values of the strategy's parameters, and {@code head.weight} [C, D], {@code head.scale} [1]; an
     *     auxiliary head starts as the main one unless it is given too, and running statistics as the encoder's file has
     *     them unless they are given
     * @param type FLOAT, or DOUBLE to check gradients
     */
    public FineTunedModel(
            Encoder encoder,
            Tuning tuning,
            Method method,
            Map<String, INDArray> start,
            DataType type,
            Kernels kernels) {
        KernelOps.register();
        this.kernels = kernels;
        this.type = type;
        this.parameters = new LinkedHashMap<>();
        graph = SameDiff.create();
        graph.setArrayHolders(new SingleThreadArrayHolder(), new SingleThreadArrayHolder(), false);
        Map<String, SDVariable> trained = new LinkedHashMap<>();
        for (Parameter parameter : tuning.parameters(encoder)) {
            trained.put(parameter.name(), parameter(parameter.name(), start.get(parameter.name())));
        }
        frozen = trained.isEmpty()
                ? Optional.of(new FrozenFeatures(new FrozenEncoder(encoder, type, kernels)))
                : Optional.empty();
        EncoderGraph.Outputs encoded = frozen.isPresent()
                ? new EncoderGraph.Outputs(
                        graph.placeHolder(INPUT, type, -1, encoder.featureWidth()), List.of(), List.of())
                : EncoderGraph.of(graph, encoder, type, tuning, trained, graph.placeHolder(PASS, DataType.INT64, 1))
                        .build(graph.placeHolder(INPUT, type, -1, 3, encoder.imageHeight(), encoder.imageWidth()));
        SDVariable features = encoded.features();
        statistics = encoded.statistics();
        statistics().forEach((name, value) -> value.assign(start.getOrDefault(name, value)));
        INDArray weightStart = start.get(Heads.WEIGHT);
        SDVariable weight = parameter(Heads.WEIGHT, weightStart);
        SDVariable scale = parameter(Heads.SCALE, start.get(Heads.SCALE));
        SDVariable logits = CosineHead.of(LOGITS, features, weight, scale);
        List<LossGraph.Head> auxiliaryHead = new ArrayList<>(1);
        method.loss(new LossGraph(
                graph,
                features,
                logits,
                () -> {
                    if (auxiliaryHead.isEmpty()) {
                        auxiliaryHead.add(auxiliaryHead(start, features));
                    }
                    return auxiliaryHead.get(0);
                },
                (int) weightStart.size(0)));
        auxiliary = !auxiliaryHead.isEmpty();
        lossParts = method.lossParts();

        gradientNames = Gradients.add(graph, LOSS, parameters.keySet());
        forward = new KernelSession(graph, kernels);
        backward = new KernelSession(graph, kernels);
    }

    private LossGraph.Head auxiliaryHead(Map<String, INDArray> start, SDVariable features) {
        INDArray weightStart = start.getOrDefault(Heads.AUX_WEIGHT, start.get(Heads.WEIGHT));
        INDArray scaleStart = start.getOrDefault(Heads.AUX_SCALE, start.get(Heads.SCALE));
        SDVariable weight = parameter(Heads.AUX_WEIGHT, weightStart);
        SDVariable scale = parameter(Heads.AUX_SCALE, scaleStart);
        CosineHead.of(AUX_LOGITS, features, weight, scale);
        return new LossGraph.Head(weight, scale);
    }

    private SDVariable parameter(String name, INDArray start) {
        if (start == null) {
            throw new IllegalArgumentException("no initial value for the parameter " + name);
        }
        INDArray value = start.castTo(type).dup('c');
        parameters.put(name, value);
        return graph.var(name, value);
    }

    /**
     * The trained parameters by name, in the graph's order; change them in place. To be called anew for every change: what
     * the kernels made of the old values is given up then.
     */
    public Map<String, INDArray> parameters() {
        changed = true;
        return parameters;
    }

    /**
     * The running mean and variance of each norm that uses the batch's own in training, by name: part of what the model
     * has learnt, though no parameters.
     */
    public Map<String, INDArray> statistics() {
        Map<String, INDArray> running = new LinkedHashMap<>();
        statistics.forEach(each -> running.put(each.name(), each.running()));
        return running;
    }

    /** The number of trained values in all parameters. */
    public long parameterCount() {
        return parameters.values().stream().mapToLong(INDArray::length).sum();
    }

    /** Logits of the main head, without gradient: [N, C] for images [N, 3, H, W] that may come again in the same batch. */
    public double[][] logits(INDArray images) {
        return forward(cachedInput(images), EVALUATION).get(LOGITS).toDoubleMatrix();
    }

    /**
     * Both heads' predictions as in training but without dropout, without gradient; the main head's stand in where
     * there is no auxiliary one. Batch norms that are trained use the statistics of these images.
     */
    public WeakPredictions predictAsInTraining(INDArray images) {
        return predictions(input(images), statistics.isEmpty() ? EVALUATION : TRAINING);
    }

    /**
     * Both heads' predictions as in training, with dropout, as in the authors' code.
     *
     * @param pass another number for each, not 0: it decides what dropout drops
     */
    public WeakPredictions predictWithDropout(INDArray images, long pass) {
        return predictions(input(images), Nd4j.createFromArray(pass));
    }

    /**
     * Both heads' predictions in evaluation, for images that may come again in one batch: a frozen encoder's features
     * of them are kept.
     */
    public WeakPredictions predictCached(INDArray images) {
        return predictions(cachedInput(images), EVALUATION);
    }

    /** Both heads' predictions in evaluation, for images that do not come again: nothing is kept of them. */
    public WeakPredictions predict(INDArray images) {
        return bothLogits(images, false).predictions();
    }

    /**
     * As {@link #predictCached(INDArray)}.
     *
     * @param flip whether the logits are the mean of those of the images and of their mirror images; of logits rather than
     *     probabilities, so that the softmax of the model's logits still is its probabilities
     */
    public WeakPredictions predictCached(INDArray images, boolean flip) {
        return flip ? ofBothViews(images, this::cachedInput).predictions() : predictCached(images);
    }

    /**
     * As {@link #predict(INDArray)}.
     *
     * @param flip as in {@link #predictCached(INDArray, boolean)}
     */
    public WeakPredictions predict(INDArray images, boolean flip) {
        return bothLogits(images, flip).predictions();
    }

    /**
     * The logits that {@link #predict(INDArray, boolean)} makes probabilities of.
     *
     * @param flip as there
     */
    public Logits bothLogits(INDArray images, boolean flip) {
        return flip ? ofBothViews(images, this::input) : bothLogits(input(images), EVALUATION);
    }

    private Logits ofBothViews(INDArray images, UnaryOperator<INDArray> input) {
        INDArray mirrored = Nd4j.exec(new Reverse(images, WIDTH_AXIS))[0];
        Logits mean =
                bothLogits(input.apply(images), EVALUATION).meanWith(bothLogits(input.apply(mirrored), EVALUATION));
        mirrored.close();
        return mean;
    }

    /**
     * The logits of both heads; the main head's stand in where there is no auxiliary one.
     *
     * @param main [N, C]
     * @param auxiliary likewise
     */
    public record Logits(double[][] main, double[][] auxiliary) {

        Logits meanWith(Logits other) {
            return new Logits(mean(main, other.main), mean(auxiliary, other.auxiliary));
        }

        private static double[][] mean(double[][] a, double[][] b) {
            double[][] mean = new double[a.length][a[0].length];
            for (int i = 0; i < mean.length; i++) {
                for (int k = 0; k < mean[i].length; k++) {
                    mean[i][k] = (a[i][k] + b[i][k]) / 2;
                }
            }
            return mean;
        }

        /** Their softmax. */
        public WeakPredictions predictions() {
            return WeakPredictions.ofLogits(main, auxiliary);
        }
    }

    private INDArray input(INDArray images) {
        return frozen.map(features -> features.of(images)).orElse(images);
    }

    private INDArray cachedInput(INDArray images) {
        return frozen.map(features -> features.cached(images)).orElse(images);
    }

    private WeakPredictions predictions(INDArray input, INDArray pass) {
        return bothLogits(input, pass).predictions();
    }

    private Logits bothLogits(INDArray input, INDArray pass) {
        Map<String, INDArray> outputs = forward(input, pass);
        return new Logits(
                outputs.get(LOGITS).toDoubleMatrix(),
                outputs.get(auxiliary ? AUX_LOGITS : LOGITS).toDoubleMatrix());
    }

    /** Always of both heads, so that one plan serves all callers. */
    private Map<String, INDArray> forward(INDArray input, INDArray pass) {
        tellOfChanges();
        return forward.run(Map.of(INPUT, input, PASS, pass), auxiliary ? List.of(LOGITS, AUX_LOGITS) : List.of(LOGITS));
    }

    private void tellOfChanges() {
        if (changed) {
            kernels.newPass();
            changed = false;
        }
    }

    /**
     * Computes loss and gradients of a batch; running statistics follow those of the batch: running ← 0.9·running +
     * 0.1·batch.
     *
     * @param images the labelled ones, then the strong views
     * @param pass another number for each training pass, not 0: it decides what dropout drops
     */
    public StepResult gradients(INDArray images, StepTargets targets, long pass) {
        Map<String, INDArray> placeholders = new LinkedHashMap<>();
        placeholders.put(INPUT, input(images));
        placeholders.put(PASS, Nd4j.createFromArray(pass));
        targets.vectors()
                .forEach((feed, values) -> placeholders.put(
                        feed.name(), Nd4j.createFromArray(values).castTo(type)));
        targets.classIndices().forEach((feed, values) -> placeholders.put(feed.name(), Nd4j.createFromArray(values)));
        targets.distributions()
                .forEach((feed, values) -> placeholders.put(
                        feed.name(), Nd4j.createFromArray(values).castTo(type)));

        List<String> wanted = new ArrayList<>(lossParts);
        wanted.add(LOSS);
        wanted.add(LOGITS);
        wanted.addAll(gradientNames.values());
        statistics.forEach(each -> wanted.add(each.ofBatch()));
        tellOfChanges();
        Map<String, INDArray> results = backward.run(placeholders, wanted);
        statistics.forEach(each ->
                each.running().muli(KEPT).addi(results.get(each.ofBatch()).mul(1 - KEPT)));

        Map<String, Double> parts = new LinkedHashMap<>();
        lossParts.forEach(name -> parts.put(name, results.get(name).getDouble(0)));
        Map<String, INDArray> gradients = new LinkedHashMap<>();
        gradientNames.forEach((parameter, gradient) -> gradients.put(parameter, results.get(gradient)));
        return new StepResult(
                results.get(LOSS).getDouble(0), parts, results.get(LOGITS).toDoubleMatrix(), gradients);
    }

    /** Adds the time of every op to {@code profile} from now on. */
    public void profile(OpProfile profile) {
        frozen.ifPresent(features -> features.encoder().profile(profile));
        forward.profile(profile);
        backward.profile(profile);
    }

    /** The number of activations that were ever allocated: constant once every shape of a step has been seen. */
    long allocations() {
        return forward.allocations()
                + backward.allocations()
                + frozen.map(features -> features.encoder().allocations()).orElse(0L);
    }

    @Override
    public void close() {
        frozen.ifPresent(FrozenFeatures::close);
        forward.close();
        backward.close();
        parameters.values().forEach(INDArray::close);
    }
}

package io.github.finessl.ssl;

import io.github.finessl.op.AuxiliaryLoss;
import io.github.finessl.op.BalancedMarginSoftmax;
import io.github.finessl.ssl.LabelSmoothing.Form;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * FineSSL (Gan and Wei, ICML 2024): balanced margin softmax against the bias of pseudo-labels, decoupled label smoothing
 * for honest weights.
 *
 * <pre>
 *   L_s  = mean over labelled of BMS(z(x), y)
 *   L_u  = mean over unlabelled of ψ_j·BMS(z(strong(u_j)), ŷ_j),   ψ_j = γ·max softmax z_aux(weak(u_j))
 *   L_s' = mean CE(z_aux(x), e(y)),   L_u' = mean CE(z_aux(strong(u_j)), e(ŷ_j))
 *   L    = L_s + L_u + L_s' + L_u'
 * </pre>
 */
public final class FineSsl implements Method {
    private static final String SUPERVISED = "loss.supervised";
    private static final String CONSISTENCY = "loss.consistency";
    private static final String AUX_SUPERVISED = "loss.auxiliary.supervised";
    private static final String AUX_CONSISTENCY = "loss.auxiliary.consistency";

    static final Feed.ClassIndices TARGETS = new Feed.ClassIndices("targets");
    static final Feed.Vector SUPERVISED_MARGIN = new Feed.Vector("margin.supervised");
    static final Feed.Vector CONSISTENCY_MARGIN = new Feed.Vector("margin.consistency");
    static final Feed.Vector SUPERVISED_WEIGHTS = new Feed.Vector("weight.supervised");
    static final Feed.Vector CONSISTENCY_WEIGHTS = new Feed.Vector("weight.consistency");
    static final Feed.Vector AUX_SUPERVISED_WEIGHTS = new Feed.Vector("weight.auxiliary.supervised");
    static final Feed.Vector AUX_CONSISTENCY_WEIGHTS = new Feed.Vector("weight.auxiliary.consistency");

    private final Options options;
    private final LearningPace pace;
    private final int classes;

    /** FineSSL as the paper has it, for a training: α = 8, γ = 3, ζ = 0.7, λ = 0.5. */
    public static MethodChoice paper() {
        return MethodChoice.named("finessl");
    }

    /** Creates the method for a run over {@code unlabelled} images of {@code classes} classes. */
    public FineSsl(Options options, int unlabelled, int classes) {
        this.options = options;
        this.classes = classes;
        this.pace = new LearningPace(unlabelled, classes);
    }

    @Override
    public Views views() {
        return new Views(true, options.counting().strongViews());
    }

    @Override
    public List<String> lossParts() {
        return List.of(SUPERVISED, CONSISTENCY, AUX_SUPERVISED, AUX_CONSISTENCY);
    }

    @Override
    public SDVariable loss(LossGraph g) {
        SDVariable targets = g.placeholder(TARGETS);
        LabelSmoothing main = options.smoothing().main();
        LabelSmoothing mainSupervised = options.smoothing().ofLabels() ? main : LabelSmoothing.NONE;
        SDVariable supervised = BalancedMarginSoftmax.of(
                SUPERVISED,
                g.logits(),
                targets,
                g.placeholder(SUPERVISED_MARGIN),
                g.placeholder(SUPERVISED_WEIGHTS),
                mainSupervised.onTarget(classes),
                mainSupervised.offTarget(classes));
        SDVariable consistency = BalancedMarginSoftmax.of(
                CONSISTENCY,
                g.logits(),
                targets,
                g.placeholder(CONSISTENCY_MARGIN),
                g.placeholder(CONSISTENCY_WEIGHTS),
                main.onTarget(classes),
                main.offTarget(classes));
        SDVariable auxSupervised = auxiliary(
                g,
                AUX_SUPERVISED,
                targets,
                g.placeholder(AUX_SUPERVISED_WEIGHTS),
                options.smoothing().ofLabels() ? options.smoothing().auxiliary() : LabelSmoothing.NONE);
        SDVariable auxConsistency = auxiliary(
                g,
                AUX_CONSISTENCY,
                targets,
                g.placeholder(AUX_CONSISTENCY_WEIGHTS),
                options.smoothing().auxiliary());
        return supervised.add(consistency).add(auxSupervised).add("loss", auxConsistency);
    }

    private SDVariable auxiliary(
            LossGraph g, String name, SDVariable targets, SDVariable weights, LabelSmoothing smoothing) {
        LossGraph.Head head = g.auxiliary().get();
        return AuxiliaryLoss.of(
                name,
                g.features(),
                head.weight(),
                head.scale(),
                targets,
                weights,
                smoothing.onTarget(classes),
                smoothing.offTarget(classes),
                options.smoothing().detached());
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
        WeakPredictions q = unlabelled.predictions();
        int[] pseudoLabels = q.pseudoLabels();
        double[] confidence = q.confidence();

        double[] beta;
        if (options.counting().beforeBatch()) {
            beta = pace.relativeUnlessUniform();
            pace.observe(
                    unlabelled.images(),
                    pseudoLabels,
                    confidence,
                    options.counting().zeta());
        } else {
            pace.observe(
                    unlabelled.images(),
                    pseudoLabels,
                    confidence,
                    options.counting().zeta());
            beta = pace.relative();
        }
        double[] margin = margin(beta);
        double[] noMargin = new double[classes];

        double matched =
                options.weights().by() == Weighing.MAIN_MATCHED ? mean(q.auxiliaryConfidence()) / mean(confidence) : 1;
        double[] psi =
                Arrays.stream(trust(q)).map(trust -> matched * weight(trust)).toArray();

        Rows rows =
                new Rows(labels.length, pseudoLabels.length, options.counting().strongViews());
        double eachLabelled = 1.0 / labels.length;
        double eachStrong = 1.0 / (pseudoLabels.length * options.counting().strongViews());
        return new StepTargets.Builder()
                .feed(TARGETS, rows.classes(labels, pseudoLabels))
                .feed(SUPERVISED_MARGIN, options.margin().inSupervised() ? margin : noMargin)
                .feed(CONSISTENCY_MARGIN, options.margin().inConsistency() ? margin : noMargin)
                .feed(SUPERVISED_WEIGHTS, rows.onLabelled(eachLabelled))
                .feed(
                        CONSISTENCY_WEIGHTS,
                        rows.onStrong(
                                Arrays.stream(psi).map(p -> p * eachStrong).toArray()))
                .feed(AUX_SUPERVISED_WEIGHTS, rows.onLabelled(eachLabelled))
                .feed(AUX_CONSISTENCY_WEIGHTS, rows.onStrong(auxiliaryWeights(confidence)))
                .pseudoLabels(pseudoLabels, psi)
                .build();
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    /** The weight ψ = γ·{@link #trust} of an image, but for {@link Weighing#MAIN_MATCHED}, whose γ follows the batch. */
    public double weight(double trust) {
        return options.weights().gamma() * trust;
    }

    /**
     * The margins m(k) [C] of a model with these predictions for all unlabelled images: σ(k) counts those whose confidence is ζ or
     * more, and β is theirs (the authors' code would take it from before).
     */
    public double[] margins(int[] pseudoLabels, double[] confidence) {
        LearningPace all = new LearningPace(pseudoLabels.length, classes);
        all.observe(
                IntStream.range(0, pseudoLabels.length).toArray(),
                pseudoLabels,
                confidence,
                options.counting().zeta());
        return options.margin().inConsistency() ? margin(all.relative()) : new double[classes];
    }

    private double[] margin(double[] beta) {
        return Margins.of(
                beta,
                options.margin().alpha(),
                options.margin().form(),
                options.margin().dynamicAlpha());
    }

    /** The confidence max softmax z_aux(weak(u_j)), by which decoupled label smoothing weighs; else the main head's. */
    @Override
    public double[] trust(WeakPredictions predictions) {
        return options.weights().by() == Weighing.AUXILIARY
                ? predictions.auxiliaryConfidence()
                : predictions.confidence();
    }

    /** A mean over all unlabelled images, or (authors' code) over the confident ones alone. */
    private double[] auxiliaryWeights(double[] confidence) {
        double[] mask = Arrays.stream(confidence)
                .map(c -> options.weights().auxiliaryOnAll()
                                || WeakPredictions.isConfident(
                                        c, options.counting().zeta())
                        ? 1
                        : 0)
                .toArray();
        double rows = Arrays.stream(mask).sum() * options.counting().strongViews();
        return Arrays.stream(mask).map(m -> rows == 0 ? 0 : m / rows).toArray();
    }

    @Override
    public void epochStarted() {
        if (options.counting().beforeBatch()) {
            pace.forget();
        }
    }

    @Override
    public Map<String, INDArray> state() {
        return pace.state();
    }

    @Override
    public void restore(Map<String, INDArray> state) {
        pace.restore(state);
    }

    /**
     * The method's settings; {@link #paper} and {@link #reference} are the two faithful sets, single changes the
     * ablations.
     */
    public record Options(Margin margin, Weights weights, Smoothing smoothing, Counting counting) {

        /** The settings of the paper. */
        public static Options paper(double alpha, double gamma, double zeta, double lambda) {
            return new Options(
                    new Margin(alpha, MarginForm.PAPER, true, true, true),
                    new Weights(gamma, Weighing.AUXILIARY, true),
                    new Smoothing(new LabelSmoothing(lambda, Form.PAPER), LabelSmoothing.NONE, true, true),
                    new Counting(zeta, false, 1));
        }

        /** The settings of the authors' code. */
        public static Options reference(double alpha, double gamma, double zeta, double lambda) {
            return new Options(
                    new Margin(alpha, MarginForm.REFERENCE, true, true, true),
                    new Weights(gamma, Weighing.AUXILIARY, false),
                    new Smoothing(new LabelSmoothing(lambda, Form.REFERENCE), LabelSmoothing.NONE, false, true),
                    new Counting(zeta, true, 2));
        }

        /** These settings without one part of the method. */
        public Options without(Part part) {
            return switch (part) {
                case BALANCED_MARGIN -> with(new Margin(margin.alpha, margin.form, false, false, margin.dynamicAlpha));
                case SUPERVISED_MARGIN ->
                    with(new Margin(margin.alpha, margin.form, false, margin.inConsistency, margin.dynamicAlpha));
                case DYNAMIC_ALPHA ->
                    with(new Margin(margin.alpha, margin.form, margin.inSupervised, margin.inConsistency, false));
                case DEBIASED_WEIGHTS -> with(new Weights(weights.gamma, Weighing.MAIN, weights.auxiliaryOnAll));
                case DEBIASED_RANKING ->
                    with(new Weights(weights.gamma, Weighing.MAIN_MATCHED, weights.auxiliaryOnAll));
                case AUXILIARY_SMOOTHING ->
                    with(new Smoothing(LabelSmoothing.NONE, smoothing.main, smoothing.ofLabels, smoothing.detached));
                case SMOOTHING_PLACE ->
                    with(new Smoothing(
                            LabelSmoothing.NONE, smoothing.auxiliary, smoothing.ofLabels, smoothing.detached));
                case DETACHMENT -> with(new Smoothing(smoothing.auxiliary, smoothing.main, smoothing.ofLabels, false));
            };
        }

        private Options with(Margin other) {
            return new Options(other, weights, smoothing, counting);
        }

        private Options with(Weights other) {
            return new Options(margin, other, smoothing, counting);
        }

        private Options with(Smoothing other) {
            return new Options(margin, weights, other, counting);
        }
    }

    /**
     * The settings of the balanced margin softmax's margin.
     *
     * @param alpha α, its base scale
     * @param form of Δ
     * @param inSupervised whether L_s carries it
     * @param inConsistency whether L_u carries it
     * @param dynamicAlpha whether α_t follows the spread of β
     */
    public record Margin(
            double alpha, MarginForm form, boolean inSupervised, boolean inConsistency, boolean dynamicAlpha) {}

    /**
     * The settings of the weights of unlabelled images.
     *
     * @param gamma γ, scale of ψ
     * @param by where ψ comes from
     * @param auxiliaryOnAll whether L_u' is a mean over all unlabelled images (else over the confident ones)
     */
    public record Weights(double gamma, Weighing by, boolean auxiliaryOnAll) {}

    /**
     * The settings of label smoothing and of the auxiliary head, which it is for.
     *
     * @param auxiliary of pseudo-labels on the auxiliary head
     * @param main of pseudo-labels on the main head
     * @param ofLabels whether true labels are smoothed like the pseudo-labels of their head
     * @param detached whether the auxiliary loss leaves the features alone
     */
    public record Smoothing(LabelSmoothing auxiliary, LabelSmoothing main, boolean ofLabels, boolean detached) {}

    /**
     * The settings of how a step's pseudo-labels are counted.
     *
     * @param zeta ζ, confidence from which a pseudo-label counts for the pace
     * @param beforeBatch the authors' code: β from before this batch, memory emptied every epoch
     * @param strongViews 1 or 2
     */
    public record Counting(double zeta, boolean beforeBatch, int strongViews) {}

    /** The head whose confidence ψ follows. */
    public enum Weighing {
        /** The auxiliary head, as decoupled label smoothing has it. */
        AUXILIARY,
        /** The main head. */
        MAIN,
        /** The main head, with a γ that gives the batch the mean weight that the auxiliary head would give it. */
        MAIN_MATCHED
    }

    /** The parts of the method that the ablation study (Table 6) takes away, and a control of it. */
    public enum Part {
        /** The margin in both losses: plain cross-entropy. */
        BALANCED_MARGIN,
        /** The margin in L_s. */
        SUPERVISED_MARGIN,
        /** The dynamic scale of the margin: α_t = α instead of following the spread of β. */
        DYNAMIC_ALPHA,
        /** Decoupled label smoothing: ψ comes from the main head. */
        DEBIASED_WEIGHTS,
        /**
         * The ranking of images by decoupled label smoothing, but not how much the unlabelled loss counts, which
         * it lowers too: {@link Weighing#MAIN_MATCHED}.
         */
        DEBIASED_RANKING,
        /** Label smoothing on the auxiliary head. */
        AUXILIARY_SMOOTHING,
        /** The place of label smoothing: it moves to the main head. */
        SMOOTHING_PLACE,
        /** The detachment of the auxiliary head: its loss changes the features too. */
        DETACHMENT
    }
}

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
        return new Views(true, options.strongViews());
    }

    @Override
    public List<String> lossParts() {
        return List.of(SUPERVISED, CONSISTENCY, AUX_SUPERVISED, AUX_CONSISTENCY);
    }

    @Override
    public SDVariable loss(LossGraph g) {
        SDVariable targets = g.classIndices("targets");
        LabelSmoothing main = options.mainSmoothing();
        LabelSmoothing mainSupervised = options.smoothSupervised() ? main : LabelSmoothing.NONE;
        SDVariable supervised = BalancedMarginSoftmax.of(
                SUPERVISED,
                g.logits(),
                targets,
                g.vector("margin.supervised"),
                g.vector("weight.supervised"),
                mainSupervised.onTarget(classes),
                mainSupervised.offTarget(classes));
        SDVariable consistency = BalancedMarginSoftmax.of(
                CONSISTENCY,
                g.logits(),
                targets,
                g.vector("margin.consistency"),
                g.vector("weight.consistency"),
                main.onTarget(classes),
                main.offTarget(classes));
        SDVariable auxSupervised = auxiliary(
                g,
                AUX_SUPERVISED,
                targets,
                g.vector("weight.auxiliary.supervised"),
                options.smoothSupervised() ? options.smoothing() : LabelSmoothing.NONE);
        SDVariable auxConsistency =
                auxiliary(g, AUX_CONSISTENCY, targets, g.vector("weight.auxiliary.consistency"), options.smoothing());
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
                options.detachAuxiliary());
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
        WeakPredictions q = unlabelled.predictions();
        int[] pseudoLabels = q.pseudoLabels();
        double[] confidence = q.confidence();

        double[] beta;
        if (options.paceBeforeBatch()) {
            beta = pace.relativeUnlessUniform();
            pace.observe(unlabelled.images(), pseudoLabels, confidence, options.zeta());
        } else {
            pace.observe(unlabelled.images(), pseudoLabels, confidence, options.zeta());
            beta = pace.relative();
        }
        double[] margin = margin(beta);
        double[] noMargin = new double[classes];

        double matched =
                options.weighing() == Weighing.MAIN_MATCHED ? mean(q.auxiliaryConfidence()) / mean(confidence) : 1;
        double[] psi =
                Arrays.stream(trust(q)).map(trust -> matched * weight(trust)).toArray();

        Rows rows = new Rows(labels.length, pseudoLabels.length, options.strongViews());
        double eachLabelled = 1.0 / labels.length;
        double eachStrong = 1.0 / (pseudoLabels.length * options.strongViews());
        return new StepTargets.Builder()
                .classIndices("targets", rows.classes(labels, pseudoLabels))
                .vector("margin.supervised", options.marginInSupervised() ? margin : noMargin)
                .vector("margin.consistency", options.marginInConsistency() ? margin : noMargin)
                .vector("weight.supervised", rows.onLabelled(eachLabelled))
                .vector(
                        "weight.consistency",
                        rows.onStrong(
                                Arrays.stream(psi).map(p -> p * eachStrong).toArray()))
                .vector("weight.auxiliary.supervised", rows.onLabelled(eachLabelled))
                .vector("weight.auxiliary.consistency", rows.onStrong(auxiliaryWeights(confidence)))
                .pseudoLabels(pseudoLabels, psi)
                .build();
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    /**
     * The weight ψ = γ·{@link #trust} of an image, but for {@link Weighing#MAIN_MATCHED}, whose γ follows the batch.
     */
    public double weight(double trust) {
        return options.gamma() * trust;
    }

    /**
     * The margins m(k) [C] of a model with these predictions for all unlabelled images: σ(k) counts those whose
     * confidence is ζ or more, and β is theirs (the authors' code would take it from before).
     */
    public double[] margins(int[] pseudoLabels, double[] confidence) {
        LearningPace all = new LearningPace(pseudoLabels.length, classes);
        all.observe(IntStream.range(0, pseudoLabels.length).toArray(), pseudoLabels, confidence, options.zeta());
        return options.marginInConsistency() ? margin(all.relative()) : new double[classes];
    }

    private double[] margin(double[] beta) {
        return Margins.of(beta, options.alpha(), options.margin(), options.dynamicAlpha());
    }

    /**
     * The confidence max softmax z_aux(weak(u_j)), by which decoupled label smoothing weighs; without it the main
     * head's.
     */
    @Override
    public double[] trust(WeakPredictions predictions) {
        return options.weighing() == Weighing.AUXILIARY ? predictions.auxiliaryConfidence() : predictions.confidence();
    }

    /** A mean over all unlabelled images, or (authors' code) over the confident ones alone. */
    private double[] auxiliaryWeights(double[] confidence) {
        double[] mask = Arrays.stream(confidence)
                .map(c -> options.auxiliaryOnAll() || WeakPredictions.isConfident(c, options.zeta()) ? 1 : 0)
                .toArray();
        double rows = Arrays.stream(mask).sum() * options.strongViews();
        return Arrays.stream(mask).map(m -> rows == 0 ? 0 : m / rows).toArray();
    }

    @Override
    public void epochStarted() {
        if (options.paceBeforeBatch()) {
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
     *
     * @param alpha α, base scale of the margin
     * @param gamma γ, scale of the weights ψ
     * @param zeta ζ, confidence from which a pseudo-label counts for the pace
     * @param smoothing of pseudo-labels on the auxiliary head
     * @param mainSmoothing of pseudo-labels on the main head
     * @param smoothSupervised whether true labels are smoothed like the pseudo-labels of their head
     * @param margin the form of Δ
     * @param marginInSupervised whether L_s carries the margin
     * @param marginInConsistency whether L_u carries the margin
     * @param dynamicAlpha whether α_t follows the spread of β
     * @param weighing where ψ comes from
     * @param detachAuxiliary whether the auxiliary loss leaves the features alone
     * @param auxiliaryOnAll whether L_u' is a mean over all unlabelled images (else over the confident ones)
     * @param paceBeforeBatch the authors' code: β from before this batch, memory emptied every epoch
     * @param strongViews 1 or 2
     */
    public record Options(
            double alpha,
            double gamma,
            double zeta,
            LabelSmoothing smoothing,
            LabelSmoothing mainSmoothing,
            boolean smoothSupervised,
            MarginForm margin,
            boolean marginInSupervised,
            boolean marginInConsistency,
            boolean dynamicAlpha,
            Weighing weighing,
            boolean detachAuxiliary,
            boolean auxiliaryOnAll,
            boolean paceBeforeBatch,
            int strongViews) {

        /** The settings of the paper. */
        public static Options paper(double alpha, double gamma, double zeta, double lambda) {
            return new Options(
                    alpha,
                    gamma,
                    zeta,
                    new LabelSmoothing(lambda, Form.PAPER),
                    LabelSmoothing.NONE,
                    true,
                    MarginForm.PAPER,
                    true,
                    true,
                    true,
                    Weighing.AUXILIARY,
                    true,
                    true,
                    false,
                    1);
        }

        /** The settings of the authors' code. */
        public static Options reference(double alpha, double gamma, double zeta, double lambda) {
            return new Options(
                    alpha,
                    gamma,
                    zeta,
                    new LabelSmoothing(lambda, Form.REFERENCE),
                    LabelSmoothing.NONE,
                    false,
                    MarginForm.REFERENCE,
                    true,
                    true,
                    true,
                    Weighing.AUXILIARY,
                    true,
                    false,
                    true,
                    2);
        }

        /** These settings without one part of the method. */
        public Options without(Part part) {
            boolean margin = part != Part.BALANCED_MARGIN;
            return new Options(
                    alpha,
                    gamma,
                    zeta,
                    part == Part.AUXILIARY_SMOOTHING || part == Part.SMOOTHING_PLACE ? LabelSmoothing.NONE : smoothing,
                    part == Part.SMOOTHING_PLACE ? smoothing : mainSmoothing,
                    smoothSupervised,
                    this.margin,
                    marginInSupervised && margin && part != Part.SUPERVISED_MARGIN,
                    marginInConsistency && margin,
                    dynamicAlpha && part != Part.DYNAMIC_ALPHA,
                    part == Part.DEBIASED_WEIGHTS
                            ? Weighing.MAIN
                            : part == Part.DEBIASED_RANKING ? Weighing.MAIN_MATCHED : weighing,
                    detachAuxiliary && part != Part.DETACHMENT,
                    auxiliaryOnAll,
                    paceBeforeBatch,
                    strongViews);
        }
    }

    /** The head whose confidence ψ follows. */
    public enum Weighing {
        /** The auxiliary head's: decoupled label smoothing. */
        AUXILIARY,
        /** The main head's. */
        MAIN,
        /** The main head's, with a γ that gives the batch the mean weight that the auxiliary head would give it. */
        MAIN_MATCHED
    }

    /** The parts of the method that the ablation study (Table 6) takes away, and a control of it. */
    public enum Part {
        /** The margin in both losses: plain cross-entropy. */
        BALANCED_MARGIN,
        /** The margin in L_s. */
        SUPERVISED_MARGIN,
        /** α_t = α instead of following the spread of β. */
        DYNAMIC_ALPHA,
        /** Decoupled label smoothing: ψ comes from the main head. */
        DEBIASED_WEIGHTS,
        /**
         * The ranking of images by decoupled label smoothing, but not how much the unlabelled loss counts, which it
         * lowers too: {@link Weighing#MAIN_MATCHED}.
         */
        DEBIASED_RANKING,
        /** Label smoothing on the auxiliary head. */
        AUXILIARY_SMOOTHING,
        /** The place of label smoothing: it moves to the main head. */
        SMOOTHING_PLACE,
        /** The auxiliary loss changes the features too. */
        DETACHMENT
    }
}

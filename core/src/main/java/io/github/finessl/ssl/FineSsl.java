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
        return new Views(true, options.unlabelled().strongViews());
    }

    @Override
    public List<String> lossParts() {
        return List.of(SUPERVISED, CONSISTENCY, AUX_SUPERVISED, AUX_CONSISTENCY);
    }

    @Override
    public SDVariable loss(LossGraph g) {
        SDVariable targets = g.classIndices("targets");
        LabelSmoothing main = options.heads().mainSmoothing();
        LabelSmoothing mainSupervised = options.heads().smoothSupervised() ? main : LabelSmoothing.NONE;
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
                options.heads().smoothSupervised() ? options.heads().auxiliarySmoothing() : LabelSmoothing.NONE);
        SDVariable auxConsistency = auxiliary(
                g,
                AUX_CONSISTENCY,
                targets,
                g.vector("weight.auxiliary.consistency"),
                options.heads().auxiliarySmoothing());
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
                options.heads().detachAuxiliary());
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
        WeakPredictions q = unlabelled.predictions();
        int[] pseudoLabels = q.pseudoLabels();
        double[] confidence = q.confidence();

        double[] beta;
        if (options.pace().beforeBatch()) {
            beta = pace.relativeUnlessUniform();
            pace.observe(
                    unlabelled.images(),
                    pseudoLabels,
                    confidence,
                    options.pace().zeta());
        } else {
            pace.observe(
                    unlabelled.images(),
                    pseudoLabels,
                    confidence,
                    options.pace().zeta());
            beta = pace.relative();
        }
        double[] margin = margin(beta);
        double[] noMargin = new double[classes];

        double matched = options.unlabelled().weighing() == Weighing.MAIN_MATCHED
                ? mean(q.auxiliaryConfidence()) / mean(confidence)
                : 1;
        double[] psi =
                Arrays.stream(trust(q)).map(trust -> matched * weight(trust)).toArray();

        Rows rows = new Rows(
                labels.length, pseudoLabels.length, options.unlabelled().strongViews());
        double eachLabelled = 1.0 / labels.length;
        double eachStrong = 1.0 / (pseudoLabels.length * options.unlabelled().strongViews());
        return new StepTargets.Builder()
                .classIndices("targets", rows.classes(labels, pseudoLabels))
                .vector("margin.supervised", options.margin().inSupervised() ? margin : noMargin)
                .vector("margin.consistency", options.margin().inConsistency() ? margin : noMargin)
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
        return options.unlabelled().gamma() * trust;
    }

    /**
     * The margins m(k) [C] of a model with these predictions for all unlabelled images: σ(k) counts those whose
     * confidence is ζ or more, and β is theirs (the authors' code would take it from before).
     */
    public double[] margins(int[] pseudoLabels, double[] confidence) {
        LearningPace all = new LearningPace(pseudoLabels.length, classes);
        all.observe(
                IntStream.range(0, pseudoLabels.length).toArray(),
                pseudoLabels,
                confidence,
                options.pace().zeta());
        return options.margin().inConsistency() ? margin(all.relative()) : new double[classes];
    }

    private double[] margin(double[] beta) {
        return Margins.of(
                beta,
                options.margin().alpha(),
                options.margin().form(),
                options.margin().dynamicAlpha());
    }

    /**
     * The confidence max softmax z_aux(weak(u_j)), by which decoupled label smoothing weighs; without it the main
     * head's.
     */
    @Override
    public double[] trust(WeakPredictions predictions) {
        return options.unlabelled().weighing() == Weighing.AUXILIARY
                ? predictions.auxiliaryConfidence()
                : predictions.confidence();
    }

    /** A mean over all unlabelled images, or (authors' code) over the confident ones alone. */
    private double[] auxiliaryWeights(double[] confidence) {
        double[] mask = Arrays.stream(confidence)
                .map(c -> options.unlabelled().auxiliaryOnAll()
                                || WeakPredictions.isConfident(c, options.pace().zeta())
                        ? 1
                        : 0)
                .toArray();
        double rows = Arrays.stream(mask).sum() * options.unlabelled().strongViews();
        return Arrays.stream(mask).map(m -> rows == 0 ? 0 : m / rows).toArray();
    }

    @Override
    public void epochStarted() {
        if (options.pace().beforeBatch()) {
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
     * @param margin of the balanced margin softmax
     * @param pace that the margin follows
     * @param unlabelled how unlabelled images count
     * @param heads how the two heads are trained
     */
    public record Options(Margin margin, Pace pace, Unlabelled unlabelled, Heads heads) {

        /**
         * The settings of the margin.
         *
         * @param alpha α, its base scale
         * @param dynamicAlpha whether α_t follows the spread of β
         * @param form the form of Δ
         * @param inSupervised whether L_s carries the margin
         * @param inConsistency whether L_u carries the margin
         */
        public record Margin(
                double alpha, boolean dynamicAlpha, MarginForm form, boolean inSupervised, boolean inConsistency) {

            private Margin in(boolean supervised, boolean consistency) {
                return new Margin(alpha, dynamicAlpha, form, supervised, consistency);
            }
        }

        /**
         * The settings of the learning pace.
         *
         * @param zeta ζ, confidence from which a pseudo-label counts
         * @param beforeBatch the authors' code: β from before this batch, memory emptied every epoch
         */
        public record Pace(double zeta, boolean beforeBatch) {}

        /**
         * The settings of the losses on unlabelled images.
         *
         * @param gamma γ, scale of the weights ψ
         * @param weighing where ψ comes from
         * @param auxiliaryOnAll whether L_u' is a mean over all unlabelled images (else over the confident ones)
         * @param strongViews 1 or 2
         */
        public record Unlabelled(double gamma, Weighing weighing, boolean auxiliaryOnAll, int strongViews) {

            private Unlabelled weighedBy(Weighing other) {
                return new Unlabelled(gamma, other, auxiliaryOnAll, strongViews);
            }
        }

        /**
         * The settings of the two heads.
         *
         * @param auxiliarySmoothing of pseudo-labels on the auxiliary head
         * @param mainSmoothing of pseudo-labels on the main head
         * @param smoothSupervised whether true labels are smoothed like the pseudo-labels of their head
         * @param detachAuxiliary whether the auxiliary loss leaves the features alone
         */
        public record Heads(
                LabelSmoothing auxiliarySmoothing,
                LabelSmoothing mainSmoothing,
                boolean smoothSupervised,
                boolean detachAuxiliary) {

            private Heads smoothed(LabelSmoothing auxiliary, LabelSmoothing main) {
                return new Heads(auxiliary, main, smoothSupervised, detachAuxiliary);
            }
        }

        /** The settings of the paper. */
        public static Options paper(double alpha, double gamma, double zeta, double lambda) {
            return new Options(
                    new Margin(alpha, true, MarginForm.PAPER, true, true),
                    new Pace(zeta, false),
                    new Unlabelled(gamma, Weighing.AUXILIARY, true, 1),
                    new Heads(new LabelSmoothing(lambda, Form.PAPER), LabelSmoothing.NONE, true, true));
        }

        /** The settings of the authors' code. */
        public static Options reference(double alpha, double gamma, double zeta, double lambda) {
            return new Options(
                    new Margin(alpha, true, MarginForm.REFERENCE, true, true),
                    new Pace(zeta, true),
                    new Unlabelled(gamma, Weighing.AUXILIARY, false, 2),
                    new Heads(new LabelSmoothing(lambda, Form.REFERENCE), LabelSmoothing.NONE, false, true));
        }

        /** These settings without one part of the method. */
        public Options without(Part part) {
            return switch (part) {
                case BALANCED_MARGIN -> with(margin.in(false, false));
                case SUPERVISED_MARGIN -> with(margin.in(false, margin.inConsistency()));
                case DYNAMIC_ALPHA ->
                    with(new Margin(
                            margin.alpha(), false, margin.form(), margin.inSupervised(), margin.inConsistency()));
                case DEBIASED_WEIGHTS -> with(unlabelled.weighedBy(Weighing.MAIN));
                case DEBIASED_RANKING -> with(unlabelled.weighedBy(Weighing.MAIN_MATCHED));
                case AUXILIARY_SMOOTHING -> with(heads.smoothed(LabelSmoothing.NONE, heads.mainSmoothing()));
                case SMOOTHING_PLACE -> with(heads.smoothed(LabelSmoothing.NONE, heads.auxiliarySmoothing()));
                case DETACHMENT ->
                    with(new Heads(heads.auxiliarySmoothing(), heads.mainSmoothing(), heads.smoothSupervised(), false));
            };
        }

        private Options with(Margin other) {
            return new Options(other, pace, unlabelled, heads);
        }

        private Options with(Unlabelled other) {
            return new Options(margin, pace, other, heads);
        }

        private Options with(Heads other) {
            return new Options(margin, pace, unlabelled, other);
        }
    }

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
         * The ranking of images by decoupled label smoothing, but not how much the unlabelled loss counts, which it
         * lowers too: {@link Weighing#MAIN_MATCHED}.
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

package io.github.finessl.ssl;

import io.github.finessl.op.AuxiliaryLoss;
import io.github.finessl.op.BalancedMarginSoftmax;
import io.github.finessl.ssl.LabelSmoothing.Form;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * SemiKD: a student learns from its own pseudo-labels as FineSSL does, and from a frozen FineSSL teacher, the more from the
 * latter the better that is. It is an extension in the authors' code of FineSSL (github Gank0078/FineSSL), not in a paper,
 * and takes the forms of that code whatever the fidelity: β from before the batch, margin (1-β)/(1+β), smoothing λ/(C-1).
 *
 * <pre>
 *   q, q' = softmax of main and auxiliary logits of weak(u);  ŷ = argmax q,  p, p' and ŷ_T likewise of the teacher
 *   r    = mean CE(z_T(strong(u)), ŷ_T) / mean CE(z(strong(u)), ŷ)
 *   a    = clip(d·a + (1-d)·r̄·a, 0, 1) every E steps, r̄ the mean of r since the last time; a = .5 at first
 *   m(k) = 10·a·(max β - min β)·(1-β(k))/(1+β(k))
 *   L_s  = mean BMS(z(x), y)                                 L_s' = mean CE(z'(x), y)
 *   KD   = mean -Σ_k p_k·log q_k                             KD'  = mean -Σ_k p'_k·log q'_k
 *   L_u  = mean max q'_j·BMS(z(strong(u_j)), ŷ_j)            L_u' = mean over max q_j ≥ ζ of CE(z'(strong(u_j)), e(ŷ_j))
 *   L    = L_s + L_s' + 5·[(KD + KD')·(1-a) + (L_u + L_u')·a]
 * </pre>
 *
 * <p>The authors have d = .99, E = 10; with an m of {@link Averaging} below .999, the changes keep pace with a shorter run:
 * E = .01/(1-m), rounded, but at least 1, and d = 1 - E·(1-m). The authors take μ = 2 unlabelled images for each labelled
 * one ({@code -Dmu=2}).
 */
public final class SemiKd implements Method {
    private static final String SUPERVISED = "loss.supervised";
    private static final String AUX_SUPERVISED = "loss.auxiliary.supervised";
    private static final String DISTILLATION = "loss.distillation";
    private static final String AUX_DISTILLATION = "loss.auxiliary.distillation";
    private static final String CONSISTENCY = "loss.consistency";
    private static final String AUX_CONSISTENCY = "loss.auxiliary.consistency";
    private static final String BALANCE = "distillation.balance";

    private static final Feed.ClassIndices TARGETS = new Feed.ClassIndices("targets");
    static final Feed.Vector MARGIN = new Feed.Vector("margin");
    private static final Feed.Vector SUPERVISED_WEIGHTS = new Feed.Vector("weight.supervised");
    private static final Feed.Vector DISTILLATION_WEIGHTS = new Feed.Vector("weight.distillation");
    private static final Feed.Vector CONSISTENCY_WEIGHTS = new Feed.Vector("weight.consistency");
    private static final Feed.Vector AUX_CONSISTENCY_WEIGHTS = new Feed.Vector("weight.auxiliary.consistency");
    private static final Feed.Distributions TEACHER = new Feed.Distributions("teacher");
    private static final Feed.Distributions AUX_TEACHER = new Feed.Distributions("teacher.auxiliary");

    private static final double ALPHA = 10;
    private static final double UNLABELLED = 5;
    private static final int WEAK = 0;
    private static final int STRONG = 1;

    private final double zeta;
    private final LabelSmoothing smoothing;
    private final int classes;
    private final int every;
    private final double decay;
    private final LearningPace pace;
    private long step;
    private double a = 0.5;
    private double ratios;
    private int ratioCount;

    /**
     * Creates the method for a run over {@code unlabelled} images of {@code classes} classes with threshold ζ and
     * smoothing λ.
     */
    public SemiKd(double zeta, double lambda, Averaging averaging, int unlabelled, int classes) {
        this(zeta, lambda, unlabelled, classes, averaging.stepsBetweenChanges(), averaging.decayOfChange());
    }

    /**
     * @param every E
     * @param decay d
     */
    SemiKd(double zeta, double lambda, int unlabelled, int classes, int every, double decay) {
        this.zeta = zeta;
        this.smoothing = new LabelSmoothing(lambda, Form.REFERENCE);
        this.classes = classes;
        this.every = every;
        this.decay = decay;
        this.pace = new LearningPace(unlabelled, classes);
    }

    @Override
    public Views views() {
        return new Views(true, 1, true, true);
    }

    @Override
    public List<String> lossParts() {
        return List.of(SUPERVISED, AUX_SUPERVISED, DISTILLATION, AUX_DISTILLATION, CONSISTENCY, AUX_CONSISTENCY);
    }

    @Override
    public SDVariable loss(LossGraph g) {
        SDVariable targets = g.placeholder(TARGETS);
        SDVariable margin = g.placeholder(MARGIN);
        SDVariable onLabelled = g.placeholder(SUPERVISED_WEIGHTS);
        SDVariable onWeak = g.placeholder(DISTILLATION_WEIGHTS);
        SDVariable supervised = BalancedMarginSoftmax.of(SUPERVISED, g.logits(), targets, margin, onLabelled);
        SDVariable consistency =
                BalancedMarginSoftmax.of(CONSISTENCY, g.logits(), targets, margin, g.placeholder(CONSISTENCY_WEIGHTS));
        SDVariable noMargin =
                g.logits().getSameDiff().constant(DISTILLATION + ".margin", Nd4j.zeros(onWeak.dataType(), classes));
        SDVariable distillation =
                BalancedMarginSoftmax.of(DISTILLATION, g.logits(), g.placeholder(TEACHER), noMargin, onWeak);
        LossGraph.Head head = g.auxiliary().get();
        SDVariable auxDistillation = AuxiliaryLoss.of(
                AUX_DISTILLATION,
                g.features(),
                head.weight(),
                head.scale(),
                g.placeholder(AUX_TEACHER),
                onWeak,
                1,
                0,
                true);
        return supervised
                .add(auxiliary(g, AUX_SUPERVISED, targets, onLabelled, LabelSmoothing.NONE))
                .add(distillation)
                .add(auxDistillation)
                .add(consistency)
                .add("loss", auxiliary(g, AUX_CONSISTENCY, targets, g.placeholder(AUX_CONSISTENCY_WEIGHTS), smoothing));
    }

    private SDVariable auxiliary(
            LossGraph g, String name, SDVariable targets, SDVariable weights, LabelSmoothing smoothed) {
        LossGraph.Head head = g.auxiliary().get();
        return AuxiliaryLoss.of(
                name,
                g.features(),
                head.weight(),
                head.scale(),
                targets,
                weights,
                smoothed.onTarget(classes),
                smoothed.offTarget(classes),
                true);
    }

    @Override
    public void stepStarted(long now, long steps) {
        step = now;
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
        WeakPredictions q = unlabelled.predictions();
        WeakPredictions p = unlabelled.teacher();
        int[] pseudoLabels = q.pseudoLabels();
        balance(disagreement(p, unlabelled.teacherStrong()) / disagreement(q, unlabelled.strong()));

        double[] beta = pace.relativeUnlessUniform();
        pace.observe(unlabelled.images(), pseudoLabels, q.confidence(), zeta);

        int u = pseudoLabels.length;
        double[] psi = trust(q);
        double[] mask = q.confident(zeta);
        double confident = Arrays.stream(mask).sum();
        Rows rows = new Rows(labels.length, u, 2);
        return new StepTargets.Builder()
                .feed(TARGETS, rows.classes(labels, pseudoLabels))
                .feed(MARGIN, Margins.of(beta, ALPHA * a, MarginForm.REFERENCE, true))
                .feed(SUPERVISED_WEIGHTS, rows.onLabelled(1.0 / labels.length))
                .feed(DISTILLATION_WEIGHTS, rows.onView(WEAK, scaled(ones(u), UNLABELLED * (1 - a) / u)))
                .feed(CONSISTENCY_WEIGHTS, rows.onView(STRONG, scaled(psi, UNLABELLED * a / u)))
                .feed(
                        AUX_CONSISTENCY_WEIGHTS,
                        rows.onView(STRONG, scaled(mask, confident == 0 ? 0 : UNLABELLED * a / confident)))
                .feed(TEACHER, onWeakRows(labels.length, p.main()))
                .feed(AUX_TEACHER, onWeakRows(labels.length, p.auxiliary()))
                .pseudoLabels(pseudoLabels, psi)
                .build();
    }

    @Override
    public double[] trust(WeakPredictions predictions) {
        return predictions.auxiliaryConfidence();
    }

    /** Takes in r, and moves a when it is time. */
    private void balance(double ratio) {
        if (Double.isFinite(ratio)) { // a student without any loss on its batch says nothing
            ratios += ratio;
            ratioCount++;
        }
        if (ratioCount > 0 && step % every == 0) {
            a = Math.min(Math.max(decay * a + (1 - decay) * ratios / ratioCount * a, 0), 1);
            ratios = 0;
            ratioCount = 0;
        }
    }

    /** mean CE(z(strong(u)), argmax z(weak(u))). */
    private static double disagreement(WeakPredictions weak, WeakPredictions strong) {
        int[] labels = weak.pseudoLabels();
        double sum = 0;
        for (int j = 0; j < labels.length; j++) {
            sum -= Math.log(strong.main()[j][labels[j]]);
        }
        return sum / labels.length;
    }

    private double[][] onWeakRows(int labelled, double[][] p) {
        double[][] rows = new double[labelled + 2 * p.length][classes];
        System.arraycopy(p, 0, rows, labelled, p.length);
        return rows;
    }

    private static double[] ones(int count) {
        double[] ones = new double[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static double[] scaled(double[] values, double factor) {
        return Arrays.stream(values).map(value -> value * factor).toArray();
    }

    @Override
    public void epochStarted() {
        pace.forget();
    }

    @Override
    public Map<String, INDArray> state() {
        Map<String, INDArray> state = new LinkedHashMap<>(pace.state());
        state.put(BALANCE, Nd4j.createFromArray(new double[] {a, ratios, ratioCount}));
        return state;
    }

    @Override
    public void restore(Map<String, INDArray> state) {
        INDArray saved = state.get(BALANCE);
        if (saved == null || saved.rank() != 1 || saved.length() != 3) {
            throw new IllegalArgumentException("its " + BALANCE + " should be a vector of 3, but is "
                    + (saved == null ? "missing" : Arrays.toString(saved.shape())));
        }
        pace.restore(state);
        a = saved.getDouble(0);
        ratios = saved.getDouble(1);
        ratioCount = saved.getInt(2);
    }
}

package io.github.finessl.ssl;

import io.github.finessl.op.AuxiliaryLoss;
import io.github.finessl.op.BalancedMarginSoftmax;
import io.github.finessl.ssl.LabelSmoothing.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * V-PET (Zhang, Mai, Nguyen and Chao, "Revisiting Semi-Supervised Learning in the Era of Foundation Models", NeurIPS 2025,
 * arXiv 2503.09707): models that were trained on the labels alone, each with another way of fine-tuning or another encoder,
 * vote on every unlabelled image once, and one more model learns from the labels and the votes.
 *
 * <pre>
 *   v_mj = argmax z_m(u_j) of the members m = 1..M, for the image as it is, in each member's own size and normalisation
 *   p_j  = mean_m onehot(v_mj)               hard: onehot of the class of most votes; of several, the earliest member's
 *   L_s  = mean CE(z(x), y)
 *   L_u  = mean w_j·(-Σ_k p_jk·log softmax z(strong(u_j))_k),  w_j = 1
 *   L    = L_s + L_u
 *
 *   weighted as in {@link FineSsl}:  w_j = γ·max softmax z'(weak(u_j)),  e(p) = (1-λ)·p + λ/C
 *   L    = L_s + L_u + mean CE(z'(x), e(y)) + mean CE(z'(strong(u_j)), e(p_j)),  the latter two without gradient to f
 * </pre>
 *
 * <p>The authors' code differs: its targets are a softmax of the counts, in which a class of ten that both of two members
 * vote for has .45; it trains on weak and strong views of unlabelled images alone, among which the labelled ones are; and its
 * members' predictions are logits averaged over ten weak views.
 */
public final class VPet implements Method {
    private static final String SUPERVISED = "loss.supervised";
    private static final String CONSISTENCY = "loss.consistency";
    private static final String AUX_SUPERVISED = "loss.auxiliary.supervised";
    private static final String AUX_CONSISTENCY = "loss.auxiliary.consistency";
    private static final String VOTES = "members.votes";

    private static final Feed.Distributions TARGETS = new Feed.Distributions("targets");
    private static final Feed.Distributions AUX_TARGETS = new Feed.Distributions("targets.auxiliary");
    private static final Feed.Vector SUPERVISED_WEIGHTS = new Feed.Vector("weight.supervised");
    private static final Feed.Vector CONSISTENCY_WEIGHTS = new Feed.Vector("weight.consistency");
    private static final Feed.Vector AUX_CONSISTENCY_WEIGHTS = new Feed.Vector("weight.auxiliary.consistency");

    /** The targets that are made of the members' votes. */
    public enum Targets {
        /** The share of the votes that each class has. */
        SOFT,
        /** The class of most votes alone. */
        HARD
    }

    private final Targets kind;
    private final OptionalDouble gamma;
    private final LabelSmoothing smoothing;
    private final int unlabelled;
    private final int classes;
    private int[][] votes = {};

    /** Creates the method for a run over {@code unlabelled} images of {@code classes} classes. */
    public VPet(Targets kind, int unlabelled, int classes) {
        this(kind, OptionalDouble.empty(), LabelSmoothing.NONE, unlabelled, classes);
    }

    private VPet(Targets kind, OptionalDouble gamma, LabelSmoothing smoothing, int unlabelled, int classes) {
        this.kind = kind;
        this.gamma = gamma;
        this.smoothing = smoothing;
        this.unlabelled = unlabelled;
        this.classes = classes;
    }

    /** Creates the method with soft targets, and with FineSSL's weights, γ and λ, of unlabelled images. */
    public static VPet weighted(double gamma, double lambda, int unlabelled, int classes) {
        return new VPet(
                Targets.SOFT, OptionalDouble.of(gamma), new LabelSmoothing(lambda, Form.PAPER), unlabelled, classes);
    }

    @Override
    public Views views() {
        return new Views(gamma.isPresent(), 1);
    }

    @Override
    public List<String> lossParts() {
        return gamma.isPresent()
                ? List.of(SUPERVISED, CONSISTENCY, AUX_SUPERVISED, AUX_CONSISTENCY)
                : List.of(SUPERVISED, CONSISTENCY);
    }

    @Override
    public SDVariable loss(LossGraph g) {
        SDVariable targets = g.placeholder(TARGETS);
        SDVariable onLabelled = g.placeholder(SUPERVISED_WEIGHTS);
        SDVariable noMargin =
                g.graph().constant("no.margin", Nd4j.zeros(g.features().dataType(), classes));
        SDVariable supervised = BalancedMarginSoftmax.of(SUPERVISED, g.logits(), targets, noMargin, onLabelled);
        SDVariable consistency = BalancedMarginSoftmax.of(
                CONSISTENCY, g.logits(), targets, noMargin, g.placeholder(CONSISTENCY_WEIGHTS));
        if (gamma.isEmpty()) {
            return supervised.add("loss", consistency);
        }
        SDVariable smoothed = g.placeholder(AUX_TARGETS);
        return supervised
                .add(consistency)
                .add(auxiliary(g, AUX_SUPERVISED, smoothed, onLabelled))
                .add("loss", auxiliary(g, AUX_CONSISTENCY, smoothed, g.placeholder(AUX_CONSISTENCY_WEIGHTS)));
    }

    private static SDVariable auxiliary(LossGraph g, String name, SDVariable smoothed, SDVariable weights) {
        LossGraph.Head head = g.auxiliary().get();
        return AuxiliaryLoss.of(name, g.features(), head.weight(), head.scale(), smoothed, weights, 1, 0, true);
    }

    @Override
    public boolean polls() {
        return true;
    }

    @Override
    public void polled(int[][] ofMembers) {
        votes = ofMembers;
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch batch) {
        int[] images = batch.images();
        int[] pseudoLabels = Arrays.stream(images).map(this::winner).toArray();
        double[] ones = new double[images.length];
        Arrays.fill(ones, 1);
        double[] weights = gamma.isEmpty()
                ? ones
                : Arrays.stream(trust(batch.predictions()))
                        .map(trust -> gamma.getAsDouble() * trust)
                        .toArray();
        Rows rows = new Rows(labels.length, images.length, 1);
        double[][] targets = new double[labels.length + images.length][];
        Arrays.setAll(targets, row -> row < labels.length ? oneHot(labels[row]) : target(images[row - labels.length]));
        StepTargets.Builder step = new StepTargets.Builder()
                .feed(TARGETS, targets)
                .feed(SUPERVISED_WEIGHTS, rows.onLabelled(1.0 / labels.length))
                .feed(CONSISTENCY_WEIGHTS, rows.onStrong(mean(weights)))
                .pseudoLabels(pseudoLabels, weights);
        if (gamma.isPresent()) {
            step.feed(AUX_TARGETS, Arrays.stream(targets).map(this::smoothed).toArray(double[][]::new))
                    .feed(AUX_CONSISTENCY_WEIGHTS, rows.onStrong(mean(ones)));
        }
        return step.build();
    }

    private static double[] mean(double[] weights) {
        return Arrays.stream(weights).map(w -> w / weights.length).toArray();
    }

    @Override
    public double[] trust(WeakPredictions predictions) {
        return gamma.isPresent() ? predictions.auxiliaryConfidence() : predictions.confidence();
    }

    /** p_j of the image at a position of the unlabelled set. */
    double[] target(int image) {
        return kind == Targets.HARD ? oneHot(winner(image)) : shares(image);
    }

    private double[] shares(int image) {
        double[] shares = new double[classes];
        for (int[] ofMember : votes) {
            shares[ofMember[image]] += 1.0 / votes.length;
        }
        return shares;
    }

    /** The class of most votes; of several, the one that the earliest member votes for. */
    private int winner(int image) {
        int[] counts = new int[classes];
        for (int[] ofMember : votes) {
            counts[ofMember[image]]++;
        }
        int winner = votes[0][image];
        for (int[] ofMember : votes) {
            winner = counts[ofMember[image]] > counts[winner] ? ofMember[image] : winner;
        }
        return winner;
    }

    private double[] oneHot(int label) {
        double[] one = new double[classes];
        one[label] = 1;
        return one;
    }

    private double[] smoothed(double[] target) {
        double on = smoothing.onTarget(classes);
        double off = smoothing.offTarget(classes);
        return Arrays.stream(target).map(p -> on * p + off * (1 - p)).toArray();
    }

    @Override
    public Map<String, INDArray> state() {
        if (votes.length == 0) {
            return Map.of();
        }
        double[][] all = Arrays.stream(votes)
                .map(ofMember -> Arrays.stream(ofMember).asDoubleStream().toArray())
                .toArray(double[][]::new);
        return Map.of(VOTES, Nd4j.createFromArray(all));
    }

    @Override
    public void restore(Map<String, INDArray> state) {
        INDArray saved = state.get(VOTES);
        if (saved == null || saved.rank() != 2 || saved.size(1) != unlabelled) {
            throw new IllegalArgumentException("its " + VOTES + " should be a matrix of " + unlabelled
                    + " columns, but is " + (saved == null ? "missing" : Arrays.toString(saved.shape())));
        }
        List<int[]> restored = new ArrayList<>();
        for (double[] ofMember : saved.toDoubleMatrix()) {
            for (double vote : ofMember) {
                if (!(vote >= 0 && vote < classes)) {
                    throw new IllegalArgumentException("its " + VOTES + " holds the class " + vote
                            + ", this run has classes 0 to " + (classes - 1));
                }
            }
            restored.add(Arrays.stream(ofMember).mapToInt(vote -> (int) vote).toArray());
        }
        votes = restored.toArray(int[][]::new);
    }
}

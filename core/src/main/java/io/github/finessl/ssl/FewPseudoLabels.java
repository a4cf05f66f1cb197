package io.github.finessl.ssl;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Few pseudo-labels (Menghini, Delworth and Bach, "Enhancing CLIP with CLIP: Exploring Pseudolabeling for Limited-Label
 * Prompt Tuning", NeurIPS 2023): in every round, the K most confident unlabelled images of each class are treated as if
 * they were labelled, and the others left alone.
 *
 * <pre>
 *   p_i = softmax z(u_i) of all n unlabelled images, not augmented, when the round r = 1..10 begins
 *   S_r = (i, ŷ_i): pairs (i, k) in the order of p_i[k], each taken unless i has a class or k has K_r images
 *   L   = |S_r|/|X|·mean CE(z(x), y) + mean CE(z(weak(u_i)), ŷ_i), over B + μB images drawn from X and S_r together
 *
 *   FPL   K = 16, chosen once: S_r = S_1      IFPL   K = 16, chosen anew every round
 *   GRIP  K_r = ⌈r·n/(10·C)⌉, chosen anew every round: the last has all images
 * </pre>
 *
 * <p>X are the labelled images, drawn as rarely as there are few of them, and weighing the more, as in the authors' code; a
 * mean over no image is 0. Where there is a text tower, p_i of the first round is CLIP's zero-shot classification, as in the
 * paper. What differs from the paper and that code: without a text tower the first eleventh of the steps trains on labels alone,
 * the mean over X, and the rounds share the rest. Its prompts start afresh every round; here they go on, so that one learning-rate schedule
 * spans the run. It chooses the best epoch by a fifth of the pseudo-labels, which are not trained on; here all are, to the
 * last step. And it may give an image that its best class refuses to several others, depending on the order of images; here
 * it goes to the best class that has room.
 */
public final class FewPseudoLabels implements Method {
    private static final String LABELS = "selection.labels";
    private static final String ZERO_SHOT = "selection.zero-shot";
    private static final int FEW = 16;
    private static final int ROUNDS = 10;
    private static final int NONE = -1;

    /** The strategies for how often pseudo-labels are chosen, and how many. */
    public enum Strategy {
        /** Few pseudo-labels (FPL), chosen once. */
        FPL,
        /** Iterative FPL: as few pseudo-labels, chosen anew every round. */
        IFPL,
        /** Grow and refine iteratively (GRIP): more pseudo-labels every round. */
        GRIP
    }

    private final Strategy strategy;
    private final int classes;
    private final ConsistencyLoss loss;
    private final int[] selected;
    private int labelled;
    private boolean zeroShot;

    /** Creates the method for a run over {@code unlabelled} images of {@code classes} classes. */
    public FewPseudoLabels(Strategy strategy, int unlabelled, int classes) {
        this.strategy = strategy;
        this.classes = classes;
        this.loss = new ConsistencyLoss(classes);
        this.selected = new int[unlabelled];
        Arrays.fill(selected, NONE);
    }

    @Override
    public Views views() {
        return new Views(false, 0, true);
    }

    @Override
    public List<String> lossParts() {
        return ConsistencyLoss.PARTS;
    }

    @Override
    public SDVariable loss(LossGraph g) {
        return loss.of("loss", g);
    }

    @Override
    public void runStarted(int images) {
        labelled = images;
    }

    @Override
    public boolean beginsZeroShot() {
        return true;
    }

    @Override
    public void zeroShot(double[][] probabilities) {
        zeroShot = true;
        choose(probabilities, 1);
    }

    @Override
    public boolean surveys(long step, long steps) {
        return IntStream.rangeClosed(zeroShot ? 2 : 1, strategy == Strategy.FPL ? 1 : ROUNDS)
                .anyMatch(round -> step == start(round, steps));
    }

    @Override
    public void survey(long step, long steps, double[][] probabilities) {
        int round = (int) IntStream.rangeClosed(1, ROUNDS)
                .filter(r -> start(r, steps) <= step)
                .count();
        choose(probabilities, round);
    }

    private void choose(double[][] probabilities, int round) {
        System.arraycopy(select(probabilities, quota(round)), 0, selected, 0, selected.length);
    }

    /** The step that a round begins with; a run of few steps has several begin at once. */
    private long start(int round, long steps) {
        return zeroShot ? ceilDiv(steps * (round - 1), ROUNDS) : ceilDiv(steps * round, ROUNDS + 1);
    }

    /** K_r, as far as there are so many images. */
    private int quota(int round) {
        long n = selected.length;
        return (int)
                (strategy == Strategy.GRIP
                        ? ceilDiv(round * n, (long) ROUNDS * classes)
                        : Math.min(FEW, ceilDiv(n, classes)));
    }

    private static long ceilDiv(long x, long y) {
        return (x + y - 1) / y;
    }

    /** An image's wish for a class: its rank-th best. */
    private record Wish(int image, int rank, int label, double probability) {}

    /**
     * The class of each image, or -1, with at most {@code quota} images to a class. Of equally probable ones, the earlier
     * image and the earlier class are preferred. O(n·C·log n).
     */
    public static int[] select(double[][] probabilities, int quota) {
        int n = probabilities.length;
        int classes = probabilities[0].length;
        int[] labels = new int[n];
        Arrays.fill(labels, NONE);
        int[] room = new int[classes];
        Arrays.fill(room, quota);
        int open = classes;
        int[][] preferences = new int[n][]; // made for those that are refused
        PriorityQueue<Wish> wishes = new PriorityQueue<>(
                Comparator.comparingDouble((Wish wish) -> -wish.probability()).thenComparingInt(Wish::image));
        for (int i = 0; i < n; i++) {
            int best = WeakPredictions.argmax(probabilities[i]);
            wishes.add(new Wish(i, 0, best, probabilities[i][best]));
        }
        while (open > 0 && !wishes.isEmpty()) {
            Wish wish = wishes.remove();
            int i = wish.image();
            if (room[wish.label()] > 0) {
                labels[i] = wish.label();
                preferences[i] = null;
                room[wish.label()]--;
                open -= room[wish.label()] == 0 ? 1 : 0;
                continue;
            }
            if (preferences[i] == null) {
                preferences[i] = preferences(probabilities[i]);
            }
            int rank = wish.rank();
            while (room[preferences[i][rank]] == 0) {
                rank++;
            }
            int label = preferences[i][rank];
            wishes.add(new Wish(i, rank, label, probabilities[i][label]));
        }
        return labels;
    }

    /** The classes, the most probable first. */
    private static int[] preferences(double[] p) {
        return IntStream.range(0, p.length)
                .boxed()
                .sorted(Comparator.comparingDouble(k -> -p[k]))
                .mapToInt(k -> k)
                .toArray();
    }

    @Override
    public Optional<int[]> selection() {
        return Optional.of(IntStream.range(0, selected.length)
                .filter(i -> selected[i] != NONE)
                .toArray());
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
        int[] pseudoLabels = unlabelled == null
                ? new int[0]
                : Arrays.stream(unlabelled.images()).map(i -> selected[i]).toArray();
        double[] ones = new double[pseudoLabels.length];
        Arrays.fill(ones, 1);
        int chosen = selection().orElseThrow().length;
        double balance = chosen == 0 ? 1 : chosen / (double) labelled;
        return loss.targets(labels, pseudoLabels, ones)
                .feed(
                        ConsistencyLoss.SUPERVISED_WEIGHTS,
                        new Rows(labels.length, pseudoLabels.length, 1).onLabelled(balance / labels.length))
                .build();
    }

    @Override
    public Map<String, INDArray> state() {
        INDArray labels =
                Nd4j.createFromArray(Arrays.stream(selected).asDoubleStream().toArray());
        return zeroShot ? Map.of(LABELS, labels, ZERO_SHOT, Nd4j.createFromArray(1.0)) : Map.of(LABELS, labels);
    }

    @Override
    public void restore(Map<String, INDArray> state) {
        INDArray saved = state.get(LABELS);
        if (saved == null || saved.rank() != 1 || saved.length() != selected.length) {
            throw new IllegalArgumentException("its " + LABELS + " should be a vector of " + selected.length
                    + ", but is " + (saved == null ? "missing" : Arrays.toString(saved.shape())));
        }
        int[] labels = Arrays.stream(saved.toDoubleVector())
                .mapToInt(label -> (int) label)
                .toArray();
        for (int label : labels) {
            if (label < NONE || label >= classes) {
                throw new IllegalArgumentException(
                        "its " + LABELS + " holds the class " + label + ", this run has classes 0 to " + (classes - 1));
            }
        }
        System.arraycopy(labels, 0, selected, 0, labels.length);
        zeroShot = state.containsKey(ZERO_SHOT);
    }
}

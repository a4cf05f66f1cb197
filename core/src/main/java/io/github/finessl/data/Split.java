package io.github.finessl.data;

import io.github.finessl.augment.KeyedRandom;
import io.github.finessl.io.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A split of the training part into labelled, unlabelled and, if any, held-out images, the last for choosing between
 * models. All are indices into {@link DataSource#train}; a test image cannot be expressed.
 */
public final class Split {

    /** Distinguishes the random choices of a split from those of everything else with the same seed. */
    private static final long STREAM = 0x5711;

    private static final long HELD_OUT_STREAM = 0x5712;

    private final int[] labelled;
    private final int[] unlabelled;
    private final int[] heldOut;

    private Split(int[] labelled, int[] unlabelled, int[] heldOut) {
        this.labelled = labelled;
        this.unlabelled = unlabelled;
        this.heldOut = heldOut;
    }

    /**
     * The paper's split: {@code perClass} random images of each class are labelled, all remaining training images,
     * those without a class included, are unlabelled.
     *
     * @throws DataException if a class has fewer images
     */
    public static Split random(Dataset train, int perClass, long seed) {
        List<int[]> classes = labelledCandidates(train, perClass);
        int[] labelled = IntStream.range(0, classes.size())
                .flatMap(label -> sample(classes.get(label), perClass, KeyedRandom.of(seed, STREAM, label)))
                .toArray();
        return new Split(labelled, without(IntStream.range(0, train.size()).toArray(), labelled), new int[0]);
    }

    /**
     * The split of the authors' code: the first {@code perClass} images of each class in file order are labelled, and
     * all training images, the labelled ones included, are unlabelled, class after class.
     *
     * @throws DataException if a class has fewer images
     */
    public static Split firstOfEachClass(Dataset train, int perClass) {
        List<int[]> classes = labelledCandidates(train, perClass);
        IntStream labelled = classes.stream().flatMapToInt(images -> Arrays.stream(images, 0, perClass));
        IntStream unknown = IntStream.range(0, train.size()).filter(i -> train.label(i) < 0);
        IntStream unlabelled = IntStream.concat(classes.stream().flatMapToInt(Arrays::stream), unknown);
        return new Split(labelled.toArray(), unlabelled.toArray(), new int[0]);
    }

    /**
     * A long-tailed split (LTSSL): random images of each class, {@code labelled[class]} with and {@code
     * unlabelled[class]} others without their labels. What remains, and images without a class, are not used.
     *
     * @throws DataException if a class has fewer images
     */
    public static Split longTail(Dataset train, int[] labelled, int[] unlabelled, long seed) {
        List<int[]> classes = longTailCandidates(train, labelled, unlabelled);
        IntStream with = IntStream.empty();
        IntStream without = IntStream.empty();
        for (int label = 0; label < labelled.length; label++) {
            int[] taken = sample(
                            classes.get(label),
                            labelled[label] + unlabelled[label],
                            KeyedRandom.of(seed, STREAM, label))
                    .toArray();
            with = IntStream.concat(with, Arrays.stream(taken, 0, labelled[label]));
            without = IntStream.concat(without, Arrays.stream(taken, labelled[label], taken.length));
        }
        return new Split(with.toArray(), without.sorted().toArray(), new int[0]);
    }

    /**
     * The long-tailed split of the authors' code: the first images of each class in file order, the labelled ones among
     * the unlabelled too.
     *
     * @throws DataException if a class has fewer images
     */
    public static Split firstLongTail(Dataset train, int[] labelled, int[] unlabelled) {
        List<int[]> classes = longTailCandidates(train, labelled, unlabelled);
        IntStream with = IntStream.range(0, labelled.length)
                .flatMap(label -> Arrays.stream(classes.get(label), 0, labelled[label]));
        IntStream all = IntStream.range(0, labelled.length)
                .flatMap(label -> Arrays.stream(classes.get(label), 0, labelled[label] + unlabelled[label]));
        return new Split(with.toArray(), all.toArray(), new int[0]);
    }

    /**
     * A split with the listed images labelled and all others unlabelled.
     *
     * @param labelled indices of images with a class
     * @param all whether the labelled images are unlabelled ones too, as in the reference
     * @throws DataException if a class has no labelled image
     */
    public static Split listed(Dataset train, int[] labelled, boolean all) {
        List<int[]> classes = imagesByClass(train, Arrays.stream(labelled));
        for (int label = 0; label < classes.size(); label++) {
            requireEnough(train, label, classes.get(label).length, 1, "training", "with labels");
        }
        int[] images = IntStream.range(0, train.size()).toArray();
        return new Split(
                classes.stream().flatMapToInt(Arrays::stream).toArray(),
                all ? images : without(images, labelled),
                new int[0]);
    }

    /** The number of training images of each class. */
    public static int[] countsByClass(Dataset train) {
        return imagesByClass(train, IntStream.range(0, train.size())).stream()
                .mapToInt(images -> images.length)
                .toArray();
    }

    /** A split of images of which none is labelled yet. */
    public static Split unlabelledAlone(Dataset train) {
        return new Split(new int[0], IntStream.range(0, train.size()).toArray(), new int[0]);
    }

    /**
     * The split that a data set brings: images with a label are labelled, those without are unlabelled (Semi-Aves).
     *
     * @throws DataException if a class has no labelled image
     */
    public static Split given(Dataset train) {
        List<int[]> classes = labelledCandidates(train, 1);
        IntStream unknown = IntStream.range(0, train.size()).filter(i -> train.label(i) < 0);
        return new Split(classes.stream().flatMapToInt(Arrays::stream).toArray(), unknown.toArray(), new int[0]);
    }

    /**
     * This split with {@code perClass} images of each class held out of the unlabelled part, for choosing between
     * models without looking at the test images. Labelled images are never taken.
     *
     * @throws DataException if a class has fewer images left
     */
    public Split holdOut(Dataset train, int perClass, long seed) {
        List<int[]> classes = imagesByClass(train, Arrays.stream(without(unlabelled, labelled)));
        IntStream taken = IntStream.empty();
        for (int label = 0; label < classes.size(); label++) {
            int[] images = classes.get(label);
            requireEnough(train, label, images.length, perClass, "unlabelled", "to be held out");
            taken = IntStream.concat(taken, sample(images, perClass, KeyedRandom.of(seed, HELD_OUT_STREAM, label)));
        }
        int[] held = IntStream.concat(Arrays.stream(heldOut), taken).toArray();
        return new Split(labelled, without(unlabelled, held), held);
    }

    /**
     * This split with {@code perClass} labelled images of each class held out, for choosing and measuring without looking at
     * the test images: those with the smallest SHA-256, and never the last one of a class.
     */
    public Split holdOutLabelled(Dataset train, int perClass) {
        int[] held = imagesByClass(train, Arrays.stream(labelled)).stream()
                .flatMapToInt(images -> Arrays.stream(images)
                        .boxed()
                        .sorted(Comparator.comparing(train::contentSha256))
                        .limit(Math.min(perClass, images.length - 1))
                        .mapToInt(Integer::intValue))
                .toArray();
        return new Split(without(labelled, held), unlabelled, held);
    }

    /** This split with some of its unlabelled images alone, given as positions in {@link #unlabelled}. */
    public Split withUnlabelled(int[] positions) {
        return new Split(
                labelled, Arrays.stream(positions).map(p -> unlabelled[p]).toArray(), heldOut);
    }

    /** Indices of the labelled images, class after class. */
    public int[] labelled() {
        return labelled.clone();
    }

    /** Indices of the unlabelled images; a method's memory has one place for each, in this order. */
    public int[] unlabelled() {
        return unlabelled.clone();
    }

    /** Indices of at most {@code most} unlabelled images, evenly spread. */
    public int[] unlabelled(int most) {
        return Arrays.stream(EvenlySpread.places(unlabelled.length, most))
                .map(i -> unlabelled[i])
                .toArray();
    }

    /** Indices of the images held out, empty unless asked for. */
    public int[] heldOut() {
        return heldOut.clone();
    }

    /** SHA-256 of the split, in hexadecimal: the same for the same images in the same places. */
    public String sha256() {
        return Sha256.hex((Arrays.toString(labelled) + Arrays.toString(unlabelled) + Arrays.toString(heldOut))
                .getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Split that
                && Arrays.equals(labelled, that.labelled)
                && Arrays.equals(unlabelled, that.unlabelled)
                && Arrays.equals(heldOut, that.heldOut);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(labelled) + Arrays.hashCode(unlabelled)) + Arrays.hashCode(heldOut);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%,d labelled, %,d unlabelled", labelled.length, unlabelled.length)
                + (heldOut.length == 0 ? "" : String.format(Locale.ROOT, ", %,d held out", heldOut.length));
    }

    private static List<int[]> labelledCandidates(Dataset train, int perClass) {
        if (perClass < 1) {
            throw new IllegalArgumentException("At least one label per class is needed, not " + perClass);
        }
        List<int[]> classes = imagesByClass(train, IntStream.range(0, train.size()));
        for (int label = 0; label < classes.size(); label++) {
            requireEnough(train, label, classes.get(label).length, perClass, "training", "with labels");
        }
        return classes;
    }

    private static List<int[]> longTailCandidates(Dataset train, int[] labelled, int[] unlabelled) {
        List<int[]> classes = imagesByClass(train, IntStream.range(0, train.size()));
        for (int label = 0; label < classes.size(); label++) {
            requireEnough(train, label, labelled[label], 1, "labelled", "in its long tail");
            requireEnough(
                    train,
                    label,
                    classes.get(label).length,
                    labelled[label] + unlabelled[label],
                    "training",
                    "for its long tail");
        }
        return classes;
    }

    /** The images of each class in the order given; those without a class are left out. */
    private static List<int[]> imagesByClass(Dataset train, IntStream images) {
        List<IntStream.Builder> classes = Stream.generate(IntStream::builder)
                .limit(train.classes().size())
                .toList();
        images.filter(i -> train.label(i) >= 0)
                .forEach(i -> classes.get(train.label(i)).add(i));
        return classes.stream().map(builder -> builder.build().toArray()).toList();
    }

    private static void requireEnough(Dataset train, int label, int found, int wanted, String kind, String purpose) {
        if (found < wanted) {
            throw new DataException("Class '%s' of %s must have %d %s images %s, but has %d."
                    .formatted(train.classes().get(label), train.name(), wanted, kind, purpose, found));
        }
    }

    private static IntStream sample(int[] images, int count, KeyedRandom random) {
        return Arrays.stream(random.permutation(images.length)).limit(count).map(i -> images[i]);
    }

    private static int[] without(int[] images, int[] taken) {
        boolean[] isTaken = new boolean
                [IntStream.concat(Arrays.stream(images), Arrays.stream(taken))
                                .max()
                                .orElse(-1)
                        + 1];
        Arrays.stream(taken).forEach(i -> isTaken[i] = true);
        return Arrays.stream(images).filter(i -> !isTaken[i]).toArray();
    }
}

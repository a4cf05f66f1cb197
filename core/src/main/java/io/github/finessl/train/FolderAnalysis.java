package io.github.finessl.train;

import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.Split;
import io.github.finessl.report.FolderFacts;
import io.github.finessl.report.FolderFacts.AlikeClasses;
import io.github.finessl.report.FolderFacts.ClassImages;
import io.github.finessl.report.FolderFacts.Copies;
import io.github.finessl.report.FolderFacts.Part;
import io.github.finessl.report.FolderFacts.Picture;
import io.github.finessl.report.Unreadable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The facts about a run's images, of which copies and classes that look alike are found by their frozen features. */
final class FolderAnalysis {
    /**
     * The cosine of features from which two pictures are taken for the same. Measured with ViT-Ti/16 at 224 px on 120 Grocery
     * photos: it finds all that were saved as JPEG of quality 70, 88 % of quality 40, 97 % at three quarters of the size, but
     * 24 % of those cropped by 3 % on each side; of 120 CIFAR-10 pictures of 32 pixels 19 % at three quarters and none of
     * quality 70.
     * None of the 6 million pairs of CIFAR-10 (mini) is as near, and 29 of the 1.4 million of 1,672 Grocery photos are.
     */
    static final double SAME_FROM = 0.97;
    /** The part of confused images from which classes are called alike: half would be where they are one. */
    static final double ALIKE_FROM = 0.4;
    /** Of fewer labelled images of two classes it cannot be told whether these are alike. */
    private static final int ENOUGH_LABELS = 6;

    private static final int AT_A_TIME = 1024;

    private final DataSource source;
    private final List<Picture> pictures = new ArrayList<>();
    private final List<String> contents = new ArrayList<>();
    private final List<float[]> features = new ArrayList<>();

    private FolderAnalysis(DataSource source) {
        this.source = source;
    }

    /**
     * Looks at a run's images.
     *
     * @param ofLabelled features [L, D] of the split's labelled images
     * @param ofPile features [n, D] of its unlabelled ones
     * @param ofTest features [T, D] of the test part
     */
    static FolderFacts of(DataSource source, Split split, float[][] ofLabelled, float[][] ofPile, float[][] ofTest) {
        int[] test = IntStream.range(0, source.test().size()).toArray();
        FolderAnalysis analysis = new FolderAnalysis(source);
        analysis.add(source.train(), split.labelled(), Part.LABELLED, ofLabelled);
        analysis.add(source.train(), split.unlabelled(), Part.UNLABELLED, ofPile);
        analysis.add(source.test(), test, Part.TEST, ofTest);
        return new FolderFacts(
                classes(source, split.labelled()),
                split.unlabelled().length,
                analysis.copies(),
                alike(
                        ofLabelled,
                        Arrays.stream(split.labelled())
                                .map(source.train()::label)
                                .toArray(),
                        source.classes()),
                source.skipped().stream()
                        .map(image -> new Unreadable(image.source(), image.reason()))
                        .toList());
    }

    private void add(Dataset dataset, int[] indices, Part part, float[][] some) {
        for (int i = 0; i < indices.length; i++) {
            int label = dataset.label(indices[i]);
            pictures.add(new Picture(
                    dataset.source(indices[i]),
                    part,
                    part == Part.UNLABELLED || label < 0
                            ? Optional.empty()
                            : Optional.of(source.classes().get(label))));
            features.add(unit(some[i]));
        }
        contents.addAll(
                IntStream.of(indices).parallel().mapToObj(dataset::pixelsSha256).toList());
    }

    private static List<ClassImages> classes(DataSource source, int[] labelled) {
        int[] ofLabelled = new int[source.classes().size()];
        int[] ofTest = new int[ofLabelled.length];
        IntStream.of(labelled).map(source.train()::label).forEach(label -> ofLabelled[label]++);
        IntStream.range(0, source.test().size())
                .map(source.test()::label)
                .filter(label -> label >= 0)
                .forEach(label -> ofTest[label]++);
        return IntStream.range(0, ofLabelled.length)
                .mapToObj(k -> new ClassImages(source.classes().get(k), ofLabelled[k], ofTest[k]))
                .toList();
    }

    /** Takes two different contents that look the same, by their first pictures. */
    private interface Pairs {
        void found(int one, int other, double cosine);
    }

    private List<Copies> copies() {
        Map<String, Integer> firstOf = new HashMap<>();
        int[] group = IntStream.range(0, pictures.size())
                .map(i -> {
                    Integer first = firstOf.putIfAbsent(contents.get(i), i);
                    return first == null ? i : first;
                })
                .toArray();
        int[] firsts =
                IntStream.range(0, group.length).filter(i -> group[i] == i).toArray();
        double[] least = new double[group.length];
        Arrays.fill(least, 1);
        findSame(firsts, (a, b, cosine) -> {
            int one = root(group, a);
            int other = root(group, b);
            int first = Math.min(one, other);
            least[first] = Math.min(cosine, Math.min(least[one], least[other]));
            group[Math.max(one, other)] = first;
        });
        Map<Integer, List<Integer>> members = new LinkedHashMap<>();
        for (int i = 0; i < group.length; i++) {
            members.computeIfAbsent(root(group, i), first -> new ArrayList<>()).add(i);
        }
        return members.values().stream()
                .filter(some -> some.size() > 1)
                .map(some -> new Copies(
                        some.stream().map(contents::get).distinct().count() == 1,
                        least[some.get(0)],
                        some.stream().map(pictures::get).toList()))
                .sorted(Comparator.comparing(Copies::isSerious, Comparator.reverseOrder())
                        .thenComparing(Copies::cosine, Comparator.reverseOrder()))
                .toList();
    }

    private static int root(int[] group, int member) {
        int at = member;
        while (group[at] != at) {
            group[at] = group[group[at]];
            at = group[at];
        }
        return at;
    }

    /** Finds all pairs whose features' cosine is at least {@link #SAME_FROM}, block by block. */
    private void findSame(int[] images, Pairs pairs) {
        if (images.length < 2) {
            return;
        }
        int n = images.length;
        int block = Math.min(n, AT_A_TIME);
        float[] cosines = new float[block * block];
        try (INDArray all = Nd4j.createFromArray(
                        IntStream.of(images).mapToObj(features::get).toArray(float[][]::new));
                INDArray whole = Nd4j.createUninitialized(DataType.FLOAT, new long[] {block, block}, 'f')) {
            for (int row = 0; row < n; row += block) {
                INDArray some = all.get(NDArrayIndex.interval(row, Math.min(n, row + block)));
                for (int column = row; column < n; column += block) {
                    INDArray others = all.get(NDArrayIndex.interval(column, Math.min(n, column + block)));
                    int columns = others.rows();
                    INDArray product = some.rows() == block && columns == block
                            ? whole
                            : Nd4j.createUninitialized(DataType.FLOAT, new long[] {columns, some.rows()}, 'f');
                    others.mmuli(some.transpose(), product);
                    product.data().asNioFloat().get(0, cosines, 0, (int) product.length());
                    if (product != whole) {
                        product.close();
                    }
                    for (int r = 0; r < some.rows(); r++) {
                        for (int c = row == column ? r + 1 : 0; c < columns; c++) {
                            if (cosines[r * columns + c] >= SAME_FROM) {
                                pairs.found(images[row + r], images[column + c], cosines[r * columns + c]);
                            }
                        }
                    }
                }
            }
        }
    }

    /** Classes whose labelled images are as often nearer to the other's mean as to that of the others of their own. */
    private static List<AlikeClasses> alike(float[][] features, int[] labels, List<String> classes) {
        int width = features.length == 0 ? 0 : features[0].length;
        double[][] sums = new double[classes.size()][width];
        int[] counts = new int[classes.size()];
        float[][] units = Arrays.stream(features).map(FolderAnalysis::unit).toArray(float[][]::new);
        for (int i = 0; i < units.length; i++) {
            counts[labels[i]]++;
            for (int d = 0; d < width; d++) {
                sums[labels[i]][d] += units[i][d];
            }
        }
        int[][] confused = new int[classes.size()][classes.size()];
        for (int i = 0; i < units.length; i++) {
            if (counts[labels[i]] > 1) {
                double own = cosine(units[i], sums[labels[i]], true);
                for (int k = 0; k < classes.size(); k++) {
                    if (k != labels[i] && cosine(units[i], sums[k], false) > own) {
                        confused[labels[i]][k]++;
                    }
                }
            }
        }
        List<AlikeClasses> alike = new ArrayList<>();
        for (int one = 0; one < classes.size(); one++) {
            for (int other = one + 1; other < classes.size(); other++) {
                int images = counts[one] + counts[other];
                double part = (confused[one][other] + confused[other][one]) / (double) images;
                if (Math.min(counts[one], counts[other]) > 1 && images >= ENOUGH_LABELS && part >= ALIKE_FROM) {
                    alike.add(new AlikeClasses(classes.get(one), classes.get(other), part));
                }
            }
        }
        alike.sort(Comparator.comparingDouble(AlikeClasses::confused).reversed());
        return alike;
    }

    /** The cosine between an image and a sum of images, which may leave that image out. */
    private static double cosine(float[] image, double[] sum, boolean without) {
        double dot = 0;
        double squares = 0;
        for (int d = 0; d < image.length; d++) {
            double at = without ? sum[d] - image[d] : sum[d];
            dot += image[d] * at;
            squares += at * at;
        }
        return squares > 0 ? dot / Math.sqrt(squares) : 0;
    }

    private static float[] unit(float[] x) {
        double squares = 0;
        for (float value : x) {
            squares += (double) value * value;
        }
        float[] unit = x.clone();
        for (int d = 0; squares > 0 && d < x.length; d++) {
            unit[d] = (float) (x[d] / Math.sqrt(squares));
        }
        return unit;
    }
}

package io.github.finessl;

import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.Datasets;
import io.github.finessl.data.Split;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A folder as people have it, of CIFAR-100 (mini): 76 labels of 1 to 17 a class of 12, 8 of them wrong, and a pile in which three of
 * four images are of no class.
 *
 * @param wrong names of the images whose labels are wrong
 * @param strangers names of the images of no class
 */
public record MessyFolder(DataSource source, Split split, Set<String> wrong, Set<String> strangers) {
    private static final int[] LABELS = {17, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1, 1};
    private static final int KNOWN = 180;
    private static final int STRANGERS = 600;
    private static final int WRONG = 8;

    /** With wrong labels and strangers. */
    public static MessyFolder of(long seed) {
        return made(true, seed);
    }

    /** Without wrong labels and strangers. */
    public static MessyFolder tidied(long seed) {
        return made(false, seed);
    }

    private static MessyFolder made(boolean messy, long seed) {
        DataSource cifar = Datasets.open("cifar100-mini", Path.of("../data"));
        Random random = new Random(seed);
        List<Integer> chosen = new ArrayList<>(IntStream.range(0, 100).boxed().toList());
        Collections.shuffle(chosen, random);
        List<Integer> shuffled =
                new ArrayList<>(IntStream.range(0, cifar.train().size()).boxed().toList());
        Collections.shuffle(shuffled, random);
        List<Integer> images = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        List<Integer> pile = new ArrayList<>();
        List<Integer> outside = new ArrayList<>();
        int[] taken = new int[LABELS.length];
        for (int image : shuffled) {
            int label = chosen.indexOf(cifar.train().label(image));
            if (label >= LABELS.length) {
                outside.add(image);
            } else if (taken[label]++ < LABELS[label]) {
                images.add(image);
                labels.add(label);
            } else {
                pile.add(image);
            }
        }
        int labelled = images.size();
        Set<String> wrong = new HashSet<>();
        Set<String> strangers = new HashSet<>();
        if (messy) {
            for (int i = 0; wrong.size() < WRONG; i += 5) {
                if (LABELS[labels.get(i)] > 2) {
                    wrong.add(cifar.train().source(images.get(i)));
                    labels.set(i, (labels.get(i) + 5) % LABELS.length);
                }
            }
            outside.subList(0, STRANGERS).forEach(image -> {
                strangers.add(cifar.train().source(image));
                images.add(image);
            });
        }
        images.addAll(pile.subList(0, KNOWN));
        while (labels.size() < images.size()) {
            labels.add(Dataset.UNKNOWN);
        }
        List<String> classes =
                IntStream.range(0, LABELS.length).mapToObj(k -> "c" + k).toList();
        Dataset train = new Chosen("messy", cifar.train(), classes, images, labels);
        List<Integer> tested = IntStream.range(0, cifar.test().size())
                .filter(i -> chosen.indexOf(cifar.test().label(i)) < LABELS.length)
                .boxed()
                .toList();
        Dataset test = new Chosen(
                "messy/test",
                cifar.test(),
                classes,
                tested,
                tested.stream().map(i -> chosen.indexOf(cifar.test().label(i))).toList());
        return new MessyFolder(
                new DataSource("messy", train, test),
                Split.listed(train, IntStream.range(0, labelled).toArray(), false),
                wrong,
                strangers);
    }

    /** Some images of a set with labels of their own. */
    private record Chosen(String name, Dataset whole, List<String> classes, List<Integer> images, List<Integer> labels)
            implements Dataset {
        @Override
        public int size() {
            return images.size();
        }

        @Override
        public int label(int index) {
            return labels.get(index);
        }

        @Override
        public RgbImage image(int index) {
            return whole.image(images.get(index));
        }

        @Override
        public String source(int index) {
            return whole.source(images.get(index));
        }

        @Override
        public String sha256() {
            return name + images.hashCode() + labels.hashCode();
        }
    }
}

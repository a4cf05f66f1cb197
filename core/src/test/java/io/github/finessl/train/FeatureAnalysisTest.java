package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.Datasets;
import io.github.finessl.data.Split;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.report.BeforeTraining;
import io.github.finessl.report.BeforeTraining.DoubtfulLabel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A messy folder: 76 labels of 1 to 17 a class, 8 of them wrong, and a pile in which three of four images are of no class; from
 * CIFAR-100 (mini).
 */
@Tag("slow")
class FeatureAnalysisTest {
    private static final int[] LABELS = {17, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1, 1};
    private static final int KNOWN = 180;
    private static final int STRANGERS = 600;
    private static final int WRONG = 8;

    /** Some images of a set with labels of their own. */
    private record Chosen(Dataset whole, List<String> classes, List<Integer> images, List<Integer> labels)
            implements Dataset {
        @Override
        public String name() {
            return "messy";
        }

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
            return "none";
        }
    }

    private final DataSource cifar = Datasets.open("cifar100-mini", Path.of("../data"));
    private final List<Integer> images = new ArrayList<>();
    private final List<Integer> labels = new ArrayList<>();
    private final Set<String> wrong = new HashSet<>();
    private final Set<String> strangers = new HashSet<>();

    private BeforeTraining analysed(boolean messy, long seed) {
        Random random = new Random(seed);
        List<Integer> chosen = new ArrayList<>(IntStream.range(0, 100).boxed().toList());
        Collections.shuffle(chosen, random);
        List<Integer> shuffled =
                new ArrayList<>(IntStream.range(0, cifar.train().size()).boxed().toList());
        Collections.shuffle(shuffled, random);
        List<Integer> pile = new ArrayList<>();
        List<Integer> outside = new ArrayList<>();
        int[] taken = new int[LABELS.length];
        for (int image : shuffled) {
            int label = chosen.indexOf(cifar.train().label(image));
            if (label >= LABELS.length) {
                outside.add(image);
            } else if (taken[label]++ < LABELS[label]) {
                add(image, label);
            } else {
                pile.add(image);
            }
        }
        int labelled = images.size();
        if (messy) {
            for (int i = 0; wrong.size() < WRONG; i += 5) {
                if (LABELS[labels.get(i)] > 2) {
                    wrong.add(cifar.train().source(images.get(i)));
                    labels.set(i, (labels.get(i) + 5) % LABELS.length);
                }
            }
            outside.subList(0, STRANGERS).forEach(image -> {
                strangers.add(cifar.train().source(image));
                add(image, Dataset.UNKNOWN);
            });
        }
        pile.subList(0, KNOWN).forEach(image -> add(image, Dataset.UNKNOWN));
        List<String> classes =
                IntStream.range(0, LABELS.length).mapToObj(k -> "c" + k).toList();
        Dataset train = new Chosen(cifar.train(), classes, images, labels);
        Dataset none = new Chosen(cifar.test(), classes, List.of(), List.of());
        Encoder encoder = OnnxEncoderReader.read(Path.of("../data/vit-ti-16/vit_tiny_patch16_224.onnx"));
        try (Kernels kernels = KernelChoice.open(Precision.AUTO);
                FeatureBank bank = new FeatureBank(encoder, new Augmentation(224, Normalisation.HALF), kernels)) {
            return FeatureAnalysis.of(
                            bank,
                            new DataSource("messy", train, none),
                            Split.listed(train, IntStream.range(0, labelled).toArray(), false),
                            (done, all) -> {},
                            () -> false)
                    .before();
        }
    }

    private void add(int image, int label) {
        images.add(image);
        labels.add(label);
    }

    @Test
    void wrongLabelsAreAmongTheFirstSuspectsAndStrangersAreNamed() {
        long caught = 0;
        for (long seed = 1; seed <= 3; seed++) {
            images.clear();
            labels.clear();
            BeforeTraining found = analysed(true, seed);
            caught += found.doubtfulLabels().stream()
                    .limit(10)
                    .map(DoubtfulLabel::image)
                    .filter(wrong::contains)
                    .count();
            BeforeTraining.Strangers many = found.strangers().orElseThrow();
            assertThat(many.areMany()).isTrue();
            assertThat(many.share()).isLessThan(.8); // 600 of 780, of which it counts those that are clear
            long right =
                    many.images().stream().limit(50).filter(strangers::contains).count();
            assertThat(right).isGreaterThanOrEqualTo(45);
            wrong.clear();
            strangers.clear();
        }
        assertThat(caught).isGreaterThanOrEqualTo(18); // of 24
    }

    @Test
    void ofAPileWithoutStrangersNobodyIsWarned() {
        BeforeTraining found = analysed(false, 1);
        assertThat(found.strangers().orElseThrow().areMany()).isFalse();
        assertThat(found.doubtfulLabels()).hasSizeLessThan(10);
    }
}

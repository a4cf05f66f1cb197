package io.github.finessl.data.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.KeyedRandom;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.DataException;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.MemoryDataset;
import io.github.finessl.data.Split;
import io.github.finessl.data.loading.BatchLoader.Options;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

class BatchLoaderTest {

    private static final int SIZE = 32;
    private static final Augmentation AUGMENTATION = new Augmentation(SIZE, Normalisation.HALF);
    private static final Dataset TRAIN =
            MemoryDataset.of(3, IntStream.range(0, 30).map(i -> i % 3).toArray());
    private static final DataSource SOURCE = new DataSource("memory", TRAIN, MemoryDataset.of(3, 0, 1, 2));
    private static final Split SPLIT = Split.random(TRAIN, 2, 5);

    /** Labelled 4, unlabelled 8, two strong views, seed 7. */
    private static final Options OPTIONS = Options.of(4, 8, LoadedViews.consistency(2), 7);

    @Test
    void layout() {
        try (BatchLoader loader = loader(OPTIONS)) {
            StepBatch batch = loader.load(3);
            assertThat(batch.step()).isEqualTo(3);
            assertThat(batch.training().shape()).isEqualTo(new long[] {4 + 2 * 8, 3, SIZE, SIZE});
            assertThat(batch.weak().shape()).isEqualTo(new long[] {8, 3, SIZE, SIZE});
            for (int i = 0; i < 4; i++) {
                int index = batch.labelledIndices()[i];
                assertThat(SPLIT.labelled()).contains(index);
                assertThat(batch.labels()[i]).isEqualTo(TRAIN.label(index));
                assertThat(row(batch.training(), i)).isEqualTo(weak(index, KeyedRandom.of(7, 1, 3, i, 0)));
            }
            for (int j = 0; j < 8; j++) {
                int index = SPLIT.unlabelled()[batch.positions()[j]];
                assertThat(batch.hiddenLabels()[j]).isEqualTo(TRAIN.label(index));
                assertThat(row(batch.weak(), j)).isEqualTo(weak(index, KeyedRandom.of(7, 2, 3, j, 0)));
                assertThat(row(batch.training(), 4 + j)).isEqualTo(strong(index, KeyedRandom.of(7, 2, 3, j, 1)));
                assertThat(row(batch.training(), 12 + j)).isEqualTo(strong(index, KeyedRandom.of(7, 2, 3, j, 2)));
            }
        }
    }

    @Test
    void sameBitsWithAnyThreadsCacheOrderAndRestart() {
        List<float[]> expected = new ArrayList<>();
        try (BatchLoader loader = loader(OPTIONS)) {
            for (int step = 0; step < 10; step++) {
                expected.add(floats(loader.load(step)));
            }
        }
        Options uncached = new Options(4, 8, LoadedViews.consistency(2), false, 7, 3, 1, 0);
        try (BatchLoader threads = loader(OPTIONS.withThreads(3));
                BatchLoader other = loader(uncached)) {
            for (int step = 9; step >= 0; step--) {
                assertThat(floats(threads.load(step))).isEqualTo(expected.get(step));
                assertThat(floats(other.load(step))).isEqualTo(expected.get(step));
            }
        }
        for (int depth = 1; depth <= 2; depth++) {
            try (BatchLoader loader = loader(OPTIONS.withThreads(2));
                    Prefetcher restarted = new Prefetcher(loader, 4, 10, depth)) {
                for (int step = 4; step < 10; step++) {
                    StepBatch batch = restarted.next();
                    assertThat(batch.step()).isEqualTo(step);
                    assertThat(floats(batch)).isEqualTo(expected.get(step));
                }
                assertThat(restarted.waited()).isPositive();
                assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(restarted::next);
            }
        }
    }

    @Test
    void aConsumerWhoWaitsBringsMoreThreads() {
        try (BatchLoader loader = loader(OPTIONS);
                Prefetcher prefetcher = new Prefetcher(loader, 0, 20, 2)) {
            assertThat(loader.threads()).isEqualTo(1);
            for (int step = 0; step < 20; step++) {
                prefetcher.next();
            }
            int cores = Runtime.getRuntime().availableProcessors();
            assertThat(loader.threads()).isBetween(Math.min(2, cores), cores);
        }
    }

    @Test
    void weakViewsToTrainOnAreThoseToPredictOn() {
        try (BatchLoader loader = loader(OPTIONS);
                BatchLoader weak = loader(Options.of(4, 8, new LoadedViews(true, true, 1, true), 7))) {
            StepBatch expected = loader.load(3);
            StepBatch batch = weak.load(3);
            assertThat(batch.training().shape()[0]).isEqualTo(4 + 8 + 8);
            assertThat(batch.weak()).isEqualTo(expected.weak());
            for (int j = 0; j < 8; j++) {
                assertThat(row(batch.training(), 4 + j)).isEqualTo(row(expected.weak(), j));
                assertThat(row(batch.training(), 12 + j)).isEqualTo(row(expected.training(), 4 + j));
            }
        }
    }

    @Test
    void drawnTogetherEveryPassHasEveryImageOnce() {
        Options together =
                Options.of(4, 8, new LoadedViews(true, true, 0, true), 7).together(true);
        int all = SPLIT.labelled().length + SPLIT.unlabelled().length;
        List<Integer> seen = new ArrayList<>();
        List<Integer> labelled = new ArrayList<>();
        try (BatchLoader loader = loader(together)) {
            for (int step = 0; step < 5; step++) {
                StepBatch batch = loader.load(step);
                assertThat(batch.training().shape()[0]).isEqualTo(12);
                assertThat(batch.weak()).isNull();
                int n = batch.labels().length;
                labelled.add(n);
                assertThat(n + batch.positions().length).isEqualTo(12);
                for (int i = 0; i < n; i++) {
                    int index = batch.labelledIndices()[i];
                    seen.add(index);
                    assertThat(batch.labels()[i]).isEqualTo(TRAIN.label(index));
                    assertThat(row(batch.training(), i)).isEqualTo(weak(index, KeyedRandom.of(7, 1, step, i, 0)));
                }
                for (int j = 0; j < batch.positions().length; j++) {
                    int index = SPLIT.unlabelled()[batch.positions()[j]];
                    seen.add(index);
                    assertThat(row(batch.training(), n + j)).isEqualTo(weak(index, KeyedRandom.of(7, 2, step, j, 0)));
                }
            }
        }
        assertThat(labelled).anyMatch(n -> n != 4);
        assertThat(seen.subList(0, all)).doesNotHaveDuplicates().containsAll(seen);
        assertThat(seen.subList(all, 2 * all)).doesNotHaveDuplicates();
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> Options.of(4, 8, LoadedViews.consistency(2), 7).together(true))
                .withMessageContaining("one trained view");
    }

    @Test
    void otherSeedOtherBatch() {
        try (BatchLoader loader = loader(OPTIONS);
                BatchLoader other = loader(Options.of(4, 8, LoadedViews.consistency(2), 8))) {
            assertThat(floats(loader.load(0))).isNotEqualTo(floats(other.load(0)));
        }
    }

    @Test
    void unwantedViewsChangeNothingElse() {
        try (BatchLoader all = loader(OPTIONS);
                BatchLoader supervised = loader(Options.of(4, 0, LoadedViews.supervised(), 7));
                BatchLoader weakOnly = loader(Options.of(0, 8, new LoadedViews(false, true, 0), 7))) {
            StepBatch batch = all.load(2);
            StepBatch labelled = supervised.load(2);
            assertThat(labelled.weak()).isNull();
            assertThat(labelled.positions()).isEmpty();
            assertThat(labelled.training().shape()[0]).isEqualTo(4);
            assertThat(row(labelled.training(), 3)).isEqualTo(row(batch.training(), 3));
            StepBatch weak = weakOnly.load(2);
            assertThat(weak.training()).isNull();
            assertThat(weak.labels()).isEmpty();
            assertThat(weak.weak()).isEqualTo(batch.weak());
        }
    }

    @Test
    void everyPassSeesEveryImageOnce() {
        int unlabelled = SPLIT.unlabelled().length;
        try (BatchLoader loader = loader(Options.of(4, 8, new LoadedViews(true, false, 0), 7))) {
            List<Integer> seen = new ArrayList<>();
            for (int step = 0; step < 2 * unlabelled / 8; step++) {
                Arrays.stream(loader.load(step).positions()).forEach(seen::add);
            }
            assertThat(new HashSet<>(seen.subList(0, unlabelled))).hasSize(unlabelled);
            assertThat(new HashSet<>(seen.subList(unlabelled, 2 * unlabelled))).hasSize(unlabelled);
            assertThat(seen.subList(0, unlabelled)).isNotEqualTo(seen.subList(unlabelled, 2 * unlabelled));
        }
    }

    /** Six labelled images in batches of 32: five whole passes and two more, each a view of its own. */
    @Test
    void setsSmallerThanTheBatch() {
        try (BatchLoader loader = loader(Options.of(32, 0, LoadedViews.supervised(), 7))) {
            StepBatch batch = loader.load(0);
            for (int index : SPLIT.labelled()) {
                assertThat(Arrays.stream(batch.labelledIndices())
                                .filter(i -> i == index)
                                .count())
                        .isBetween(5L, 6L);
            }
            Set<FloatBuffer> views = new HashSet<>();
            for (int i = 0; i < 32; i++) {
                views.add(FloatBuffer.wrap(row(batch.training(), i)));
            }
            assertThat(views).hasSizeGreaterThan(25);
        }
    }

    @Test
    void batchesStayValidForAsManyStepsAsThereAreSlots() {
        try (BatchLoader loader = loader(OPTIONS)) {
            StepBatch first = loader.load(0);
            float[] before = floats(first);
            loader.load(1);
            StepBatch third = loader.load(2);
            assertThat(floats(first)).isEqualTo(before);
            assertThat(loader.load(3).training()).isSameAs(first.training());
            assertThat(third.training()).isNotSameAs(first.training());
        }
    }

    @Test
    void brokenImageReachesTheConsumerWithItsMessage() {
        Dataset broken = new BrokenDataset(TRAIN);
        DataSource source = new DataSource("broken", broken, broken);
        for (int threads = 1; threads <= 2; threads++) {
            try (BatchLoader loader = new BatchLoader(source, SPLIT, AUGMENTATION, OPTIONS.withThreads(threads));
                    Prefetcher prefetcher = new Prefetcher(loader, 0, 5, 2)) {
                assertThatExceptionOfType(DataException.class)
                        .isThrownBy(prefetcher::next)
                        .withMessage("cat.jpg is broken");
            }
        }
    }

    @Test
    void closingEarlyEndsTheThreads() throws InterruptedException {
        List<Thread> threads;
        try (BatchLoader loader = loader(OPTIONS.withThreads(2));
                Prefetcher prefetcher = new Prefetcher(loader, 0, Long.MAX_VALUE, 2)) {
            prefetcher.next();
            threads = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().startsWith("finessl-"))
                    .toList();
            assertThat(threads).hasSizeGreaterThanOrEqualTo(2);
        }
        for (Thread thread : threads) {
            thread.join(10_000);
            assertThat(thread.isAlive()).isFalse();
        }
    }

    @Test
    void refusesWhatCannotWork() {
        assertThatIllegalArgumentException().isThrownBy(() -> new LoadedViews(true, true, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> Options.of(0, 8, LoadedViews.consistency(1), 7));
        assertThatIllegalArgumentException().isThrownBy(() -> Options.of(4, 0, LoadedViews.consistency(1), 7));
        Split everything = Split.random(TRAIN, 10, 1);
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> new BatchLoader(SOURCE, everything, AUGMENTATION, OPTIONS))
                .withMessage("The split of memory must have unlabelled images, but has none.");
        DataSource smaller = new DataSource("smaller", SOURCE.test(), SOURCE.test());
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> new BatchLoader(smaller, SPLIT, AUGMENTATION, OPTIONS))
                .withMessageStartingWith("The split must have indices below 3");
        try (BatchLoader loader = loader(OPTIONS)) {
            assertThatIllegalArgumentException().isThrownBy(() -> loader.load(-1));
            assertThatIllegalArgumentException().isThrownBy(() -> new Prefetcher(loader, 0, 5, 3));
        }
    }

    @Test
    void evaluationSeesEveryImageInOrder() {
        try (EvaluationLoader loader = new EvaluationLoader(TRAIN, AUGMENTATION, 8)) {
            for (int pass = 0; pass < 2; pass++) {
                int index = 0;
                for (EvaluationBatch batch : loader) {
                    assertThat(batch.images().size(0)).isEqualTo(batch.labels().length);
                    for (int i = 0; i < batch.labels().length; i++, index++) {
                        assertThat(batch.indices()[i]).isEqualTo(index);
                        assertThat(batch.labels()[i]).isEqualTo(TRAIN.label(index));
                        FloatBuffer expected = FloatBuffer.allocate(3 * SIZE * SIZE);
                        AUGMENTATION.test(TRAIN.image(index), expected, 0);
                        assertThat(row(batch.images(), i)).isEqualTo(expected.array());
                    }
                }
                assertThat(index).isEqualTo(30);
            }
        }
    }

    private record BrokenDataset(Dataset whole) implements Dataset {

        @Override
        public String name() {
            return whole.name();
        }

        @Override
        public List<String> classes() {
            return whole.classes();
        }

        @Override
        public int size() {
            return whole.size();
        }

        @Override
        public int label(int index) {
            return whole.label(index);
        }

        @Override
        public RgbImage image(int index) {
            throw new DataException("cat.jpg is broken");
        }

        @Override
        public String source(int index) {
            return whole.source(index);
        }

        @Override
        public String sha256() {
            return whole.sha256();
        }
    }

    private static BatchLoader loader(Options options) {
        return new BatchLoader(SOURCE, SPLIT, AUGMENTATION, options);
    }

    private static float[] weak(int index, KeyedRandom random) {
        FloatBuffer out = FloatBuffer.allocate(3 * SIZE * SIZE);
        AUGMENTATION.weak(AUGMENTATION.enlarge(TRAIN.image(index)), random, out, 0);
        return out.array();
    }

    private static float[] strong(int index, KeyedRandom random) {
        FloatBuffer out = FloatBuffer.allocate(3 * SIZE * SIZE);
        AUGMENTATION.strong(AUGMENTATION.enlarge(TRAIN.image(index)), random, out, 0);
        return out.array();
    }

    private static float[] row(INDArray images, int row) {
        return images.get(NDArrayIndex.point(row)).dup('c').data().asFloat();
    }

    /** Everything in a batch, one after the other. */
    private static float[] floats(StepBatch batch) {
        float[] training = batch.training().dup('c').data().asFloat();
        float[] weak = batch.weak().dup('c').data().asFloat();
        float[] all = Arrays.copyOf(training, training.length + weak.length + 4 + 8);
        System.arraycopy(weak, 0, all, training.length, weak.length);
        int end = training.length + weak.length;
        for (int label : batch.labels()) {
            all[end++] = label;
        }
        for (int position : batch.positions()) {
            all[end++] = position;
        }
        return all;
    }
}

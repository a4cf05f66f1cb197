package io.github.finessl.data.loading;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.KeyedRandom;
import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.DataException;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.Split;
import io.github.finessl.io.Daemon;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A loader of training batches, which makes that of any step.
 *
 * <p>Labelled and unlabelled images are each gone through in shuffled passes: image i of step t is number t·B + i of the
 * passes one after the other, so that no image is left out and a set smaller than the batch occurs in it more than once.
 * If they are drawn together, it is the B + μB images of both kinds that are gone through, and each batch has as many of
 * either kind as it happens to get.
 * Every view draws from its own generator, keyed by (seed, stream, step, row, view).
 */
public final class BatchLoader implements AutoCloseable {

    private static final long LABELLED = 1;
    private static final long UNLABELLED = 2;
    private static final long TOGETHER = 3;

    private final Options options;
    private final Dataset train;
    private final int[] labelled;
    private final int[] unlabelled;
    private final Augmentation augmentation;
    private final EnlargedImages images;
    private final ShuffledOrder labelledOrder;
    private final ShuffledOrder unlabelledOrder;
    private final ShuffledOrder commonOrder;
    private final int pixels;
    private final List<Slot> slots = new ArrayList<>();
    private final ExecutorService workers = Executors.newCachedThreadPool(Daemon.named("finessl-augment"));
    private volatile int threads;
    private int next;

    /**
     * The settings of a loader: sizes of batches, their views and what making them may take.
     *
     * @param labelledBatch B, labelled images a step
     * @param unlabelledBatch μB, unlabelled images a step; 0 if no view of them is wanted
     * @param together whether both kinds are drawn as one; each unlabelled image has one trained view then
     * @param seed all randomness derives from it
     * @param threads that make views at first, the calling one included; has no influence on the result
     * @param slots batches that are valid at a time, at least 1
     * @param cacheBytes heap for decoded and resized images
     */
    public record Options(
            int labelledBatch,
            int unlabelledBatch,
            LoadedViews views,
            boolean together,
            long seed,
            int threads,
            int slots,
            long cacheBytes) {

        public Options {
            if (views.labelled() && labelledBatch < 1) {
                throw new IllegalArgumentException(
                        "The labelled batch must have at least 1 image, not " + labelledBatch);
            }
            if ((views.weak() || views.strong() > 0) && unlabelledBatch < 1) {
                throw new IllegalArgumentException(
                        "The unlabelled batch must have at least 1 image, not " + unlabelledBatch);
            }
            if (together && !(views.labelled() && views.trained() == 1)) {
                throw new IllegalArgumentException("Images that are drawn together must have one trained view each");
            }
            if (labelledBatch < 0 || unlabelledBatch < 0 || threads < 1 || slots < 1 || cacheBytes < 0) {
                throw new IllegalArgumentException(
                        "Batch sizes and cache must not be negative, threads and slots at least"
                                + " 1: %d, %d, %d, %d, %d"
                                        .formatted(labelledBatch, unlabelledBatch, cacheBytes, threads, slots));
            }
        }

        /** Settings with one thread, room for {@link Prefetcher} at depth 2, and 256 MiB for decoded images. */
        public static Options of(int labelledBatch, int unlabelledBatch, LoadedViews views, long seed) {
            return new Options(labelledBatch, unlabelledBatch, views, false, seed, 1, 3, 256L << 20);
        }

        /** These settings with another number of worker threads. */
        public Options withThreads(int count) {
            return new Options(labelledBatch, unlabelledBatch, views, together, seed, count, slots, cacheBytes);
        }

        /** These settings with labelled and unlabelled images drawn as one set, or not. */
        public Options together(boolean drawn) {
            return new Options(labelledBatch, unlabelledBatch, views, drawn, seed, threads, slots, cacheBytes);
        }
    }

    /** Arrays that a batch is written into, reused for every {@code slots}-th step. */
    private record Slot(INDArray training, FloatBuffer trainingValues, INDArray weak, FloatBuffer weakValues) {

        static Slot allocate(int trainingRows, int weakRows, int resolution) {
            INDArray training = array(trainingRows, resolution);
            INDArray weak = array(weakRows, resolution);
            return new Slot(training, values(training), weak, values(weak));
        }

        private static INDArray array(int rows, int resolution) {
            return rows == 0
                    ? null
                    : Nd4j.createUninitializedDetached(DataType.FLOAT, 'c', rows, 3, resolution, resolution);
        }

        private static FloatBuffer values(INDArray array) {
            return array == null ? null : array.data().asNioFloat();
        }

        void written() {
            for (INDArray array : Arrays.asList(training, weak)) {
                if (array != null) {
                    Nd4j.getAffinityManager().tagLocation(array, AffinityManager.Location.HOST);
                }
            }
        }

        void close() {
            for (INDArray array : Arrays.asList(training, weak)) {
                if (array != null) {
                    array.close();
                }
            }
        }
    }

    /**
     * Creates a loader for a source's training part; nothing is read yet.
     *
     * @throws DataException if the split does not fit the source or lacks the images that the views need
     */
    public BatchLoader(DataSource source, Split split, Augmentation augmentation, Options options) {
        this.options = options;
        this.train = source.train();
        this.labelled = split.labelled();
        this.unlabelled = split.unlabelled();
        this.augmentation = augmentation;
        requireFits();
        this.images = new EnlargedImages(train, augmentation, options.cacheBytes());
        this.labelledOrder = new ShuffledOrder(labelled.length, options.seed(), LABELLED);
        this.unlabelledOrder = new ShuffledOrder(unlabelled.length, options.seed(), UNLABELLED);
        this.commonOrder = new ShuffledOrder(labelled.length + unlabelled.length, options.seed(), TOGETHER);
        this.pixels = 3 * augmentation.resolution() * augmentation.resolution();
        int atMost = options.unlabelledBatch() + (options.together() ? labelledRows() : 0);
        int weakRows = options.views().weak() ? atMost : 0;
        int trainingRows = labelledRows() + options.views().trained() * options.unlabelledBatch();
        for (int i = 0; i < options.slots(); i++) {
            slots.add(Slot.allocate(trainingRows, weakRows, augmentation.resolution()));
        }
        this.threads = options.threads();
    }

    public Options options() {
        return options;
    }

    /** How many threads make views. */
    int threads() {
        return threads;
    }

    /** Makes the views of the next batches on one thread more, of as many as there are cores. */
    void hurry() {
        threads = Math.max(threads, Math.min(threads + 1, Runtime.getRuntime().availableProcessors()));
    }

    /**
     * Makes the batch of a step, 0 or more, in any order of steps. Its image arrays are valid until {@code slots} more
     * batches were asked for. Not for several threads at once.
     *
     * @throws DataException if an image cannot be read
     */
    public StepBatch load(long step) {
        if (slots.isEmpty()) {
            throw new IllegalStateException("The loader is closed");
        }
        if (step < 0) {
            throw new IllegalArgumentException("Steps count from 0, there is no step " + step);
        }
        Slot slot = slots.get(next);
        next = (next + 1) % slots.size();
        Drawn drawn = options.together() ? drawTogether(step) : drawEach(step);
        int[] labelledIndices =
                Arrays.stream(drawn.labelled()).map(i -> labelled[i]).toArray();
        int[] positions = drawn.unlabelled();
        int[] unlabelledIndices =
                Arrays.stream(positions).map(p -> unlabelled[p]).toArray();
        forEach(labelledIndices.length + positions.length, row -> {
            if (row < labelledIndices.length) {
                labelledView(slot, step, row, labelledIndices[row]);
            } else {
                int j = row - labelledIndices.length;
                unlabelledViews(slot, step, j, unlabelledIndices[j], drawn);
            }
        });
        slot.written();
        return new StepBatch(
                step,
                slot.training(),
                options.together() ? null : slot.weak(),
                Arrays.stream(labelledIndices).map(train::label).toArray(),
                labelledIndices,
                positions,
                Arrays.stream(unlabelledIndices).map(train::label).toArray());
    }

    /** Ends the worker threads and frees the image arrays of every batch. */
    @Override
    public void close() {
        Daemon.end(workers);
        slots.forEach(Slot::close);
        slots.clear();
    }

    private void labelledView(Slot slot, long step, int row, int index) {
        augmentation.weak(images.get(index), random(LABELLED, step, row, 0), slot.trainingValues(), row * pixels);
    }

    private void unlabelledViews(Slot slot, long step, int row, int index, Drawn drawn) {
        LoadedViews views = options.views();
        if (!views.weak() && views.strong() == 0) {
            return;
        }
        RgbImage image = images.get(index);
        if (views.weak()) {
            augmentation.weak(image, random(UNLABELLED, step, row, 0), slot.weakValues(), row * pixels);
        }
        if (views.trainWeak()) {
            slot.trainingValues()
                    .put((drawn.labelled().length + row) * pixels, slot.weakValues(), row * pixels, pixels);
        }
        int firstStrong = views.trained() - views.strong();
        for (int view = 0; view < views.strong(); view++) {
            int at = drawn.labelled().length + (firstStrong + view) * drawn.unlabelled().length + row;
            augmentation.strong(image, random(UNLABELLED, step, row, 1 + view), slot.trainingValues(), at * pixels);
        }
    }

    private KeyedRandom random(long stream, long step, long row, long view) {
        return KeyedRandom.of(options.seed(), stream, step, row, view);
    }

    private int labelledRows() {
        return options.views().labelled() ? options.labelledBatch() : 0;
    }

    /** Places in the labelled and in the unlabelled set. */
    private record Drawn(int[] labelled, int[] unlabelled) {}

    private Drawn drawEach(long step) {
        return new Drawn(
                draw(labelledOrder, step, labelledRows()), draw(unlabelledOrder, step, options.unlabelledBatch()));
    }

    private Drawn drawTogether(long step) {
        int[] drawn = draw(commonOrder, step, labelledRows() + options.unlabelledBatch());
        return new Drawn(
                Arrays.stream(drawn).filter(i -> i < labelled.length).toArray(),
                Arrays.stream(drawn)
                        .filter(i -> i >= labelled.length)
                        .map(i -> i - labelled.length)
                        .toArray());
    }

    private static int[] draw(ShuffledOrder order, long step, int count) {
        int[] drawn = new int[count];
        for (int i = 0; i < count; i++) {
            drawn[i] = order.at(step * count + i);
        }
        return drawn;
    }

    /** A thread that comes when all rows are taken is not waited for. */
    private void forEach(int rows, IntConsumer work) {
        AtomicInteger next = new AtomicInteger();
        CountDownLatch left = new CountDownLatch(rows);
        AtomicReference<Throwable> fault = new AtomicReference<>();
        Runnable some = () -> {
            for (int row = next.getAndIncrement(); row < rows; row = next.getAndIncrement()) {
                try {
                    work.accept(row);
                } catch (RuntimeException | Error e) {
                    fault.compareAndSet(null, e);
                } finally {
                    left.countDown();
                }
            }
        };
        for (int t = 1; t < threads; t++) {
            workers.execute(some);
        }
        some.run();
        try {
            left.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while images were being prepared", e);
        }
        if (fault.get() instanceof Error e) {
            throw e;
        }
        if (fault.get() instanceof RuntimeException e) {
            throw e;
        }
    }

    private void requireFits() {
        LoadedViews views = options.views();
        if (views.labelled() && labelled.length == 0) {
            throw new DataException("The split of %s must have labelled images, but has none.".formatted(train.name()));
        }
        if (options.unlabelledBatch() > 0 && unlabelled.length == 0) {
            throw new DataException(
                    "The split of %s must have unlabelled images, but has none.".formatted(train.name()));
        }
        for (int[] part : List.of(labelled, unlabelled)) {
            for (int index : part) {
                if (index < 0 || index >= train.size()) {
                    throw new DataException("The split must have indices below %d, the size of %s, but has %d."
                            .formatted(train.size(), train.name(), index));
                }
            }
        }
        for (int index : labelled) {
            if (train.label(index) < 0) {
                throw new DataException(
                        "Labelled images must have a label, but %s has none.".formatted(train.source(index)));
            }
        }
    }
}

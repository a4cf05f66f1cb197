package io.github.finessl.data.loading;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.data.Dataset;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A loader of evaluation batches: all images in order, without any randomness; as often as wanted, but one pass at a
 * time.
 */
public final class EvaluationLoader implements Iterable<EvaluationBatch>, AutoCloseable {

    private final Dataset dataset;
    private final int[] indices;
    private final Augmentation augmentation;
    private final int batchSize;
    private final INDArray images;
    private final FloatBuffer values;

    /** A loader of all images of a data set. */
    public EvaluationLoader(Dataset dataset, Augmentation augmentation, int batchSize) {
        this(dataset, IntStream.range(0, dataset.size()).toArray(), augmentation, batchSize);
    }

    /**
     * A loader of some images, for example those that a split holds out.
     *
     * @param batchSize images a batch; the last one may have fewer
     */
    public EvaluationLoader(Dataset dataset, int[] indices, Augmentation augmentation, int batchSize) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("A batch must have at least 1 image, not " + batchSize);
        }
        this.dataset = dataset;
        this.indices = indices.clone();
        this.augmentation = augmentation;
        this.batchSize = Math.max(1, Math.min(batchSize, indices.length));
        int size = augmentation.resolution();
        this.images = Nd4j.createUninitializedDetached(DataType.FLOAT, 'c', this.batchSize, 3, size, size);
        this.values = images.data().asNioFloat();
    }

    /** The number of images in one pass. */
    public int size() {
        return indices.length;
    }

    @Override
    public Iterator<EvaluationBatch> iterator() {
        return new Iterator<>() {
            private int start;

            @Override
            public boolean hasNext() {
                return start < indices.length;
            }

            @Override
            public EvaluationBatch next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("All " + indices.length + " images were seen");
                }
                EvaluationBatch batch =
                        load(Arrays.copyOfRange(indices, start, Math.min(start + batchSize, indices.length)));
                start += batchSize;
                return batch;
            }
        };
    }

    @Override
    public void close() {
        images.close();
    }

    private EvaluationBatch load(int[] batch) {
        int pixels = 3 * augmentation.resolution() * augmentation.resolution();
        for (int i = 0; i < batch.length; i++) {
            augmentation.test(dataset.image(batch[i], augmentation.shortSide()), values, i * pixels);
        }
        Nd4j.getAffinityManager().tagLocation(images, AffinityManager.Location.HOST);
        return new EvaluationBatch(
                batch.length == batchSize ? images : images.get(NDArrayIndex.interval(0, batch.length)),
                Arrays.stream(batch).map(dataset::label).toArray(),
                batch);
    }
}

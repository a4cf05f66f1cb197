package io.github.finessl.dl4j;

import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.DataException;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.MemoryImages;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.datavec.api.records.reader.RecordReader;
import org.deeplearning4j.datasets.datavec.RecordReaderDataSetIterator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/**
 * Data sets of images from Deeplearning4j's pipelines, for {@code Photos.of(train, test)} to train on. They are read
 * once, and kept in memory.
 */
public final class IteratorImages {
    private static final int BATCH = 32;

    private IteratorImages() {}

    /**
     * All images of an iterator.
     *
     * @param name for logs and records
     * @param iterator of images [N, 3, H, W] from 0 to 255, of any size, and labels [N, C] that are one-hot; a row of zeros is
     *     an image without a label
     * @param classes their C names in label order
     * @throws DataException if images or labels are of another form
     */
    public static Dataset of(String name, DataSetIterator iterator, List<String> classes, Channels channels) {
        List<RgbImage> images = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        while (iterator.hasNext()) {
            DataSet batch = iterator.next();
            images.addAll(ImageArrays.images(batch.getFeatures(), channels));
            labels.addAll(labels(batch.getLabels(), classes.size()));
        }
        return new MemoryImages(name, classes, images, labels);
    }

    /**
     * All images of a record reader, such as DataVec's {@code ImageRecordReader}, whose channels are {@link Channels#BGR}.
     *
     * @param name for logs and records
     * @param reader of an image and then its class's number
     * @throws DataException if images or labels are of another form
     */
    public static Dataset of(String name, RecordReader reader, Channels channels) {
        List<String> classes = reader.getLabels();
        return of(name, new RecordReaderDataSetIterator(reader, BATCH, 1, classes.size()), classes, channels);
    }

    private static List<Integer> labels(INDArray labels, int classes) {
        if (labels == null || labels.rank() != 2 || labels.size(1) != classes) {
            throw new DataException("Labels must be an array [N, %d], but are %s."
                    .formatted(classes, labels == null ? "missing" : Arrays.toString(labels.shape())));
        }
        List<Integer> found = new ArrayList<>();
        for (double[] row : labels.toDoubleMatrix()) {
            double sum = Arrays.stream(row).sum();
            int label = 0;
            while (label < classes && row[label] != 1) {
                label++;
            }
            if (sum != 0 && (sum != 1 || label == classes)) {
                throw new DataException("A label must be one-hot, or all zero where it is not known, but is %s."
                        .formatted(Arrays.toString(row)));
            }
            found.add(sum == 0 ? Dataset.UNKNOWN : label);
        }
        return found;
    }
}

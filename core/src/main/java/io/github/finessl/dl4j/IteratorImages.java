package io.github.finessl.dl4j;

import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.DataException;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.MemoryImages;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.datavec.api.records.reader.RecordReader;
import org.datavec.api.writable.NDArrayWritable;
import org.datavec.api.writable.Writable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.preprocessor.DataNormalization;

/**
 * Data sets of images from Deeplearning4j's pipelines, for {@code Photos.of(train, test)} to train on. They are read
 * once, and kept in memory.
 */
public final class IteratorImages {
    private IteratorImages() {}

    /**
     * All images of an iterator, from its beginning where it can be reset.
     *
     * @param name for logs and records
     * @param iterator of images [N, 3, H, W] from 0 to 255, of any size, and labels [N, C] that are one-hot; a row of zeros is
     *     an image without a label. What its own {@link DataNormalization} did to the images, such as scaling them to 0..1,
     *     is undone.
     * @param classes their C names in label order
     * @throws DataException if images or labels are of another form
     */
    public static Dataset of(String name, DataSetIterator iterator, List<String> classes, Channels channels) {
        if (iterator.resetSupported()) {
            iterator.reset();
        }
        List<RgbImage> images = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        while (iterator.hasNext()) {
            DataSet batch = iterator.next();
            images.addAll(ImageArrays.images(pixels(batch, iterator.getPreProcessor()), channels));
            labels.addAll(labels(batch.getLabels(), classes.size()));
        }
        return new MemoryImages(name, classes, images, labels);
    }

    private static INDArray pixels(DataSet batch, DataSetPreProcessor step) {
        INDArray images = batch.getFeatures();
        if (images == null || !(step instanceof DataNormalization normalisation)) {
            return images;
        }
        INDArray pixels = images.dup();
        normalisation.revertFeatures(pixels, batch.getFeaturesMaskArray());
        return pixels;
    }

    /**
     * All images of a record reader, such as DataVec's {@code ImageRecordReader}, whose channels are {@link Channels#BGR}.
     *
     * @param name for logs and records
     * @param reader of an image and then its class's number
     * @throws DataException if images or labels are of another form
     */
    public static Dataset of(String name, RecordReader reader, Channels channels) {
        List<String> classes = classes(reader);
        Records records = new Records(channels);
        records.read(reader, true);
        return new MemoryImages(name, classes, records.images, records.labels);
    }

    /**
     * All images of a record reader, and those of another that nobody has labelled.
     *
     * @param name for logs and records
     * @param labelled reader of an image and then its class's number
     * @param unlabelled reader of an image; what else it reads, such as the names of folders, does not count
     * @throws DataException if images or labels are of another form
     */
    public static Dataset of(String name, RecordReader labelled, RecordReader unlabelled, Channels channels) {
        List<String> classes = classes(labelled);
        Records records = new Records(channels);
        records.read(labelled, true);
        records.read(unlabelled, false);
        return new MemoryImages(name, classes, records.images, records.labels);
    }

    private static List<String> classes(RecordReader reader) {
        if (reader.getLabels() == null || reader.getLabels().isEmpty()) {
            throw new DataException("A reader of labelled images must name its classes, but has no labels.");
        }
        return reader.getLabels();
    }

    /** The records that readers have returned. */
    private static final class Records {
        private final Channels channels;
        private final List<RgbImage> images = new ArrayList<>();
        private final List<Integer> labels = new ArrayList<>();

        Records(Channels channels) {
            this.channels = channels;
        }

        void read(RecordReader reader, boolean labelled) {
            if (reader.resetSupported()) {
                reader.reset();
            }
            while (reader.hasNext()) {
                List<Writable> record = reader.next();
                if (record.isEmpty() || !(record.get(0) instanceof NDArrayWritable image)) {
                    throw new DataException("A record must begin with an image, but is " + record + ".");
                }
                if (labelled && record.size() != 2) {
                    throw new DataException("A record must be an image and its class's number, but has %d parts."
                            .formatted(record.size()));
                }
                images.addAll(ImageArrays.images(image.get(), channels));
                labels.add(labelled ? record.get(1).toInt() : Dataset.UNKNOWN);
            }
        }
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

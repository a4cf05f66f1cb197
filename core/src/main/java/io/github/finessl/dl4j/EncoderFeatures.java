package io.github.finessl.dl4j;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.augment.RgbImage;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.model.FrozenEncoder;
import java.nio.FloatBuffer;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A frozen encoder as a step of a pipeline: images [N, 3, H, W] from 0 to 255, of any size, become features [N, D]. For an
 * iterator's {@code setPreProcessor}, so that a network of Deeplearning4j learns from them.
 */
public final class EncoderFeatures implements DataSetPreProcessor, AutoCloseable {
    private static final long serialVersionUID = 1L;

    private final transient FrozenEncoder encoder;
    private final transient Augmentation view;
    private final Channels channels;

    /**
     * Builds the encoder's graph.
     *
     * @param encoder at the resolution that images are resized to
     * @param normalisation what pixels are normalised by
     * @param kernels stay the caller's
     */
    public EncoderFeatures(Encoder encoder, Normalisation normalisation, Channels channels, Kernels kernels) {
        this.encoder = new FrozenEncoder(encoder, kernels);
        this.view = new Augmentation(encoder.imageHeight(), normalisation);
        this.channels = channels;
    }

    @Override
    public void preProcess(DataSet batch) {
        List<RgbImage> images = ImageArrays.images(batch.getFeatures(), channels);
        int side = view.resolution();
        float[] values = new float[images.size() * 3 * side * side];
        FloatBuffer buffer = FloatBuffer.wrap(values);
        for (int i = 0; i < images.size(); i++) {
            view.test(images.get(i), buffer, i * 3 * side * side);
        }
        try (INDArray pixels = Nd4j.create(values, new long[] {images.size(), 3, side, side}, 'c')) {
            batch.setFeatures(encoder.features(pixels).dup());
        }
    }

    @Override
    public void close() {
        encoder.close();
    }
}

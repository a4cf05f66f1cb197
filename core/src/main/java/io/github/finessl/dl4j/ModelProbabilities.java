package io.github.finessl.dl4j;

import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.Dataset;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.Photo;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A fine-tuned model as a step of a pipeline: images [N, 3, H, W] from 0 to 255, of any size, become probabilities [N, C].
 *
 * <p>For an iterator's {@code setPreProcessor}. The model stays the caller's.
 */
public final class ModelProbabilities implements DataSetPreProcessor {
    private static final long serialVersionUID = 1L;

    private final transient FineSslModel model;
    private final Channels channels;

    /** Creates a step that classifies images with the model. */
    public ModelProbabilities(FineSslModel model, Channels channels) {
        this.model = model;
        this.channels = channels;
    }

    @Override
    public void preProcess(DataSet batch) {
        List<Photo> photos = new ArrayList<>();
        for (RgbImage image : ImageArrays.images(batch.getFeatures(), channels)) {
            photos.add(new Photo("image " + photos.size(), Dataset.UNKNOWN, shortSide -> image));
        }
        List<float[]> rows = new ArrayList<>();
        model.classify(photos, new FineSslModel.Listener() {
            @Override
            public void classified(Photo photo, Classification answer) {
                float[] row = new float[answer.probabilities().size()];
                for (int k = 0; k < row.length; k++) {
                    row[k] = answer.probabilities().get(k).floatValue();
                }
                rows.add(row);
            }

            @Override
            public void unreadable(Photo photo, String reason) {
                throw new IllegalStateException(reason);
            }
        });
        batch.setFeatures(Nd4j.create(rows.toArray(float[][]::new)));
    }
}

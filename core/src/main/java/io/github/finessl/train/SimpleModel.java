package io.github.finessl.train;

import io.github.finessl.model.Heads;
import io.github.finessl.ssl.LabelSpread;
import io.github.finessl.ssl.PileStart;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A model that leaves the encoder as it is: class vectors on its frozen features.
 *
 * @param name in words
 * @param method of {@link io.github.finessl.ssl.Methods} that makes such a model
 * @param vectors one for each class [C, D]
 */
public record SimpleModel(String name, String method, float[][] vectors) {

    /**
     * Makes the simplest models.
     *
     * @param labelled features of labelled images [L, D]
     * @param labels of these [L]
     * @param spread of these labels over the unlabelled images; empty where there are none
     */
    static List<SimpleModel> of(float[][] labelled, int[] labels, Optional<LabelSpread> spread, int classes) {
        float[][] means = PileStart.of(labelled, labels, new float[0][], classes);
        List<SimpleModel> models = new ArrayList<>();
        models.add(new SimpleModel("class means", "class-means", means));
        spread.ifPresent(each -> models.add(new SimpleModel("pile", "pile", PileStart.of(each))));
        models.add(new SimpleModel("linear probe", "supervised", CosineProbe.of(labelled, labels, means)));
        return models;
    }

    /** The probabilities of all classes [n, C] by features [n, D]. */
    public double[][] probabilities(float[][] features) {
        return CosineProbe.probabilities(features, vectors);
    }

    /**
     * Writes the model as the parameters of a {@code linear} tuning, which {@link SavedModel} reads.
     *
     * @throws IOException naming the file, if it cannot be written
     */
    public void write(Path file) throws IOException {
        new Checkpoint(
                        Map.of("model", name),
                        0,
                        0,
                        Map.of(
                                Trainer.PARAMETER + Heads.WEIGHT, Nd4j.createFromArray(vectors),
                                Trainer.PARAMETER + Heads.SCALE, Heads.scaleStart()),
                        null,
                        List.of())
                .write(file);
    }
}

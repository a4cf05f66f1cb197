package io.github.finessl.train;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.model.FineTunedModel;
import io.github.finessl.model.Heads;
import io.github.finessl.ssl.FineSsl;
import io.github.finessl.tuning.Tuning;
import java.nio.file.Path;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A FineSSL model that has been trained before, and that another model learns from.
 *
 * @param checkpoint where it comes from
 * @param step that its run had come to
 * @param parameters by name, both heads' included, and running statistics of norms
 */
public record Teacher(Path checkpoint, Encoder encoder, Tuning tuning, long step, Map<String, INDArray> parameters) {

    /**
     * Reads a FineSSL run's checkpoint.
     *
     * @param encoder at the resolution that the model was trained at
     * @throws CheckpointException if it is missing, damaged or of another kind of model
     */
    public static Teacher read(Path checkpoint, Encoder encoder, Tuning tuning, int classes) {
        SavedModel saved = SavedModel.read(checkpoint, encoder, tuning, classes);
        if (!saved.parameters().containsKey(Heads.AUX_WEIGHT)) {
            throw new CheckpointException(
                    checkpoint + " should be a checkpoint of a FineSSL run, but has no auxiliary head.");
        }
        return new Teacher(checkpoint, encoder, tuning, saved.step(), saved.parameters());
    }

    /** The model; its loss is of no interest, but brings the auxiliary head. */
    FineTunedModel model(Kernels kernels) {
        int classes = (int) parameters.get(Heads.WEIGHT).size(0);
        FineSsl method = new FineSsl(FineSsl.Options.paper(0, 1, 1, 0), 0, classes);
        FineTunedModel model = new FineTunedModel(encoder, tuning, method, parameters, DataType.FLOAT, kernels);
        model.statistics().forEach((name, value) -> {
            if (!parameters.containsKey(name)) {
                model.close();
                throw new CheckpointException(
                        checkpoint + " should hold the running statistics " + name + ", but does not.");
            }
        });
        return model;
    }
}

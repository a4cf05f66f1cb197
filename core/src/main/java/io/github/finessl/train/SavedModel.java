package io.github.finessl.train;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.model.Heads;
import io.github.finessl.tuning.Tuning;
import java.nio.file.Path;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The learnt parameters of a run of any method, as its checkpoint has them.
 *
 * @param step that the run had come to
 * @param parameters by name, those of all its heads included, and running statistics of norms
 */
public record SavedModel(long step, Map<String, INDArray> parameters) {

    /**
     * Reads the parameters from a checkpoint.
     *
     * @param encoder at the resolution that the model was trained at
     * @throws CheckpointException if it is missing, damaged or of another kind of model
     */
    public static SavedModel read(Path checkpoint, Encoder encoder, Tuning tuning, int classes) {
        Checkpoint saved = Checkpoint.read(checkpoint);
        Map<String, INDArray> parameters = saved.group(Trainer.PARAMETER);
        Map<String, long[]> shapes = InitialParameters.shapes(encoder, tuning, classes);
        if (parameters.containsKey(Heads.AUX_WEIGHT)) {
            shapes.put(Heads.AUX_WEIGHT, shapes.get(Heads.WEIGHT));
            shapes.put(Heads.AUX_SCALE, shapes.get(Heads.SCALE));
        }
        saved.requireGroup(checkpoint, Trainer.PARAMETER, shapes);
        parameters.putAll(saved.group(Trainer.STATISTIC));
        return new SavedModel(saved.step(), parameters);
    }
}

package io.github.finessl.train;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.model.Heads;
import io.github.finessl.tuning.Tuning;
import java.nio.file.Path;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The learnt parameters of a run of any method, as its checkpoint has them; where it has their average, that.
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
        Map<String, INDArray> statistics = saved.group(Trainer.STATISTIC);
        parameters.putAll(statistics);
        Map<String, INDArray> average = saved.group(Trainer.AVERAGE);
        if (average.isEmpty()) {
            return new SavedModel(saved.step(), parameters);
        }
        statistics.forEach((name, value) -> shapes.put(name, value.shape()));
        saved.requireGroup(checkpoint, Trainer.AVERAGE, shapes);
        return new SavedModel(saved.step(), average);
    }
}

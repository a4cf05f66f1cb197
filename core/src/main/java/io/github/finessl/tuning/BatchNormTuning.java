package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import java.util.List;

/**
 * The gains and biases of a ResNet's batch norms, which in training use the statistics of the batch and in evaluation the
 * running ones.
 */
public record BatchNormTuning() implements Tuning {

    @Override
    public String name() {
        return "bn";
    }

    @Override
    public List<Parameter> parameters(Encoder encoder) {
        throw new IllegalArgumentException("the encoder has no batch norms");
    }

    @Override
    public boolean batchStatistics() {
        return true;
    }
}

package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.ResNet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Batch norm tuning: the gains and biases of a ResNet's batch norms, which in training use the statistics of the batch
 * and in evaluation the running ones.
 */
public record BatchNormTuning() implements Tuning {

    @Override
    public String name() {
        return "bn";
    }

    @Override
    public List<Parameter> parameters(Encoder encoder) {
        if (!(encoder instanceof ResNet resnet)) {
            throw new IllegalArgumentException("bn needs a ResNet, but the encoder is a vision transformer");
        }
        Set<String> norms = new HashSet<>();
        resnet.convolutions().forEach((name, convolution) -> {
            if (convolution.norm().isPresent()) {
                norms.add(ResNet.normName(name) + ".gain");
                norms.add(ResNet.normName(name) + ".bias");
            }
        });
        if (norms.isEmpty()) {
            throw new IllegalArgumentException(
                    "bn needs a file with BatchNormalization nodes, but this one's exporter has"
                            + " folded them into the convolutions");
        }
        return EncoderParameters.of(encoder, norms::contains);
    }

    @Override
    public boolean batchStatistics() {
        return true;
    }
}

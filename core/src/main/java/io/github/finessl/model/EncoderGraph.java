package io.github.finessl.model;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.ResNet;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.tuning.Tuning;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Emits an encoder with what a strategy adds to it and trains of it; its other weights are constants. */
interface EncoderGraph {

    /**
     * The encoder's outputs.
     *
     * @param features f(x) [B, D]: of a transformer the class token after the final norm, or a mean of tokens
     * @param blockInputs the tokens [B, T, D] that enter each block of a transformer
     * @param statistics of the norms that use those of the batch in training
     */
    record Outputs(SDVariable features, List<SDVariable> blockInputs, List<Statistics> statistics) {}

    /**
     * A running statistic of a norm, its mean or its variance [C].
     *
     * @param name as the norm's parameters are named
     * @param running what an evaluation reads, to be changed in place
     * @param ofBatch the variable that a training pass computes
     */
    record Statistics(String name, INDArray running, String ofBatch) {}

    /** Adds the encoder to the graph; images [B, 3, H, W]. */
    Outputs build(SDVariable images);

    /**
     * The graph of an encoder.
     *
     * @param trained the variables of the strategy's parameters, by name
     * @param pass the number of the pass [1], for strategies that ask for it
     */
    static EncoderGraph of(
            SameDiff sd,
            Encoder encoder,
            DataType type,
            Tuning tuning,
            Map<String, SDVariable> trained,
            SDVariable pass) {
        if (encoder instanceof ResNet resnet) {
            return new ResNetGraph(sd, resnet, type, trained, tuning.batchStatistics(), pass);
        }
        return new VitGraph(sd, (VisionTransformer) encoder, type, tuning, trained, pass);
    }
}

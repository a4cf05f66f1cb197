package io.github.finessl.model;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.OpaqueEncoder;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.op.OpProfile;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A frozen encoder, without prompts or heads. */
public final class FrozenEncoder implements AutoCloseable {
    private final Network network;

    /** What computes it. */
    interface Network extends AutoCloseable {
        INDArray features(INDArray images);

        List<INDArray> blockInputs(INDArray images);

        void profile(OpProfile profile);

        long allocations();

        @Override
        void close();
    }

    /** Builds the encoder in single precision; the kernels are the caller's to close. */
    public FrozenEncoder(Encoder encoder, Kernels kernels) {
        this(encoder, DataType.FLOAT, kernels);
    }

    FrozenEncoder(Encoder encoder, DataType type, Kernels kernels) {
        network = encoder instanceof OpaqueEncoder opaque
                ? new OpaqueNetwork(opaque, type)
                : new GraphNetwork(encoder, type, kernels);
    }

    /** Adds the time of every op to {@code profile} from now on. */
    void profile(OpProfile profile) {
        network.profile(profile);
    }

    /** The number of activations that were ever allocated. */
    long allocations() {
        return network.allocations();
    }

    /** Features f(x) [B, D] of images [B, 3, H, W]. */
    public INDArray features(INDArray images) {
        return network.features(images);
    }

    /** The input tokens [B, T, D] of each block of a transformer, the class token first, for f32 images [B, 3, H, W]. */
    public List<INDArray> blockInputs(INDArray images) {
        return network.blockInputs(images);
    }

    @Override
    public void close() {
        network.close();
    }
}

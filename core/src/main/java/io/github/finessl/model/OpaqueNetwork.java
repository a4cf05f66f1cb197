package io.github.finessl.model;

import io.github.finessl.encoder.OpaqueEncoder;
import io.github.finessl.encoder.OpaqueSession;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.op.OpProfile;
import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** An encoder of unknown structure as ONNX Runtime computes it. */
final class OpaqueNetwork implements FrozenEncoder.Network {
    private final OpaqueEncoder encoder;
    private final DataType type;
    private final OpaqueSession session;

    OpaqueNetwork(OpaqueEncoder encoder, DataType type) {
        this.encoder = encoder;
        this.type = type;
        session = OnnxEncoderReader.session(encoder);
    }

    @Override
    public INDArray features(INDArray images) {
        boolean isDense = images.ordering() == 'c' && !images.isView() && images.dataType() == DataType.FLOAT;
        INDArray dense = isDense
                ? images
                : Nd4j.createUninitialized(DataType.FLOAT, images.shape(), 'c').assign(images);
        try {
            FloatBuffer pixels = dense.data().asNioFloat(); // does not keep its memory alive
            return Nd4j.createFromArray(session.features(encoder, pixels, (int) images.size(0)))
                    .castTo(type);
        } finally {
            Reference.reachabilityFence(dense);
            if (!isDense) {
                dense.close();
            }
        }
    }

    @Override
    public List<INDArray> blockInputs(INDArray images) {
        throw new IllegalStateException("an encoder of unknown structure has no blocks");
    }

    /** ONNX Runtime's operators are none of ours. */
    @Override
    public void profile(OpProfile profile) {}

    /** ONNX Runtime keeps its own memory. */
    @Override
    public long allocations() {
        return 0;
    }

    @Override
    public void close() {
        session.close();
    }
}

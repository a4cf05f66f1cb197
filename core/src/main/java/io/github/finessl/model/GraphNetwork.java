package io.github.finessl.model;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.op.KernelOps;
import io.github.finessl.op.KernelSession;
import io.github.finessl.op.OpProfile;
import io.github.finessl.tuning.LinearProbe;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A frozen encoder as a SameDiff graph. */
final class GraphNetwork implements FrozenEncoder.Network {
    private static final String IMAGES = "images";

    private final KernelSession session;
    private final String features;
    private final List<String> blockInputs;

    GraphNetwork(Encoder encoder, DataType type, Kernels kernels) {
        KernelOps.register();
        SameDiff graph = SameDiff.create();
        graph.setArrayHolders(new SingleThreadArrayHolder(), new SingleThreadArrayHolder(), false); // no copies
        SDVariable images = graph.placeHolder(IMAGES, type, -1, 3, encoder.imageHeight(), encoder.imageWidth());
        EncoderGraph.Outputs outputs = EncoderGraph.of(graph, encoder, type, new LinearProbe(), Map.of(), null)
                .build(images);
        features = outputs.features().name();
        blockInputs = outputs.blockInputs().stream().map(SDVariable::name).toList();
        session = new KernelSession(graph, kernels);
    }

    @Override
    public void profile(OpProfile profile) {
        session.profile(profile);
    }

    @Override
    public long allocations() {
        return session.allocations();
    }

    @Override
    public INDArray features(INDArray images) {
        return run(images, List.of(features)).get(0);
    }

    @Override
    public List<INDArray> blockInputs(INDArray images) {
        return run(images, blockInputs);
    }

    private List<INDArray> run(INDArray images, List<String> names) {
        Map<String, INDArray> outputs = session.run(Map.of(IMAGES, images), names);
        return names.stream().map(name -> outputs.get(name).dup()).toList();
    }

    @Override
    public void close() {
        session.close();
    }
}

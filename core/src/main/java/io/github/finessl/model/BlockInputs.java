package io.github.finessl.model;

import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.op.KernelOps;
import io.github.finessl.op.KernelSession;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The tokens that the frozen encoder, without prompts, feeds into each of its blocks. */
public final class BlockInputs {
    private BlockInputs() {}

    /**
     * Runs the encoder.
     *
     * @param images f32 [B, 3, H, W]
     * @return for each block [B, T, D], the class token first
     */
    public static List<INDArray> of(VisionTransformer encoder, INDArray images, Kernels kernels) {
        KernelOps.register();
        SameDiff graph = SameDiff.create();
        SDVariable input =
                graph.placeHolder("images", images.dataType(), -1, 3, encoder.imageHeight(), encoder.imageWidth());
        List<String> names = new VitGraph(graph, encoder, images.dataType(), Map.of(), Optional.empty())
                .build(input).blockInputs().stream().map(SDVariable::name).toList();
        try (KernelSession session = new KernelSession(graph, kernels)) {
            Map<String, INDArray> outputs = session.run(Map.of("images", images), names);
            List<INDArray> tokens =
                    names.stream().map(name -> outputs.get(name).dup()).toList();
            session.release(outputs);
            return tokens;
        }
    }
}

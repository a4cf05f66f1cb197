package io.github.finessl.model;

import io.github.finessl.kernel.Kernels;
import io.github.finessl.op.KernelOps;
import io.github.finessl.op.KernelSession;
import io.github.finessl.tuning.VisualPrompts;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Features of the small CLIP model with the given deep prompts. */
final class FeatureProbe {
    private FeatureProbe() {}

    static INDArray features(Map<String, INDArray> parameters, INDArray images, Kernels kernels) {
        KernelOps.register();
        SameDiff sd = SameDiff.create();
        Map<String, SDVariable> prompts = new LinkedHashMap<>();
        parameters.forEach((name, value) -> {
            if (name.startsWith("prompt.")) {
                prompts.put(name, sd.var(name, value));
            }
        });
        SDVariable input = sd.placeHolder("images", images.dataType(), -1, 3, 32, 32);
        SDVariable features = new VitGraph(
                        sd,
                        SmallClip.encoder(),
                        images.dataType(),
                        prompts,
                        Optional.of(new VisualPrompts.Placement.Deep()))
                .build(input)
                .features();
        try (KernelSession session = new KernelSession(sd, kernels)) {
            return session.run(Map.of("images", images), List.of(features.name()))
                    .get(features.name())
                    .dup();
        }
    }
}

package io.github.finessl.model;

import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.op.TestGraph;
import io.github.finessl.tuning.VisualPrompts.Placement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Features of an encoder with prompts, and the gradients of Σ features ⊙ upstream at the prompts. */
final class FeatureProbe {
    private final TestGraph graph = new TestGraph();
    private final SDVariable features;

    /** @param prompts by parameter name; empty without prompts */
    FeatureProbe(VisionTransformer encoder, Map<String, INDArray> prompts, Placement placement, INDArray images) {
        Map<String, SDVariable> variables = new LinkedHashMap<>();
        prompts.forEach((name, value) -> variables.put(name, graph.variable(name, value)));
        SDVariable input =
                graph.sd().placeHolder("images", DataType.DOUBLE, -1, 3, encoder.imageHeight(), encoder.imageWidth());
        graph.feed("images", images.castTo(DataType.DOUBLE));
        features = new VitGraph(graph.sd(), encoder, DataType.DOUBLE, variables, Optional.of(placement))
                .build(input)
                .features();
    }

    INDArray features() {
        return graph.value(features.name());
    }

    Map<String, INDArray> gradients(INDArray upstream) {
        return graph.weighted(features, upstream).gradients();
    }

    /** The names of the encoder's weights. */
    List<String> constants() {
        return graph.sd().variables().stream()
                .filter(SDVariable::isConstant)
                .map(SDVariable::name)
                .filter(name -> !name.equals("upstream"))
                .toList();
    }

    /** Which op makes the gradient of a variable, once {@link #gradients} was called; "none" where there is none. */
    String gradientOp(String variable) {
        SameDiff gradient = graph.sd().getFunction("grad");
        SDVariable found = gradient.getGradForVariable(variable);
        return found == null
                ? "none"
                : gradient.getVariableOutputOp(found.name()).opName();
    }
}

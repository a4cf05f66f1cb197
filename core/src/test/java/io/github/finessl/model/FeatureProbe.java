package io.github.finessl.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.op.TestGraph;
import io.github.finessl.tuning.Tuning;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Features of a tuned encoder, and the gradients of Σ features ⊙ upstream at the strategy's parameters. */
final class FeatureProbe {
    private final TestGraph graph = new TestGraph();
    private final SDVariable features;

    /** @param parameters the strategy's, by name */
    FeatureProbe(Encoder encoder, Tuning tuning, Map<String, INDArray> parameters, INDArray images) {
        Map<String, SDVariable> variables = new LinkedHashMap<>();
        tuning.parameters(encoder).forEach(parameter -> {
            INDArray value = parameters.get(parameter.name());
            assertThat(value.shape()).as(parameter.name()).isEqualTo(parameter.shape());
            variables.put(parameter.name(), graph.variable(parameter.name(), value));
        });
        SDVariable input =
                graph.sd().placeHolder("images", DataType.DOUBLE, -1, 3, encoder.imageHeight(), encoder.imageWidth());
        graph.feed("images", images.castTo(DataType.DOUBLE));
        SDVariable pass = graph.sd().placeHolder("pass", DataType.INT64, 1);
        graph.feed("pass", Nd4j.createFromArray(0L));
        features = EncoderGraph.of(graph.sd(), encoder, DataType.DOUBLE, tuning, variables, pass)
                .build(input)
                .features();
    }

    /** In this training pass instead of evaluation. */
    FeatureProbe training(long pass) {
        graph.feed("pass", Nd4j.createFromArray(pass));
        return this;
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
        SDVariable found = graph.sd().getGradForVariable(variable);
        return found == null
                ? "none"
                : graph.sd().getVariableOutputOp(found.name()).opName();
    }
}

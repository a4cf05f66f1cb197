package io.github.finessl.model;

import static io.github.finessl.Values.distance;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.Golden;
import io.github.finessl.tuning.Parameter;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.Tunings;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Features and gradients of every strategy as the authors' code has them, in double precision on the small CLIP model:
 * {@code golden/small_model/peft}.
 */
class GoldenStrategiesTest {
    private static final Golden PEFT = Golden.open("golden/small_model/peft");
    private static final JsonNode INFO = Golden.json("golden/small_model/peft_info.json");
    private static final int BLOCKS = 3;
    private static final double EXACT = 1e-10;

    static Stream<Arguments> recorded() {
        return Stream.of(
                Arguments.of("none", "linear"),
                Arguments.of("vpt_deep", "vpt-deep"),
                Arguments.of("vpt_shallow", "vpt-shallow"),
                Arguments.of("vpt_last", "vpt-last:1"),
                Arguments.of("vpt_deep_partial2", "vpt-last:2"),
                Arguments.of("adapter", "adapter:dim=8"),
                Arguments.of("lora", "lora:rank=4"),
                Arguments.of("ssf", "ssf"),
                Arguments.of("adaptformer", "adaptformer:dim=16"),
                Arguments.of("adaptformer_sequential", "adaptformer:dim=16,sequential"),
                Arguments.of("adaptformer_ln_out", "adaptformer:dim=16,norm=out"),
                Arguments.of("bias_tuning", "bitfit"),
                Arguments.of("finetune", "full"));
    }

    @Test
    void everyRecordedStrategyIsTested() {
        assertThat(StreamSupport.stream(INFO.spliterator(), false)
                        .map(node -> node.get("name").textValue()))
                .containsExactlyInAnyOrderElementsOf(
                        recorded().map(a -> (String) a.get()[0]).toList());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("recorded")
    void featuresAndGradients(String name, String text) {
        Tuning tuning = Tunings.make(text, 5, 7);
        Map<String, INDArray> values = new LinkedHashMap<>();
        for (Parameter parameter : tuning.parameters(SmallClip.encoder())) {
            values.put(
                    parameter.name(),
                    parameter.start() instanceof Parameter.Start.AsItIs own
                            ? own.value()
                            : ours(parameter, name + "/param/" + theirs(name, parameter.name())));
        }
        FeatureProbe probe = new FeatureProbe(SmallClip.encoder(), tuning, values, SmallClip.array(PEFT, "x"));
        assertThat(distance(probe.features(), SmallClip.array(PEFT, name + "/feat")))
                .isLessThan(EXACT);
        if (values.isEmpty()) {
            return;
        }
        Map<String, INDArray> gradients = probe.gradients(SmallClip.array(PEFT, "upstream"));
        Set<String> compared = new HashSet<>();
        for (Parameter parameter : tuning.parameters(SmallClip.encoder())) {
            String recorded = name + "/grad/" + theirs(name, parameter.name());
            compared.add(recorded);
            assertThat(distance(gradients.get(parameter.name()), ours(parameter, recorded)))
                    .as(parameter.name())
                    .isLessThan(EXACT);
        }
        assertThat(PEFT.names().stream().filter(n -> n.startsWith(name + "/grad/")))
                .containsExactlyInAnyOrderElementsOf(compared);
    }

    /** CLIP's projection counts in the record, but is behind our features. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("recorded")
    void asManyParametersAsRecorded(String name, String text) {
        long recorded = StreamSupport.stream(INFO.spliterator(), false)
                .filter(node -> node.get("name").textValue().equals(name))
                .mapToLong(node -> node.get("n_params").longValue())
                .sum();
        long ours = Tunings.make(text, 5, 7).parameters(SmallClip.encoder()).stream()
                .mapToLong(Parameter::length)
                .sum();
        assertThat(ours).isEqualTo(name.equals("finetune") ? recorded - 64 * 32 : recorded);
    }

    /** A recorded array in the shape of ours; PyTorch's linear weights are [out, in]. */
    private static INDArray ours(Parameter parameter, String recorded) {
        INDArray array = SmallClip.array(PEFT, recorded);
        boolean factor = parameter.name().endsWith(".a") || parameter.name().endsWith(".b");
        if (parameter.name().equals("patches.weight")) {
            return array.reshape(64, 3 * 8 * 8).transpose().dup('c');
        }
        return parameter.shape().length == 2 && parameter.name().endsWith(".weight") && !factor
                ? array.transpose().dup('c')
                : array;
    }

    private static String theirs(String strategy, String ours) {
        String[] part = ours.split("\\.", -1);
        return switch (strategy) {
            case "bias_tuning", "finetune" -> mapped(strategy, ours);
            case "lora" ->
                "lora_list." + part[1] + (part[2].equals("query") ? ".q" : ".v") + ".lora_"
                        + part[3].toUpperCase(Locale.ROOT);
            case "ssf" -> "ssf_list." + part[1] + "." + SSF.get(part[2]) + "." + part[3];
            case "adapter" -> "adapter_list." + part[1] + "." + adapter("ln", part[2], part[3]);
            case "adaptformer", "adaptformer_sequential", "adaptformer_ln_out" ->
                "adaptformer_list." + part[1] + "." + adapter("adapter_layer_norm_before", part[2], part[3]);
            default -> "vpt_list." + part[1] + ".prompt";
        };
    }

    private static final Map<String, String> SSF =
            Map.of("qkv", "attn_in", "out", "attn_out", "fc1", "mlp_in", "fc2", "mlp_out");

    private static String adapter(String norm, String layer, String what) {
        return layer.equals("norm") ? norm + (what.equals("gain") ? ".weight" : ".bias") : layer + "_proj." + what;
    }

    /** The entry of the record's map for one of CLIP's own weights. */
    private static String mapped(String strategy, String ours) {
        String clip = clipName(ours);
        JsonNode mapping = StreamSupport.stream(INFO.spliterator(), false)
                .filter(node -> node.get("name").textValue().equals(strategy))
                .findFirst()
                .orElseThrow()
                .get("mapping");
        return mapping.properties().stream()
                .filter(entry -> entry.getValue().textValue().equals(clip))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    private static String clipName(String ours) {
        String name = ours.replace(".gain", ".weight");
        for (int b = 0; b < BLOCKS; b++) {
            name = name.replace("block." + b + ".", "transformer.resblocks." + b + ".");
        }
        return name.replace("norm1", "ln_1")
                .replace("norm2", "ln_2")
                .replace("qkv.weight", "attn.in_proj_weight")
                .replace("qkv.bias", "attn.in_proj_bias")
                .replace(".out.", ".attn.out_proj.")
                .replace("fc1", "mlp.c_fc")
                .replace("fc2", "mlp.c_proj")
                .replace("preNorm", "ln_pre")
                .replace("finalNorm", "ln_post")
                .replace("patches", "conv1")
                .replace("classToken", "class_embedding")
                .replace("positions", "positional_embedding");
    }
}

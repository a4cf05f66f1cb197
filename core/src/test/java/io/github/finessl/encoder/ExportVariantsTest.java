package io.github.finessl.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.ValueInfoProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real exports changed the way that other exporters and tools would write them. */
class ExportVariantsTest {

    @TempDir
    Path directory;

    @Test
    void namesMeanNothing() throws IOException {
        for (String name : List.of("hf_clip_proj_op14", "timm_vit_op17")) {
            assertReads(name, graph -> {
                Map<String, String> names = new HashMap<>();
                for (var node : graph.getNodeBuilderList()) {
                    node.setName("");
                    for (int i = 0; i < node.getInputCount(); i++) {
                        if (!node.getInput(i).isEmpty()) {
                            node.setInput(i, names.computeIfAbsent(node.getInput(i), n -> "t" + names.size()));
                        }
                    }
                    for (int i = 0; i < node.getOutputCount(); i++) {
                        node.setOutput(i, names.computeIfAbsent(node.getOutput(i), n -> "t" + names.size()));
                    }
                }
                graph.getInitializerBuilderList().forEach(t -> t.setName(names.getOrDefault(t.getName(), "unused")));
                graph.getInputBuilderList().forEach(v -> v.setName(names.get(v.getName())));
                graph.getOutputBuilderList().forEach(v -> v.setName(names.get(v.getName())));
            });
        }
    }

    /** IR versions before 4 list the initialisers as inputs, too. */
    @Test
    void initialisersMayBeInputs() throws IOException {
        assertReads("timm_vit_op17", graph -> {
            for (TensorProto tensor : graph.getInitializerList()) {
                var input = ValueInfoProto.newBuilder().setName(tensor.getName());
                var type = input.getTypeBuilder().getTensorTypeBuilder().setElemType(1);
                tensor.getDimsList()
                        .forEach(d -> type.getShapeBuilder().addDimBuilder().setDimValue(d));
                graph.addInput(0, input);
            }
        });
    }

    @Test
    void nodesMayComeInAnyOrder() throws IOException {
        assertReads("open_clip_vit_op17", graph -> {
            List<NodeProto> nodes = List.copyOf(graph.getNodeList());
            graph.clearNode();
            IntStream.range(0, nodes.size()).forEach(i -> graph.addNode(nodes.get(nodes.size() - 1 - i)));
        });
    }

    @Test
    void heightAndWidthMayBeOpen() throws IOException {
        assertReads("hf_clip_proj_op17", graph -> {
            var shape = graph.getInputBuilder(0)
                    .getTypeBuilder()
                    .getTensorTypeBuilder()
                    .getShapeBuilder();
            shape.getDimBuilder(2).setDimParam("height");
            shape.getDimBuilder(3).setDimParam("width");
        });
    }

    /** As optimum exports it: all tokens first, then a pooler that is no part of the encoder. */
    @Test
    void poolersBesideTheTokensAreLeftAlone() throws IOException {
        assertReads("hf_vit_cls_op17", graph -> {
            String features = graph.getOutput(0).getName();
            graph.addNode(node("Tanh", "pooled", features));
            graph.addOutput(0, ValueInfoProto.newBuilder().setName("pooled"));
        });
    }

    @Test
    void refusesLayerScalePoolersAndMeans() throws IOException {
        assertThatThrownBy(() -> read("timm_vit_op17", graph -> {
                    NodeProto add = graph.getNodeList().stream()
                            .filter(n -> n.getOpType().equals("Add"))
                            .reduce((a, b) -> b)
                            .orElseThrow();
                    String gain = graph.getInitializerList().stream()
                            .filter(t -> t.getDimsList().equals(List.of(64L)))
                            .findFirst()
                            .orElseThrow()
                            .getName();
                    int at = IntStream.range(0, graph.getNodeCount())
                            .filter(i -> graph.getNode(i).equals(add))
                            .findFirst()
                            .orElseThrow();
                    graph.getNodeBuilder(at).setInput(1, "scaled");
                    graph.addNode(at, node("Add", "raised", gain, gain));
                    graph.addNode(at + 1, node("Mul", "scaled", add.getInput(1), "raised"));
                }))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("LayerScale");
        assertThatThrownBy(() -> read("timm_vit_op17", graph -> {
                    graph.addNode(node("Tanh", "pooled", graph.getOutput(0).getName()));
                    graph.getOutputBuilder(0).setName("pooled");
                }))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("final norm");
        assertThatThrownBy(() -> read("hf_vit_cls_op17", graph -> {
                    NodeProto last = graph.getNode(graph.getNodeCount() - 1);
                    graph.setNode(
                            graph.getNodeCount() - 1,
                            node("ReduceMean", last.getOutput(0), last.getInput(0)).toBuilder()
                                    .addAttribute(AttributeProto.newBuilder()
                                            .setName("axes")
                                            .addInts(1)));
                }))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("pooled");
    }

    private static NodeProto node(String type, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(type)
                .addOutput(output)
                .addAllInput(List.of(inputs))
                .build();
    }

    private VisionTransformer read(String name, Consumer<GraphProto.Builder> change) throws IOException {
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(Fixtures.onnx(name + ".onnx")));
        var graph = model.getGraph().toBuilder();
        change.accept(graph);
        Path file = Files.createTempFile(directory, name, ".onnx");
        Files.write(file, model.toBuilder().setGraph(graph).build().toByteArray());
        return (VisionTransformer) OnnxEncoderReader.read(file);
    }

    private void assertReads(String name, Consumer<GraphProto.Builder> change) throws IOException {
        VisionTransformer vit = read(name, change);
        RealExportersTest.assertClose(
                new ReferenceVit(vit).output(Fixtures.floats(name + ".input.f32"), 3),
                Fixtures.floats(name + ".output.f32"),
                1e-5);
        assertThat(vit.imageHeight()).isEqualTo(32);
    }
}

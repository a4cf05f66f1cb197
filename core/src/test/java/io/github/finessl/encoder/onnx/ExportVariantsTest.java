package io.github.finessl.encoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.StringStringEntryProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorProto.DataType;
import onnx.Onnx.ValueInfoProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.shade.protobuf.ByteString;

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

    /** transformers' CLIPVisionModel: its last_hidden_state comes before the final norm. */
    @Test
    void outputsBeforeTheFinalNormAreLeftAlone() throws IOException {
        assertReads("openai_clip_feat_op17", graph -> {
            List<String> sums = graph.getNodeList().stream()
                    .filter(n -> n.getOpType().equals("Add"))
                    .map(n -> n.getOutput(0))
                    .toList();
            graph.addOutput(0, ValueInfoProto.newBuilder().setName(sums.get(sums.size() - 1)));
        });
    }

    /** transformers' CLIPModel: text and image towers, normalised embeddings, their products. */
    @Test
    void aTextTowerIsLeftAlone() throws IOException {
        assertReads("hf_clip_proj_op17", graph -> {
            String projected = graph.getOutput(0).getName();
            var ids = ValueInfoProto.newBuilder().setName("input_ids");
            var type = ids.getTypeBuilder().getTensorTypeBuilder().setElemType(7);
            type.getShapeBuilder().addDimBuilder().setDimParam("texts");
            graph.addInput(0, ids);
            graph.addInitializer(TensorProto.newBuilder()
                    .setName("words")
                    .setDataType(1)
                    .addDims(5)
                    .addDims(32)
                    .addAllFloatData(Collections.nCopies(160, 0.1f)));
            graph.addNode(node("Gather", "text_embeds", "words", "input_ids"));
            graph.addNode(node("Transpose", "texts", "text_embeds"));
            graph.addNode(node("ReduceL2", "norm", projected).toBuilder()
                    .addAttribute(AttributeProto.newBuilder().setName("axes").addInts(-1))
                    .build());
            graph.addNode(node("Div", "image_embeds", projected, "norm"));
            graph.addNode(node("MatMul", "logits_per_image", "image_embeds", "texts"));
            graph.clearOutput();
            for (String output : List.of("logits_per_image", "text_embeds", "image_embeds")) {
                graph.addOutput(ValueInfoProto.newBuilder().setName(output));
            }
        });
    }

    /** DINOv2, DeiT III: a gain for each channel of a branch goes into the weights before it, exactly. */
    @Test
    void foldsLayerScale() throws IOException, OrtException {
        Path file = write("timm_vit_op17", graph -> {
            List<NodeProto> nodes = List.copyOf(graph.getNodeList());
            NodeProto add = nodes.stream()
                    .filter(n -> n.getOpType().equals("Add"))
                    .reduce((a, b) -> b)
                    .orElseThrow();
            var gain = TensorProto.newBuilder().setName("gamma").setDataType(1).addDims(64);
            IntStream.range(0, 64).forEach(i -> gain.addFloatData(0.1f + i / 40f));
            graph.addInitializer(gain);
            graph.getNodeBuilder(nodes.indexOf(add)).setInput(1, "scaled");
            graph.addNode(nodes.indexOf(add), node("Mul", "scaled", add.getInput(1), "gamma"));
        });
        assertAgrees(file, "timm_vit_op17", 1e-5);
    }

    @Test
    void weightsMayBeHalvesThatAreCast() throws IOException, OrtException {
        for (DataType type : List.of(DataType.FLOAT16, DataType.BFLOAT16)) {
            for (String name : List.of("hf_clip_proj_op14", "timm_vit_head_op17", "open_clip_vit_op17")) {
                Path file = write(name, graph -> {
                    for (var tensor : graph.getInitializerBuilderList()) {
                        if (tensor.getDataType() == DataType.FLOAT_VALUE) {
                            narrow(tensor, type);
                            String wide = tensor.getName();
                            tensor.setName(wide + "#");
                            graph.addNode(
                                    0,
                                    node("Cast", wide, wide + "#").toBuilder()
                                            .addAttribute(to(DataType.FLOAT))
                                            .build());
                        }
                    }
                });
                assertAgrees(file, name, 1e-5);
            }
        }
    }

    /** torch's model.half(): everything in f16, the image included. It is computed in f32 here. */
    @Test
    void theWholeGraphMayBeOfHalves() throws IOException {
        for (String name :
                List.of("hf_clip_proj_op14", "hf_clip_proj_dynamo18", "hf_vit_cls_op17", "open_clip_vit_op17")) {
            VisionTransformer vit = read(name, graph -> {
                graph.clearValueInfo();
                graph.getInitializerBuilderList().forEach(t -> narrow(t, DataType.FLOAT16));
                graph.getInputBuilder(0).getTypeBuilder().getTensorTypeBuilder().setElemType(DataType.FLOAT16_VALUE);
                for (var node : graph.getNodeBuilderList()) {
                    node.getAttributeBuilderList().stream()
                            .filter(AttributeProto.Builder::hasT)
                            .forEach(a -> narrow(a.getTBuilder(), DataType.FLOAT16));
                }
            });
            RealExportersTest.assertClose(
                    new ReferenceVit(vit).output(Fixtures.floats(name + ".input.f32"), 3),
                    Fixtures.floats(name + ".output.f32"),
                    5e-3);
        }
    }

    @Test
    void weightsMayLieInASideFile() throws IOException, OrtException {
        for (String name : List.of("hf_clip_proj_dynamo18", "timm_vit_op17")) {
            var side = new ByteArrayOutputStream();
            Path file = write(name, graph -> {
                for (var tensor : graph.getInitializerBuilderList()) {
                    if (tensor.getDataType() != DataType.FLOAT_VALUE) {
                        continue;
                    }
                    byte[] raw = tensor.getRawData().toByteArray();
                    tensor.clearRawData()
                            .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                            .addExternalData(entry("location", "weights.data"))
                            .addExternalData(entry("offset", String.valueOf(side.size())))
                            .addExternalData(entry("length", String.valueOf(raw.length)));
                    side.writeBytes(raw);
                    side.writeBytes(new byte[64 - raw.length % 64]);
                }
            });
            byte[] weights = side.toByteArray();
            Files.write(directory.resolve("weights.data"), weights);
            assertAgrees(file, name, 1e-5);
            String hash = ((VisionTransformer) OnnxEncoderReader.read(file)).sha256();
            weights[weights.length / 2] ^= 1;
            Files.write(directory.resolve("weights.data"), weights);
            assertThat(((VisionTransformer) OnnxEncoderReader.read(file)).sha256())
                    .isNotEqualTo(hash);
        }
    }

    /** timm's ImageNet-21k models have a head of 21,843 classes, or none. */
    @Test
    void readsTheHeadOfImageNet21k() throws IOException {
        VisionTransformer vit = read("timm_vit_head_op17", graph -> {
            NodeProto head = graph.getNode(graph.getNodeCount() - 1);
            assertThat(head.getOpType()).isEqualTo("Gemm");
            for (var tensor : graph.getInitializerBuilderList()) {
                if (tensor.getName().equals(head.getInput(1))) {
                    tensor.setDims(0, 21_843).setRawData(ByteString.copyFrom(new byte[4 * 21_843 * 64]));
                } else if (tensor.getName().equals(head.getInput(2))) {
                    tensor.setDims(0, 21_843).setRawData(ByteString.copyFrom(new byte[4 * 21_843]));
                }
            }
        });
        assertThat(vit.head().orElseThrow().weight().shape()).containsExactly(64, 21_843);
        RealExportersTest.assertClose(
                new ReferenceVit(vit).features(Fixtures.floats("timm_vit_head_op17.input.f32"), 3),
                features("timm_vit_head_op17"),
                1e-5);
    }

    /** What comes in front of the classifier. */
    private float[] features(String name) throws IOException {
        VisionTransformer vit = read(name, graph -> {});
        double[][] features = new ReferenceVit(vit).features(Fixtures.floats(name + ".input.f32"), 3);
        var floats = new float[3 * vit.width()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) features[i / vit.width()][i % vit.width()];
        }
        return floats;
    }

    /** Sentence-transformers and others who pool transformers' last hidden state. */
    @Test
    void readsTheMeanOfAllTokens() throws IOException, OrtException {
        Path file = write("hf_vit_cls_op17", graph -> pooled(graph, "ReduceMean"));
        assertAgrees(file, "hf_vit_cls_op17", 1e-5);
        assertThat(((VisionTransformer) OnnxEncoderReader.read(file)).pooling()).isEqualTo(new Pooling.NormThenMean(0));
    }

    /** All tokens, the class token and their mean side by side: the class token counts. */
    @Test
    void prefersTheClassTokenToTheMeanAndTheMeanToAllTokens() throws IOException {
        VisionTransformer both = read("hf_vit_cls_op17", graph -> {
            String all = graph.getNode(graph.getNodeCount() - 1).getInput(0);
            graph.addNode(mean("ReduceMean", "mean", all));
            graph.addOutput(0, ValueInfoProto.newBuilder().setName("mean"));
            graph.addOutput(0, ValueInfoProto.newBuilder().setName(all));
        });
        assertThat(both.pooling()).isEqualTo(new Pooling.ClassToken());
        VisionTransformer mean = read("hf_vit_cls_op17", graph -> {
            String all = graph.getNode(graph.getNodeCount() - 1).getInput(0);
            pooled(graph, "ReduceMean");
            graph.addOutput(0, ValueInfoProto.newBuilder().setName(all));
        });
        assertThat(mean.pooling()).isEqualTo(new Pooling.NormThenMean(0));
    }

    @Test
    void refusesTokensPooledInAnotherWay() {
        assertThatThrownBy(() -> read("hf_vit_cls_op17", graph -> pooled(graph, "ReduceMax")))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("pooled in another way");
        assertThatThrownBy(() -> read("hf_vit_cls_op17", graph -> {
                    String all = graph.getNode(graph.getNodeCount() - 1).getInput(0);
                    graph.addNode(graph.getNodeCount() - 1, node("Tanh", "squashed", all));
                    pooled(graph, "ReduceMean");
                    graph.getNodeBuilder(graph.getNodeCount() - 1).setInput(0, "squashed");
                }))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("final norm");
    }

    /** The last node, which picks the class token, replaced. */
    private static void pooled(GraphProto.Builder graph, String reduction) {
        NodeProto last = graph.getNode(graph.getNodeCount() - 1);
        graph.setNode(graph.getNodeCount() - 1, mean(reduction, last.getOutput(0), last.getInput(0)));
    }

    private static NodeProto mean(String reduction, String output, String input) {
        return node(reduction, output, input).toBuilder()
                .addAttribute(AttributeProto.newBuilder()
                        .setName("axes")
                        .setType(AttributeProto.AttributeType.INTS)
                        .addInts(1))
                .addAttribute(AttributeProto.newBuilder()
                        .setName("keepdims")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(0))
                .build();
    }

    @Test
    void refusesWhatIsNotReadByWhatItIs() {
        assertRefused(graph -> insert(graph, "Softmax", node("QLinearMatMul", "", "")), "neither QDQ nor dynamic");
        assertRefused(graph -> insert(graph, "Softmax", node("If", "", "")), "control flow");
        assertRefused(
                graph -> insert(
                        graph,
                        "Softmax",
                        node("Gelu", "", "").toBuilder().setDomain("my.ops").build()),
                "neither ONNX's nor ONNX Runtime's");
        assertRefused(
                graph -> {
                    graph.addInitializer(TensorProto.newBuilder()
                            .setName("bias")
                            .setDataType(1)
                            .addDims(17)
                            .addDims(17)
                            .addAllFloatData(Collections.nCopies(288, 0f))
                            .addFloatData(Float.NEGATIVE_INFINITY));
                    insert(graph, "Softmax", node("Add", "", "", "bias"));
                },
                "leaves out some tokens");
        assertRefused(
                graph -> {
                    graph.addInitializer(TensorProto.newBuilder()
                            .setName("on")
                            .setDataType(DataType.BOOL_VALUE)
                            .addInt32Data(1));
                    insert(graph, "Softmax", node("Dropout", "", "", "", "on"));
                },
                "training mode");
    }

    /** Puts a node, which takes the tensor for its first input, before the first node of a type. */
    private static void insert(GraphProto.Builder graph, String before, NodeProto node) {
        int at = IntStream.range(0, graph.getNodeCount())
                .filter(i -> graph.getNode(i).getOpType().equals(before))
                .findFirst()
                .orElseThrow();
        String from = graph.getNode(at).getInput(0);
        graph.getNodeBuilder(at).setInput(0, "inserted");
        graph.addNode(at, node.toBuilder().setInput(0, from).setOutput(0, "inserted"));
    }

    private void assertRefused(Consumer<GraphProto.Builder> change, String sentence) {
        assertThatThrownBy(() -> read("timm_vit_op17", change))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("timm_vit_op17")
                .hasMessageContaining("expected a vision transformer")
                .hasMessageContaining(sentence);
    }

    private static AttributeProto to(DataType type) {
        return AttributeProto.newBuilder()
                .setName("to")
                .setType(AttributeProto.AttributeType.INT)
                .setI(type.getNumber())
                .build();
    }

    private static void narrow(TensorProto.Builder tensor, DataType type) {
        if (tensor.getDataType() != DataType.FLOAT_VALUE) {
            return;
        }
        var wide = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        var narrow = ByteBuffer.allocate(wide.remaining() / 2).order(ByteOrder.LITTLE_ENDIAN);
        while (wide.hasRemaining()) {
            float value = wide.getFloat();
            narrow.putShort(
                    type == DataType.FLOAT16 ? VitWriter.half(value) : (short) (Float.floatToIntBits(value) >>> 16));
        }
        tensor.setRawData(ByteString.copyFrom(narrow.array())).setDataType(type.getNumber());
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static void assertAgrees(Path file, String name, double tolerance) throws OrtException {
        float[] images = Fixtures.floats(name + ".input.f32");
        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(file);
        RealExportersTest.assertClose(
                new ReferenceVit(vit).output(images, 3), OrtOracle.run(file, images, 3, 3, 32, 32), tolerance);
    }

    private static NodeProto node(String type, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(type)
                .addOutput(output)
                .addAllInput(List.of(inputs))
                .build();
    }

    private VisionTransformer read(String name, Consumer<GraphProto.Builder> change) throws IOException {
        return (VisionTransformer) OnnxEncoderReader.read(write(name, change));
    }

    private Path write(String name, Consumer<GraphProto.Builder> change) throws IOException {
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(Fixtures.onnx(name + ".onnx")));
        var graph = model.getGraph().toBuilder();
        change.accept(graph);
        Path file = Files.createTempFile(directory, name, ".onnx");
        return Files.write(file, model.toBuilder().setGraph(graph).build().toByteArray());
    }

    private void assertReads(String name, Consumer<GraphProto.Builder> change) throws IOException {
        VisionTransformer vit = read(name, change);
        float[] images = Fixtures.floats(name + ".input.f32");
        RealExportersTest.assertClose(
                new ReferenceVit(vit).output(images, images.length / (3 * 32 * 32)),
                Fixtures.floats(name + ".output.f32"),
                1e-5);
        assertThat(vit.imageHeight()).isEqualTo(32);
    }
}

package io.github.finessl.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.text.Tokenizer.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorShapeProto;
import onnx.Onnx.TypeProto;
import onnx.Onnx.ValueInfoProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tokens are those of transformers, and vectors to 1e-4, of names that are hard to read. */
class TextTowerTest {

    @TempDir
    private Path directory;

    private static List<String> prompts() throws IOException {
        return TextFixtures.names().stream()
                .flatMap(name -> Templates.PHOTO.prompts(name).stream())
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"clip, clip/vocab.json", "clip, clip/transformers.json", "siglip, siglip/tokenizer.json"})
    void tokensAreThoseOfTransformers(String model, Path file) throws IOException {
        TokenizerFile tokenizer =
                TokenizerFile.of(Path.of("src/test/resources/text").resolve(file));
        long[][] ids = TextFixtures.tokens(model, "tokens");
        try (Tokenizer words = new Tokenizer(tokenizer, ids[0].length)) {
            List<Tokens> found = words.tokens(prompts());
            assertThat(found.stream().map(Tokens::ids)).containsExactly(ids);
            if (model.equals("clip")) {
                assertThat(found.stream().map(Tokens::mask)).containsExactly(TextFixtures.tokens(model, "mask"));
            }
        }
    }

    @Test
    void filesTellLengthAndPadding() throws IOException {
        assertThat(TokenizerFile.of(TextFixtures.SIGLIP).length()).hasValue(64);
        assertThat(TokenizerFile.of(TextFixtures.SIGLIP).padding()).hasValue(1);
        assertThat(TokenizerFile.of(TextFixtures.CLIP).length()).hasValue(20);
        Files.delete(clip().encoder().resolveSibling("config.json"));
        assertThat(TokenizerFile.of(directory).length()).hasValue(77);
    }

    @Test
    void vectorsAreThoseOfTransformers() throws IOException {
        compare("clip", clip());
        compare("siglip", TextTower.of(TextFixtures.SIGLIP.resolve("both.onnx")));
    }

    private static void compare(String model, TextTower tower) throws IOException {
        ClassVectors found = tower.vectors(TextFixtures.names());
        double[][] expected = TextFixtures.values(model, "text");
        for (int c = 0; c < expected.length; c++) {
            for (int e = 0; e < expected[c].length; e++) {
                assertThat((double) found.vectors()[c][e]).isCloseTo(expected[c][e], within(1e-4));
            }
        }
    }

    /** The text tower in a folder of its own. */
    private TextTower clip() throws IOException {
        for (String name : List.of("text.onnx", "vocab.json", "merges.txt", "config.json")) {
            Files.copy(TextFixtures.CLIP.resolve(name), directory.resolve(name));
        }
        return TextTower.of(directory.resolve("text.onnx"));
    }

    @Test
    void scaleAndBiasAreReadOffALogit() throws IOException {
        LogitScale scale = TextTower.of(TextFixtures.SIGLIP.resolve("both.onnx"))
                .vectors(List.of("cat", "dog"))
                .logits()
                .orElseThrow();
        assertThat(scale.scale()).isCloseTo(110, within(0.01));
        assertThat(scale.bias()).isCloseTo(-12.5, within(0.01));
        assertThat(clip().vectors(List.of("cat", "dog")).logits()).isEmpty();
    }

    @Test
    void severalTemplatesAreAveraged() throws IOException {
        TextTower one = clip();
        Templates both = new Templates(List.of("a photo of a {}.", "{}"));
        float[] photo = one.vectors(List.of("cat")).vectors()[0];
        float[] bare = new TextTower(one.encoder(), Optional.empty(), new Templates(List.of("{}")))
                .vectors(List.of("cat"))
                .vectors()[0];
        float[] mean = new TextTower(one.encoder(), Optional.empty(), both)
                .vectors(List.of("cat"))
                .vectors()[0];
        double length = 0;
        for (int e = 0; e < mean.length; e++) {
            length += Math.pow(photo[e] + bare[e], 2);
        }
        for (int e = 0; e < mean.length; e++) {
            assertThat((double) mean[e]).isCloseTo((photo[e] + bare[e]) / Math.sqrt(length), within(1e-6));
        }
        assertThat(Templates.clip80().texts()).hasSize(80);
        assertThat(Templates.clip80().prompts("great_white_shark")).contains("a origami great white shark.");
    }

    @Test
    void vectorsAreKept() throws IOException {
        TextTower tower = clip();
        ClassVectors first = tower.vectors(List.of("kept", "twice"));
        Path kept = Path.of(System.getProperty("finessl.cache"))
                .resolve("text-" + first.sha256().substring(0, 16) + ".bin");
        byte[] bytes = Files.readAllBytes(kept);
        assertThat(tower.vectors(List.of("kept", "twice")).vectors()).isDeepEqualTo(first.vectors());
        bytes[bytes.length - 4] ^= 64; // the last number's exponent: what is read is what was kept
        Files.write(kept, bytes);
        assertThat(tower.vectors(List.of("kept", "twice")).vectors()[1]).isNotEqualTo(first.vectors()[1]);
        Files.write(kept, new byte[] {0, 1, 2});
        assertThat(tower.vectors(List.of("kept", "twice")).vectors()).isDeepEqualTo(first.vectors());
        assertThat(tower.vectors(List.of("twice", "kept")).sha256()).isNotEqualTo(first.sha256());
    }

    @Test
    void hiddenStatesAreRefused() throws IOException {
        TextTower tower = clip();
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(tower.encoder()));
        ModelProto.Builder renamed = model.toBuilder();
        String old = model.getGraph().getOutput(0).getName();
        renamed.getGraphBuilder().getOutputBuilder(0).setName("pooler_output");
        renamed.getGraphBuilder().getNodeBuilderList().forEach(node -> {
            for (int i = 0; i < node.getOutputCount(); i++) {
                if (node.getOutput(i).equals(old)) {
                    node.setOutput(i, "pooler_output");
                }
            }
        });
        Files.write(tower.encoder(), renamed.build().toByteArray());
        assertThatExceptionOfType(TextTowerException.class)
                .isThrownBy(() -> tower.vectors(List.of("cat", "dog")))
                .withMessageContaining("text.onnx must give text embeddings in the space of the images, as text_embeds")
                .withMessageContaining("its outputs are pooler_output")
                .withMessageContaining("export CLIPTextModelWithProjection");
    }

    @Test
    void otherFilesAreRefused() throws IOException {
        TextTower tower = clip();
        assertThatExceptionOfType(TextTowerException.class)
                .isThrownBy(() ->
                        TextTower.of(TextFixtures.CLIP.resolve("vision.onnx")).vectors(List.of("cat")))
                .withMessageContaining(
                        "vision.onnx must be a text tower, with token numbers [batch, length] as an input such as"
                                + " input_ids, but its inputs are pixel_values");
        assertThatExceptionOfType(TextTowerException.class)
                .isThrownBy(() -> TextTower.of(directory.resolve("none.onnx")).vectors(List.of("cat")))
                .withMessageContaining("none.onnx should be the ONNX file of a text tower, but there is none.");
        Files.writeString(directory.resolve("tokenizer.json"), "{\"model\": {\"type\": \"None\"}}");
        assertThatExceptionOfType(TextTowerException.class)
                .isThrownBy(() -> tower.vectors(List.of("cat")))
                .withMessageContaining("tokenizer.json must name a padding token");
        Files.delete(directory.resolve("tokenizer.json"));
        Files.delete(directory.resolve("merges.txt"));
        assertThatExceptionOfType(TextTowerException.class)
                .isThrownBy(() -> tower.vectors(List.of("cat")))
                .withMessageContaining(
                        "must hold the tokenizer of the text tower, tokenizer.json or vocab.json with merges.txt");
        Files.writeString(directory.resolve("text.onnx"), "no graph");
        Files.copy(TextFixtures.CLIP.resolve("merges.txt"), directory.resolve("merges.txt"));
        assertThatExceptionOfType(TextTowerException.class)
                .isThrownBy(() -> tower.vectors(List.of("cat")))
                .withMessageContaining("text.onnx should be the ONNX file of a text tower, but ONNX Runtime says:");
    }

    /** ids·positions, of int32 ids, in batches of two. */
    @Test
    void inputsOfOtherKindsAreFed() throws IOException {
        long[] shape = {2, 20};
        GraphProto graph = GraphProto.newBuilder()
                .setName("products")
                .addInput(value("input_ids", TensorProto.DataType.INT32, shape))
                .addInput(value("position_ids", TensorProto.DataType.INT64, shape))
                .addNode(cast("input_ids", "ids"))
                .addNode(cast("position_ids", "positions"))
                .addNode(NodeProto.newBuilder()
                        .setOpType("Mul")
                        .addInput("ids")
                        .addInput("positions")
                        .addOutput("text_features"))
                .addOutput(value("text_features", TensorProto.DataType.FLOAT, shape))
                .build();
        Path file = clip().encoder();
        Files.write(
                file,
                ModelProto.newBuilder()
                        .setIrVersion(8)
                        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                        .setGraph(graph)
                        .build()
                        .toByteArray());
        long[][] ids = TextFixtures.tokens("clip", "tokens");
        float[][] found = TextTower.of(file).vectors(TextFixtures.names()).vectors();
        assertThat(found).hasDimensions(ids.length, 20);
        for (int c = 0; c < ids.length; c++) {
            double squares = 0;
            for (int i = 0; i < 20; i++) {
                squares += Math.pow((double) ids[c][i] * i, 2);
            }
            for (int i = 0; i < 20; i++) {
                assertThat((double) found[c][i]).isCloseTo(ids[c][i] * i / Math.sqrt(squares), within(1e-6));
            }
        }
    }

    private static ValueInfoProto value(String name, TensorProto.DataType type, long... shape) {
        TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
        for (long size : shape) {
            dims.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(size));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(dims)))
                .build();
    }

    private static NodeProto cast(String from, String to) {
        return NodeProto.newBuilder()
                .setOpType("Cast")
                .addInput(from)
                .addOutput(to)
                .addAttribute(AttributeProto.newBuilder()
                        .setName("to")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(TensorProto.DataType.FLOAT.getNumber()))
                .build();
    }

    @Test
    void templatesHaveAPlaceForTheName() throws IOException {
        assertThatIllegalArgumentException().isThrownBy(() -> new Templates(List.of("a photo")));
        Path file = directory.resolve("templates.txt");
        Files.write(file, List.of("a photo of a {}, a type of food.", "", "  {} "));
        assertThat(Templates.named(file.toString()).prompts("pho"))
                .containsExactly("a photo of a pho, a type of food.", "pho");
        Files.write(file, List.of("a photo"));
        assertThatExceptionOfType(TextTowerException.class)
                .isThrownBy(() -> Templates.read(file))
                .withMessageEndingWith(
                        "templates.txt must hold prompt templates, one a line, but a template has {} in the place of"
                                + " the class's name, but 'a photo' has none.");
    }

    @Test
    void nothingSaysHowManyTokens() throws IOException {
        for (String name : Stream.of("both.onnx", "tokenizer.json").toList()) {
            Files.copy(TextFixtures.SIGLIP.resolve(name), directory.resolve(name));
        }
        assertThatExceptionOfType(TextTowerException.class)
                .isThrownBy(() -> TextTower.of(directory.resolve("both.onnx")).vectors(List.of("cat", "dog")))
                .withMessageContaining("tokenizer.json should tell how many tokens the text tower takes");
        Files.writeString(directory.resolve("config.json"), "{\"model_type\": \"siglip\"}");
        assertThat(TextTower.of(directory.resolve("both.onnx"))
                        .vectors(List.of("cat", "dog"))
                        .vectors())
                .hasDimensions(2, 16);
    }
}

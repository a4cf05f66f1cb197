package io.github.finessl.encoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.finessl.Cases;
import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.encoder.onnx.Quantiser.Kind;
import io.github.finessl.encoder.onnx.VitWriter.Attend;
import io.github.finessl.encoder.onnx.VitWriter.Ending;
import io.github.finessl.encoder.onnx.VitWriter.Front;
import io.github.finessl.encoder.onnx.VitWriter.Shape;
import io.github.finessl.encoder.onnx.VitWriter.Spelling;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.UnaryOperator;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.StringStringEntryProto;
import onnx.Onnx.TensorProto;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.shade.protobuf.ByteString;
import org.slf4j.LoggerFactory;

class RefusalTest {

    @TempDir
    Path directory;

    @Test
    void refusesWhatIsNoOnnxFile() throws IOException {
        assertRefused(directory.resolve("missing.onnx"))
                .hasMessageContaining("missing.onnx")
                .hasMessageContaining("no such file");
        assertRefused(directory).hasMessageContaining("a directory");
        assertRefused(file(new byte[0])).hasMessageContaining("an empty file");
        assertRefused(file("Not Found\n".getBytes(StandardCharsets.UTF_8))).hasMessageContaining("a text file");
        assertRefused(file("<!DOCTYPE html><html></html>".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("HTML");
        assertRefused(file(
                        "version https://git-lfs.github.com/spec/v1\noid sha256:00".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("Git LFS pointer");
        assertRefused(file(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 26, '\n', 0, 0, 0, 13}))
                .hasMessageContaining("an image");
        assertRefused(file(new byte[] {'P', 'K', 3, 4, 0, 0})).hasMessageContaining("zip");
    }

    @Test
    void refusesATextEncoder() throws IOException {
        assertRefused(changed(model -> {
                    var graph = model.getGraph().toBuilder();
                    graph.getInputBuilder(0)
                            .setName("input_ids")
                            .getTypeBuilder()
                            .getTensorTypeBuilder()
                            .setElemType(7);
                    return model.toBuilder().setGraph(graph).build();
                }))
                .hasMessageContaining("expected an image input")
                .hasMessageContaining("text encoder");
    }

    @Test
    void refusesAFileWithoutTheDefaultOperators() throws IOException {
        assertRefused(changed(model -> {
                    var changed = model.toBuilder();
                    changed.getOpsetImportBuilder(0).setDomain("com.microsoft");
                    return changed.build();
                }))
                .hasMessageContaining("expected the default operator set")
                .hasMessageContaining("com.microsoft");
    }

    @Test
    void refusesTensorsThatLieAboutTheirSize() throws IOException {
        for (long lie : new long[] {-1, 63, 1L << 31, 1L << 40, Long.MAX_VALUE}) {
            assertRefused(changed(model ->
                            weight(model, t -> t.toBuilder().setDims(0, lie).build())))
                    .hasMessageContaining("tensor '");
        }
    }

    @Test
    void refusesCyclesAndLooseEnds() throws IOException {
        assertRefused(changed(model -> {
                    var graph = model.getGraph().toBuilder();
                    String last = graph.getNode(graph.getNodeCount() - 1).getOutput(0);
                    var conv = graph.getNodeBuilderList().stream()
                            .filter(n -> n.getOpType().equals("Conv"))
                            .findFirst()
                            .orElseThrow();
                    conv.setInput(0, last);
                    return model.toBuilder().setGraph(graph).build();
                }))
                .hasMessageContaining("cycle");
        assertRefused(changed(model -> {
                    var graph = model.getGraph().toBuilder();
                    graph.getNodeBuilder(graph.getNodeCount() - 1).setInput(0, "nowhere");
                    return model.toBuilder().setGraph(graph).build();
                }))
                .hasMessageContaining("no source of 'nowhere'");
    }

    @Test
    void refusesSideFilesThatAreMissingShortOrElsewhere() throws IOException {
        Files.write(directory.resolve("short.bin"), new byte[100]);
        assertRefused(changed(m -> external(m, "weights.bin", 0)))
                .hasMessageContaining("weights.bin")
                .hasMessageContaining("no such file");
        assertRefused(changed(m -> external(m, "short.bin", 0)))
                .hasMessageContaining("side file")
                .hasMessageContaining("100");
        assertRefused(changed(m -> external(m, "short.bin", 4711))).hasMessageContaining("4711");
        assertRefused(changed(m -> external(m, "../short.bin", 0))).hasMessageContaining("beside the model");
        assertRefused(changed(m -> external(m, "/etc/passwd", 0))).hasMessageContaining("beside the model");
    }

    @Test
    void warnsOfASideFileThatLeadsElsewhere() throws IOException {
        Path elsewhere = Files.createDirectories(directory.resolve("elsewhere")).resolve("blob");
        Path model = changed(m -> external(
                weight(m, t -> {
                    write(elsewhere, t.getRawData().toByteArray());
                    return t;
                }),
                "folder/w.bin",
                0));
        Path own = Files.createDirectory(directory.resolve("own"));
        Path encoder = Files.move(model, own.resolve("encoder.onnx"));
        Path side = Files.createDirectory(own.resolve("folder")).resolve("w.bin");
        Logger logger = (Logger) LoggerFactory.getLogger(OnnxFile.class);
        ListAppender<ILoggingEvent> warnings = new ListAppender<>();
        warnings.start();
        logger.addAppender(warnings);
        try {
            Files.copy(elsewhere, side);
            OnnxEncoderReader.read(encoder);
            Files.delete(side);
            Files.createSymbolicLink(side, elsewhere);
            Path cached = Files.move(encoder, elsewhere.resolveSibling("another blob"));
            Files.createSymbolicLink(encoder, cached);
            OnnxEncoderReader.read(encoder);
            assertThat(warnings.list).as("model caches consist of links").isEmpty();
            Files.delete(encoder);
            Files.move(cached, encoder);
            OnnxEncoderReader.read(encoder);
        } finally {
            logger.detachAppender(warnings);
        }
        assertThat(warnings.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(side.toAbsolutePath() + " is a link that leads out of the encoder's folder, to "
                        + elsewhere.toRealPath());
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void refusesTruncatedFilesAtAnyByte() throws IOException {
        byte[] whole = Files.readAllBytes(Fixtures.onnx("timm_vit_op17.onnx"));
        var random = new Random(1);
        for (int i = 0; i < 120; i++) {
            int length = i < 40 ? i : i < 80 ? whole.length - 1 - (i - 40) : random.nextInt(whole.length);
            assertReadableOrRefused(file(Arrays.copyOf(whole, length)));
        }
    }

    @Test
    void survivesFlippedBytes() throws IOException {
        byte[] whole = Files.readAllBytes(Fixtures.onnx("hf_clip_proj_dynamo18.onnx"));
        var random = new Random(2);
        for (int i = 0; i < 150; i++) {
            byte[] damaged = whole.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                int at = random.nextBoolean() ? random.nextInt(40_000) : random.nextInt(damaged.length);
                damaged[Math.min(at, damaged.length - 1)] ^= (byte) (1 << random.nextInt(8));
            }
            assertReadableOrRefused(file(damaged));
        }
    }

    /** Damage that parses: random numbers and names of the message itself, where flipped bytes seldom get. */
    @Test
    void survivesDamagedMessages() throws IOException {
        ModelProto timm = ModelProto.parseFrom(Files.readAllBytes(Fixtures.onnx("timm_vit_head_op17.onnx")));
        survivesDamage(timm, Cases.of(150));
        for (Kind kind : Kind.values()) {
            survivesDamage(Quantiser.quantise(timm, kind).quantised(), Cases.of(50));
        }
        Path dino = directory.resolve("dino.onnx");
        for (Front front : Front.values()) {
            VitWriter.write(
                    Spelling.dino(front, Ending.MEAN_THEN_NORM, Attend.PRODUCTS),
                    new Shape(16, 16, 8, 8, 16, 2, 1),
                    dino,
                    5);
            survivesDamage(ModelProto.parseFrom(Files.readAllBytes(dino)), Cases.of(100));
        }
    }

    private void survivesDamage(ModelProto model, int times) throws IOException {
        var random = new Random(3);
        long[] odd = {-1, 0, 1, 2, 3, 7, 64, 1L << 31, 1L << 62, Long.MIN_VALUE, Long.MAX_VALUE};
        for (int i = 0; i < times; i++) {
            GraphProto.Builder graph = model.getGraph().toBuilder();
            for (int n = 0; n < 2; n++) {
                var node = graph.getNodeBuilder(random.nextInt(graph.getNodeCount()));
                long value = odd[random.nextInt(odd.length)];
                switch (random.nextInt(4)) {
                    case 0 ->
                        node.setOpType(graph.getNode(random.nextInt(graph.getNodeCount()))
                                .getOpType());
                    case 1 -> {
                        if (node.getInputCount() > 0) {
                            var other = graph.getNode(random.nextInt(graph.getNodeCount()));
                            node.setInput(random.nextInt(node.getInputCount()), other.getOutput(0));
                        }
                    }
                    case 2 ->
                        node.getAttributeBuilderList().forEach(a -> {
                            a.setI(value);
                            for (int j = 0; j < a.getIntsCount(); j++) {
                                a.setInts(j, odd[random.nextInt(odd.length)]);
                            }
                            if (a.hasT() && a.getT().getRawData().size() == 8) {
                                a.getTBuilder()
                                        .setRawData(ByteString.copyFrom(ByteBuffer.allocate(8)
                                                .order(ByteOrder.LITTLE_ENDIAN)
                                                .putLong(0, value)));
                            }
                        });
                    default -> {
                        if (node.getInputCount() > 0) {
                            node.setInput(random.nextInt(node.getInputCount()), "");
                        }
                    }
                }
            }
            assertReadableOrRefused(
                    file(model.toBuilder().setGraph(graph).build().toByteArray()));
        }
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(Path file) {
        return assertThatThrownBy(() -> OnnxEncoderReader.read(file))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining(file.getFileName().toString());
    }

    private static void assertReadableOrRefused(Path file) {
        try {
            assertThat(OnnxEncoderReader.read(file).featureWidth()).isPositive();
        } catch (EncoderFormatException e) {
            assertThat(e).hasMessageContaining(file.getFileName().toString());
        }
    }

    private Path file(byte[] content) throws IOException {
        return Files.write(Files.createTempFile(directory, "damaged", ".onnx"), content);
    }

    private Path changed(UnaryOperator<ModelProto> change) throws IOException {
        byte[] whole = Files.readAllBytes(Fixtures.onnx("timm_vit_op17.onnx"));
        return file(change.apply(ModelProto.parseFrom(whole)).toByteArray());
    }

    private static ModelProto weight(ModelProto model, UnaryOperator<TensorProto> change) {
        var graph = model.getGraph().toBuilder();
        for (int i = 0; i < graph.getInitializerCount(); i++) {
            if (graph.getInitializer(i).getDimsCount() == 2) {
                graph.setInitializer(i, change.apply(graph.getInitializer(i)));
                break;
            }
        }
        return model.toBuilder().setGraph(graph).build();
    }

    private static ModelProto external(ModelProto model, String location, long offset) {
        return weight(
                model,
                t -> t.toBuilder()
                        .clearRawData()
                        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                        .addExternalData(entry("location", location))
                        .addExternalData(entry("offset", String.valueOf(offset)))
                        .build());
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }
}

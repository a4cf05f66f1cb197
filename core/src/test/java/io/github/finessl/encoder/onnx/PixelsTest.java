package io.github.finessl.encoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.augment.Normalisation;
import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.encoder.PixelInput;
import io.github.finessl.encoder.PixelInput.Inside;
import io.github.finessl.encoder.PixelInput.Range;
import io.github.finessl.encoder.VisionTransformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorProto.DataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a file does to pixels itself, and what a configuration beside it says about them. */
class PixelsTest {

    private static final int SIDE = 32;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"clip_norm255_op17, ZERO_TO_255", "clip_norm01_op17, ZERO_TO_ONE"})
    void filesThatNormaliseTakePixelsAsTheyAre(String name, Range range) {
        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(Fixtures.onnx(name + ".onnx"));

        Inside inside = vit.pixels().graph().orElseThrow();
        assertThat(inside.takes()).isEqualTo(range);
        assertThat(inside.normalisation().isCloseTo(Normalisation.IMAGENET)).isTrue();
        assertThat(inside.bounded()).isFalse();
        RealExportersTest.assertClose(
                new ReferenceVit(vit).features(Fixtures.floats(name + ".input.f32"), 3),
                Fixtures.floats(name + ".output.f32"),
                1e-4);
    }

    @Test
    void filesThatDoNothingToPixelsSayNothing() {
        assertThat(OnnxEncoderReader.read(Fixtures.onnx("timm_vit_op17.onnx")).pixels())
                .isEqualTo(PixelInput.UNKNOWN);
    }

    @Test
    void aDivisionAloneIsNoNormalisation() throws IOException {
        VisionTransformer vit = changed(g -> g.div("ready", "pixel_values", 255));

        assertThat(inside(vit).normalises()).isFalse();
        assertThat(inside(vit).takes()).isEqualTo(Range.ZERO_TO_255);
        assertSame(vit, 255, v -> v / 255);
    }

    @Test
    void bytesAreTakenAsTheyAre() throws IOException {
        VisionTransformer vit = changed(g -> {
            g.bytes();
            g.node("Cast", "floats", "pixel_values").addAttribute(integer("to", 1));
            g.div("ready", "floats", 255);
        });

        assertThat(inside(vit))
                .isEqualTo(new Inside(Range.ZERO_TO_255, inside(vit).normalisation(), true));
        assertThat(inside(vit).normalises()).isFalse();
        assertSame(vit, 255, v -> v / 255);
    }

    @Test
    void bytesMayHaveTheirChannelsLast() throws IOException {
        VisionTransformer vit = changed(g -> {
            g.bytes();
            var shape = g.graph
                    .getInputBuilder(0)
                    .getTypeBuilder()
                    .getTensorTypeBuilder()
                    .getShapeBuilder();
            shape.getDimBuilder(1).setDimValue(SIDE);
            shape.getDimBuilder(3).setDimValue(3);
            g.node("Cast", "floats", "pixel_values").addAttribute(integer("to", 1));
            g.node("Transpose", "turned", "floats").addAttribute(integers("perm", 0, 3, 1, 2));
            g.div("ready", "turned", 127.5f);
        });

        assertThat(inside(vit).takes()).isEqualTo(Range.ZERO_TO_255);
        assertSame(vit, 255, v -> v / 127.5);
    }

    @ParameterizedTest
    @CsvSource({"true, 0, 1", "true, 0, 255", "false, 0, 1", "false, 0, 255"})
    void pixelsMayBeClampedBeforeTheyAreNormalised(boolean clip, float least, float greatest) throws IOException {
        VisionTransformer vit = changed(g -> {
            g.scalar("least", least);
            g.scalar("greatest", greatest);
            if (clip) {
                g.node("Clip", "clamped", "pixel_values", "least", "greatest");
            } else {
                g.node("Max", "above", "pixel_values", "least");
                g.node("Min", "clamped", "greatest", "above");
            }
            g.scalar("mean", greatest / 2);
            g.node("Sub", "centred", "clamped", "mean");
            g.div("ready", "centred", greatest / 2);
        });

        assertThat(inside(vit).takes()).isEqualTo(greatest == 1 ? Range.ZERO_TO_ONE : Range.ZERO_TO_255);
        assertThat(inside(vit).normalisation()).isEqualTo(Normalisation.HALF);
        assertThat(inside(vit).bounded()).isTrue();
        assertSame(vit, greatest, v -> 2 * v / greatest - 1);
    }

    @Test
    void pixelsThatAreCutOffAreRefused() {
        assertThatThrownBy(() -> changed(g -> {
                    g.scalar("least", 0);
                    g.scalar("greatest", 0.5f);
                    g.node("Clip", "ready", "pixel_values", "least", "greatest");
                }))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("pixels limited to between 0.0 and 0.5, which cuts some off");
    }

    @ParameterizedTest
    @CsvSource({"Gather", "GatherND", "Slice", "Concat"})
    void blueMayBecomeTheFirstChannel(String spelling) throws IOException {
        VisionTransformer vit = changed(g -> {
            switch (spelling) {
                case "Gather" -> {
                    g.longs("order", 2, 1, 0);
                    g.node("Gather", "turned", "pixel_values", "order").addAttribute(integer("axis", 1));
                }
                case "GatherND" -> {
                    g.graph.addInitializer(
                            Graph.tensor("order", DataType.INT64, 3, 1).addAllInt64Data(List.of(2L, 1L, 0L)));
                    g.node("Transpose", "channels", "pixel_values").addAttribute(integers("perm", 1, 0, 2, 3));
                    g.node("GatherND", "gathered", "channels", "order");
                    g.node("Transpose", "turned", "gathered").addAttribute(integers("perm", 1, 0, 2, 3));
                }
                case "Slice" -> {
                    g.longs("from", -1);
                    g.longs("to", -4);
                    g.longs("axis", 1);
                    g.longs("step", -1);
                    g.node("Slice", "turned", "pixel_values", "from", "to", "axis", "step");
                }
                default -> {
                    g.longs("ones", 1, 1, 1);
                    g.node("Split", "red", "pixel_values", "ones")
                            .addOutput("green")
                            .addOutput("blue")
                            .addAttribute(integer("axis", 1));
                    g.node("Concat", "turned", "blue", "green", "red").addAttribute(integer("axis", 1));
                }
            }
            g.perChannel("mean", 103.53f, 116.28f, 123.675f);
            g.node("Sub", "ready", "turned", "mean");
        });

        float[] red = inside(vit).normalisation().mean();
        assertThat(inside(vit).takes()).isEqualTo(Range.ZERO_TO_255);
        assertThat(red).containsExactly(.485f, .456f, .406f);
        float[] image = image(255);
        int plane = SIDE * SIDE;
        double[] means = {103.53, 116.28, 123.675};
        var turned = new float[image.length];
        for (int i = 0; i < image.length; i++) {
            int channel = 2 - i / plane;
            turned[i] = (float) (image[channel * plane + i % plane] - means[i / plane]);
        }
        assertThat(new ReferenceVit(vit).features(image))
                .usingComparatorWithPrecision(1e-4)
                .containsExactly(original().features(turned));
    }

    /** As transformers, timm and open_clip write them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "preprocessor_config.json; {'image_mean': [0.5, 0.5, 0.5], 'image_std': [0.5, 0.5, 0.5],"
                        + " 'rescale_factor': 0.00392156862745098, 'size': {'height': 48, 'width': 48}}; HALF; 48",
                "preprocessor_config.json; {'image_mean': [123.675, 116.28, 103.53], 'image_std': [58.395, 57.12, 57.375],"
                        + " 'do_rescale': false, 'size': {'shortest_edge': 64}, 'crop_size': {'height': 48, 'width': 48},"
                        + " 'do_center_crop': true}; IMAGENET; 48",
                "preprocessor_config.json; {'do_normalize': false, 'size': 64, 'crop_size': 48, 'do_center_crop': false};"
                        + " NONE; 64",
                "processor_config.json; {'image_processor': {'image_mean': [0.485, 0.456, 0.406],"
                        + " 'image_std': [0.229, 0.224, 0.225], 'size': {'shortest_edge': 48}}}; IMAGENET; 48",
                "open_clip_config.json; {'model_cfg': {'vision_cfg': {'image_size': 48}}, 'preprocess_cfg':"
                        + " {'mean': [0.48145466, 0.4578275, 0.40821073], 'std': [0.26862954, 0.26130258, 0.27577711]}};"
                        + " CLIP; 48",
                "config.json; {'pretrained_cfg': {'input_size': [3, 48, 48], 'mean': [0.5, 0.5, 0.5],"
                        + " 'std': [0.5, 0.5, 0.5], 'crop_pct': 0.9}}; HALF; 48"
            })
    void aConfigurationBesideTheFileSaysHowImagesArePrepared(String name, String json, String wanted, int side)
            throws IOException {
        Path file = write(g -> g.div("ready", "pixel_values", 1));
        Files.writeString(file.resolveSibling(name), json.replace('\'', '"'));

        PixelInput.Configured configured =
                OnnxEncoderReader.read(file).pixels().configured().orElseThrow();

        assertThat(configured.file()).isEqualTo(name);
        Normalisation expected = switch (wanted) {
            case "HALF" -> Normalisation.HALF;
            case "IMAGENET" -> Normalisation.IMAGENET;
            case "CLIP" -> Normalisation.CLIP;
            default -> Normalisation.NONE;
        };
        assertThat(configured.normalisation().isCloseTo(expected))
                .as("%s", configured.normalisation())
                .isTrue();
        assertThat(Preprocessing.beside(file).orElseThrow().side()).contains(side);
    }

    @Test
    void aConfigurationOfSomethingElseIsPassedOver() throws IOException {
        Path file = write(g -> g.div("ready", "pixel_values", 1));
        Files.writeString(file.resolveSibling("config.json"), "{\"hidden_size\": 768, \"image_size\": 224}");

        assertThat(OnnxEncoderReader.read(file).pixels().configured()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{'image_mean': [0.5]; expected JSON",
                "{'image_mean': [0.5], 'image_std': [0.5]}; expected the mean and the positive deviation",
                "{'image_mean': [0, 0, 0], 'image_std': [1, 0, 1]}; expected the mean and the positive deviation",
                "{'do_flip_channel_order': true}; expected an encoder of red, green and blue"
            })
    void aConfigurationThatCannotBeIsRefused(String json, String why) throws IOException {
        Path file = write(g -> g.div("ready", "pixel_values", 1));
        Files.writeString(file.resolveSibling("preprocessor_config.json"), json.replace('\'', '"'));

        assertThatThrownBy(() -> OnnxEncoderReader.read(file))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("preprocessor_config.json")
                .hasMessageContaining(why);
    }

    @Test
    void aFileThatTakesAnySizeNeedsOne() throws IOException {
        Path file = write(PixelsTest::withoutSizeAndPositions);

        assertThatThrownBy(() -> OnnxEncoderReader.read(file))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("found one that takes any; the setting resolution says which");
        assertThatThrownBy(() -> OnnxEncoderReader.read(file, Optional.of(SIDE + 1)))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("33 pixels do not fit its patches");
        assertThat(OnnxEncoderReader.leavesSizeOpen(file)).isTrue();
        assertThat(OnnxEncoderReader.read(file, Optional.of(2 * SIDE)).imageHeight())
                .isEqualTo(2 * SIDE);
        Files.writeString(file.resolveSibling("preprocessor_config.json"), "{\"size\": " + 3 * SIDE + "}");
        assertThat(OnnxEncoderReader.read(file).imageHeight()).isEqualTo(3 * SIDE);
    }

    /** Positions say more than who asks. */
    @Test
    void anOpenFileWithPositionsIsReadAtTheirSize() throws IOException {
        Path file = write(g -> {
            g.open();
            g.div("ready", "pixel_values", 1);
        });

        assertThat(OnnxEncoderReader.read(file, Optional.of(2 * SIDE)).imageHeight())
                .isEqualTo(SIDE);
    }

    private static void withoutSizeAndPositions(Graph g) {
        g.open();
        g.div("ready", "pixel_values", 1);
        for (NodeProto.Builder node : g.graph.getNodeBuilderList()) {
            for (int i = 0; i < node.getInputCount(); i++) {
                if (node.getOpType().equals("Add") && node.getInput(i).contains("pos_embed")) {
                    node.setOpType("Identity");
                    String other = node.getInput(1 - i);
                    node.clearInput().addInput(other);
                }
            }
        }
    }

    private static Inside inside(VisionTransformer vit) {
        return vit.pixels().graph().orElseThrow();
    }

    /** The file sees raw pixels as the one that it was made of sees prepared ones. */
    private static void assertSame(VisionTransformer vit, double white, DoubleUnaryOperator prepare) {
        float[] raw = image(white);
        var prepared = new float[raw.length];
        for (int i = 0; i < raw.length; i++) {
            prepared[i] = (float) prepare.applyAsDouble(raw[i]);
        }
        assertThat(new ReferenceVit(vit).features(raw))
                .usingComparatorWithPrecision(1e-4)
                .containsExactly(original().features(prepared));
    }

    private static ReferenceVit original() {
        return new ReferenceVit((VisionTransformer) OnnxEncoderReader.read(Fixtures.onnx("timm_vit_op17.onnx")));
    }

    private static float[] image(double white) {
        Random random = new Random(7);
        var image = new float[3 * SIDE * SIDE];
        for (int i = 0; i < image.length; i++) {
            image[i] = (float) (random.nextInt(256) * white / 255);
        }
        return image;
    }

    private VisionTransformer changed(Consumer<Graph> change) throws IOException {
        return (VisionTransformer) OnnxEncoderReader.read(write(change));
    }

    /** timm's ViT whose first layer gets {@code ready} in the place of {@code pixel_values}. */
    private Path write(Consumer<Graph> change) throws IOException {
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(Fixtures.onnx("timm_vit_op17.onnx")));
        var graph = model.getGraph().toBuilder();
        graph.getNodeBuilder(0).setInput(0, "ready");
        change.accept(new Graph(graph));
        Path file = directory.resolve("encoder.onnx");
        return Files.write(file, model.toBuilder().setGraph(graph).build().toByteArray());
    }

    private record Graph(GraphProto.Builder graph) {

        NodeProto.Builder node(String type, String output, String... inputs) {
            return graph.addNodeBuilder().setOpType(type).addOutput(output).addAllInput(List.of(inputs));
        }

        void div(String output, String input, float by) {
            scalar("by", by);
            node("Div", output, input, "by");
        }

        void scalar(String name, float value) {
            graph.addInitializer(tensor(name, DataType.FLOAT).addFloatData(value));
        }

        void perChannel(String name, float... values) {
            TensorProto.Builder tensor = tensor(name, DataType.FLOAT, 1, 3, 1, 1);
            for (float value : values) {
                tensor.addFloatData(value);
            }
            graph.addInitializer(tensor);
        }

        void longs(String name, long... values) {
            var all = new ArrayList<Long>();
            for (long value : values) {
                all.add(value);
            }
            graph.addInitializer(tensor(name, DataType.INT64, values.length).addAllInt64Data(all));
        }

        void bytes() {
            graph.getInputBuilder(0).getTypeBuilder().getTensorTypeBuilder().setElemType(DataType.UINT8.getNumber());
        }

        void open() {
            var shape = graph.getInputBuilder(0)
                    .getTypeBuilder()
                    .getTensorTypeBuilder()
                    .getShapeBuilder();
            IntStream.of(2, 3).forEach(d -> shape.getDimBuilder(d).setDimParam("side"));
        }

        private static TensorProto.Builder tensor(String name, DataType type, long... dims) {
            TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type.getNumber());
            for (long dim : dims) {
                tensor.addDims(dim);
            }
            return tensor;
        }
    }

    private static AttributeProto.Builder integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value);
    }

    private static AttributeProto.Builder integers(String name, long... values) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
        for (long value : values) {
            attribute.addInts(value);
        }
        return attribute;
    }
}

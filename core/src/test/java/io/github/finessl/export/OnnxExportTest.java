package io.github.finessl.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.finessl.Cases;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.onnx.Fixtures;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.encoder.onnx.OrtOracle;
import io.github.finessl.export.OnnxForm.Pixels;
import io.github.finessl.kernel.Activation;
import io.github.finessl.model.SmallClip;
import io.github.finessl.model.Structures;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import onnx.Onnx.ModelProto;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** ONNX Runtime computes of the file what the JVM model computes. */
class OnnxExportTest {
    private static final double TOLERANCE = 1e-4;
    private static final int[] OPSETS = {11, 14, 17, 18, 21};

    private static final List<String> FOLDED =
            List.of("linear", "lora:rank=2", "ssf", "bitfit", "full", "lp-ft", "lora:rank=2+ssf", "ssf+lora:rank=2");

    private static final List<String> ADDED = List.of(
            "vpt-deep",
            "vpt-shallow",
            "vpt-last:2",
            "adapter:dim=4",
            "adapter:dim=4,sequential",
            "adaptformer:dim=4",
            "adaptformer:dim=4,sequential",
            "adaptformer:dim=4,norm=out",
            "adaptformer:dim=4,norm=none,learnable",
            "vpt-deep+bitfit",
            "vpt-deep+lora:rank=2",
            "vpt-deep+full",
            "vpt-shallow+adapter+ssf",
            "ssf+adapter:dim=4,sequential+adaptformer:dim=4,sequential+lora:rank=2");

    @TempDir
    private Path directory;

    private Path file() {
        return directory.resolve("model.onnx");
    }

    private Path write(Trained trained, OnnxForm form) throws IOException {
        OnnxExport.write(trained.exported(), form, file());
        return file();
    }

    private void assertSame(Trained trained, OnnxForm form) throws IOException, OrtException {
        trained.assertSame(write(trained, form), "opset " + form.opset());
    }

    private static void assertClose(float[] found, double[][] expected, int rows, String what) {
        Trained.assertClose(found, expected, rows, TOLERANCE, what);
    }

    static Stream<Arguments> strategies() {
        List<String> strategies = Stream.concat(FOLDED.stream(), ADDED.stream()).toList();
        List<String> kinds = List.copyOf(SmallClip.kinds().keySet());
        return IntStream.range(0, kinds.size() * strategies.size())
                .filter(i -> Cases.tries(i / strategies.size(), i % strategies.size()))
                .mapToObj(i -> Arguments.of(
                        strategies.get(i % strategies.size()),
                        kinds.get(i / strategies.size()),
                        OPSETS[(i + i / strategies.size()) % OPSETS.length]));
    }

    @ParameterizedTest(name = "{0} on {1}, opset {2}")
    @MethodSource("strategies")
    void everyStrategyOnEveryKindOfEncoder(String strategy, String kind, int opset) throws IOException, OrtException {
        assertSame(Trained.of(SmallClip.kinds().get(kind), strategy), OnnxForm.ofOpset(opset));
    }

    static Stream<Arguments> structures() {
        List<String> strategies = Stream.concat(FOLDED.stream(), ADDED.stream()).toList();
        List<String> names = List.copyOf(Structures.all().keySet());
        return IntStream.range(0, names.size() * strategies.size())
                .filter(i -> Cases.tries(i / strategies.size(), i % strategies.size()))
                .mapToObj(i -> Arguments.of(
                        strategies.get(i % strategies.size()),
                        names.get(i / strategies.size()),
                        OPSETS[(i + i / strategies.size()) % OPSETS.length]));
    }

    @ParameterizedTest(name = "{0} on {1}, opset {2}")
    @MethodSource("structures")
    void everyStrategyOnOtherStructures(String strategy, String name, int opset) throws IOException, OrtException {
        assertSame(Trained.of(Structures.all().get(name), strategy), OnnxForm.ofOpset(opset));
    }

    @Test
    void blocksWithOneRotationShareItsAngles() throws IOException {
        Trained trained = Trained.of(Structures.all().get("DINOv3"), "linear");
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(write(trained, OnnxForm.ofOpset(17))));
        assertThat(model.getGraph().getInitializerList().stream().map(TensorProto::getName))
                .filteredOn(name -> name.endsWith(".cos") || name.endsWith(".sin"))
                .hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {OnnxForm.OLDEST, 17, OnnxForm.NEWEST})
    void aFlippedViewIsPartOfTheGraph(int opset) throws IOException, OrtException {
        Trained trained = Trained.of(SmallClip.encoder(), "vpt-deep+adaptformer:dim=4");
        OnnxExport.write(trained.exported(true), OnnxForm.ofOpset(opset), file());
        INDArray images = trained.images(5);
        double[][] expected = trained.logits(images);
        double[][] mirrored = trained.logits(mirrored(images));
        assertThat(mirrored)
                .satisfies(
                        found -> assertThat(Arrays.deepEquals(found, expected)).isFalse());
        for (int i = 0; i < expected.length; i++) {
            for (int k = 0; k < expected[i].length; k++) {
                expected[i][k] = (expected[i][k] + mirrored[i][k]) / 2;
            }
        }
        assertClose(OrtOracle.run(file(), images.data().asFloat(), images.shape()), expected, 5, "opset " + opset);
        INDArray one = trained.images(1);
        assertClose(OrtOracle.run(file(), one.data().asFloat(), one.shape()), expected, 1, "one image");
    }

    /** Images [N, 3, H, W] with their columns in the reverse order, number by number. */
    private static INDArray mirrored(INDArray images) {
        float[] from = images.data().asFloat();
        float[] to = new float[from.length];
        int width = (int) images.size(3);
        for (int i = 0; i < from.length; i++) {
            to[i - i % width + width - 1 - i % width] = from[i];
        }
        return Nd4j.create(to, images.shape(), 'c');
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void everyOperatorSet(Activation activation) throws IOException, OrtException {
        VisionTransformer vit = SmallClip.with(SmallClip.kinds().get("mean of patches, norm"), activation);
        Trained trained = Trained.of(vit, "vpt-shallow+adaptformer:dim=4,norm=out");
        INDArray images = trained.images(5);
        double[][] expected = trained.logits(images);
        for (int opset = OnnxForm.OLDEST; opset <= OnnxForm.NEWEST; opset++) {
            Path file = write(trained, OnnxForm.ofOpset(opset));
            assertClose(OrtOracle.run(file, images.data().asFloat(), images.shape()), expected, 5, "opset " + opset);
        }
    }

    static Stream<Arguments> files() {
        return Stream.of(
                        "hf_clip_proj_op14",
                        "hf_clip_proj_op17",
                        "hf_clip_proj_dynamo18",
                        "hf_clip_proj_static_op17",
                        "hf_vit_cls_op17",
                        "timm_vit_op17",
                        "timm_vit_head_op17",
                        "open_clip_vit_op17",
                        "openai_clip_proj_op14",
                        "openai_clip_feat_op17")
                .flatMap(name ->
                        Stream.of("linear", "vpt-deep", "lora+ssf").map(strategy -> Arguments.of(name, strategy)));
    }

    /** In the operator set that the exporter wrote. */
    @ParameterizedTest(name = "{1} on {0}")
    @MethodSource("files")
    void filesOfRealExporters(String name, String strategy) throws IOException, OrtException {
        Path source = Fixtures.onnx(name + ".onnx");
        int opset = OnnxEncoderReader.opset(source);
        assertThat(name).endsWith(Integer.toString(opset));
        assertSame(Trained.of(OnnxEncoderReader.read(source), strategy), OnnxForm.ofOpset(opset));
    }

    @Test
    void thePretrainedViTTiny() throws IOException, OrtException {
        assumeTrue(Fixtures.vitTiny().isPresent(), "data/vit-ti-16 has no encoder");
        Path source = Fixtures.vitTiny().orElseThrow();
        Encoder encoder = OnnxEncoderReader.read(source).atResolution(96);
        assertSame(Trained.of(encoder, "vpt-deep"), OnnxForm.ofOpset(OnnxEncoderReader.opset(source)));
    }

    static Stream<Arguments> readable() {
        return SmallClip.kinds().keySet().stream()
                .flatMap(kind ->
                        Stream.of("linear", "full", "lora:rank=2+ssf").map(strategy -> Arguments.of(strategy, kind)));
    }

    /** The tuned encoder, frozen under the same head, gives the same logits. */
    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("readable")
    void theReaderReadsIt(String strategy, String kind) throws IOException {
        Trained trained = Trained.of(SmallClip.kinds().get(kind), strategy);
        int opset = OPSETS[Math.floorMod(strategy.hashCode() + kind.hashCode(), OPSETS.length)];
        Encoder read = OnnxEncoderReader.read(write(trained, OnnxForm.ofOpset(opset)));
        Trained frozen = new Trained(read, Trained.of(read, "linear").tuning(), trained.parameters());
        float[] found = Nd4j.createFromArray(frozen.logits(trained.images(2)))
                .castTo(DataType.FLOAT)
                .dup('c')
                .data()
                .asFloat();
        assertClose(found, trained.logits(trained.images(2)), 2, strategy);
    }

    @Test
    void rawPixelsAndProbabilities() throws IOException, OrtException {
        Trained trained = Trained.of(SmallClip.encoder(), "vpt-deep");
        Path file = write(trained, new OnnxForm(17, Pixels.ZERO_TO_ONE, true));
        INDArray raw = trained.images(5);
        INDArray normalised = raw.dup('c');
        for (int c = 0; c < 3; c++) {
            INDArray channel = normalised.get(NDArrayIndex.all(), NDArrayIndex.point(c));
            channel.subi(Normalisation.CLIP.mean()[c]).divi(Normalisation.CLIP.std()[c]);
        }
        double[][] expected = trained.logits(normalised);
        var environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(file.toString());
                OnnxTensor pixels = OnnxTensor.createTensor(
                        environment, FloatBuffer.wrap(raw.data().asFloat()), raw.shape());
                OrtSession.Result result = session.run(Map.of("pixels", pixels))) {
            assertThat(session.getOutputNames()).containsExactly("logits", "probabilities");
            float[][] logits = (float[][]) result.get("logits").orElseThrow().getValue();
            float[][] probabilities =
                    (float[][]) result.get("probabilities").orElseThrow().getValue();
            for (int i = 0; i < 5; i++) {
                double sum = 0;
                for (double z : expected[i]) {
                    sum += Math.exp(z);
                }
                for (int c = 0; c < expected[i].length; c++) {
                    assertThat((double) logits[i][c]).isCloseTo(expected[i][c], within(TOLERANCE));
                    assertThat((double) probabilities[i][c])
                            .isCloseTo(Math.exp(expected[i][c]) / sum, within(TOLERANCE));
                }
            }
        }
    }

    @Test
    void theMetadataSayWhatAUserNeeds() throws IOException, OrtException {
        Path file = write(Trained.of(SmallClip.encoder(), "vpt-deep"), OnnxForm.ofOpset(17));
        try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file.toString())) {
            Map<String, String> entries = session.getMetadata().getCustomMetadata();
            assertThat(entries.get("classes").split("\n", -1)).containsExactlyElementsOf(Trained.CLASSES);
            assertThat(entries)
                    .containsEntry("image.width", "32")
                    .containsEntry("image.height", "32")
                    .containsEntry("image.mean", "[0.48145467, 0.4578275, 0.40821072]")
                    .containsEntry("image.std", "[0.26862955, 0.2613026, 0.2757771]")
                    .containsEntry("image.pixels", "(value/255 - mean)/std")
                    .containsEntry("encoder.sha256", "0".repeat(64))
                    .containsEntry("tuning", "vpt-deep")
                    .containsEntry("method", "finessl")
                    .containsEntry("steps", "200")
                    .containsEntry("seed", "7")
                    .containsEntry("data", "pets")
                    .containsEntry("data.sha256", "ab".repeat(32))
                    .containsEntry("commit", "0123456789ab")
                    .containsEntry("date", "1970-01-01T00:00:00Z");
            assertThat(entries.get("image.resize")).contains("bilinear");
            assertThat(session.getMetadata().getProducerName()).isEqualTo("FineSSL");
        }
    }

    @Test
    void theReadmeShowsTheExample() throws IOException {
        String source = Files.readString(Path.of("src/test/java/io/github/finessl/export/Classify.java"));
        String example = source.substring(source.indexOf("/**"));
        assertThat(Files.readString(Path.of("src/main/java/io/github/finessl/export/README.md")))
                .contains("```java\n" + example + "```");
    }

    /** An image of the encoder's size, which is not resized. */
    @Test
    void theExampleFindsTheClass() throws IOException, OrtException {
        Trained trained = Trained.of(SmallClip.encoder(), "vpt-deep");
        Path model = write(trained, new OnnxForm(17, Pixels.ZERO_TO_ONE, true));
        BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        INDArray normalised = Nd4j.create(1, 3, 32, 32);
        Random random = new Random(5);
        for (int i = 0; i < 32 * 32; i++) {
            int rgb = random.nextInt(1 << 24);
            image.setRGB(i % 32, i / 32, rgb);
            for (int c = 0; c < 3; c++) {
                float value = (rgb >> (16 - 8 * c) & 0xff) / 255f;
                float mean = Normalisation.CLIP.mean()[c];
                normalised.putScalar(
                        new int[] {0, c, i / 32, i % 32},
                        (value - mean) / Normalisation.CLIP.std()[c]);
            }
        }
        Path file = directory.resolve("image.png");
        ImageIO.write(image, "png", file.toFile());

        List<String> lines = printedBy(model.toString(), file.toString());

        double[] logits = trained.logits(normalised)[0];
        double sum = Arrays.stream(logits).map(Math::exp).sum();
        assertThat(lines).hasSize(3);
        for (int c = 0; c < 3; c++) {
            assertThat(lines.get(c)).endsWith(" " + Trained.CLASSES.get(c));
            double probability = Double.parseDouble(lines.get(c).substring(0, 7));
            assertThat(probability).isCloseTo(Math.exp(logits[c]) / sum, within(TOLERANCE));
        }
    }

    /** What Classify prints, in a process of its own. */
    private static List<String> printedBy(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dfile.encoding=UTF-8", // for Java 17; from 18 on it is the other's to say
                "-Dstdout.encoding=UTF-8",
                Classify.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        try (InputStream printed = builder.start().getInputStream()) {
            return new String(printed.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }

    @Test
    void theSameModelIsTheSameFile() throws IOException {
        Trained trained = Trained.of(SmallClip.encoder(), "vpt-deep+adapter");
        byte[] first = Files.readAllBytes(write(trained, OnnxForm.ofOpset(17)));
        assertThat(Files.readAllBytes(write(trained, OnnxForm.ofOpset(17)))).isEqualTo(first);
    }

    @Test
    void refusesWhatItCannotWrite() {
        Trained trained = Trained.of(SmallClip.encoder(), "vpt-deep");
        trained.parameters().remove("prompt.1");
        assertThatThrownBy(trained::exported).hasMessage("the parameter prompt.1 should be [2, 64], but is missing");
        Trained small = Trained.of(SmallClip.encoder(), "linear");
        small.parameters().put("head.weight", Nd4j.zeros(4, 64));
        assertThatThrownBy(small::exported).hasMessage("the parameter head.weight should be [3, 64], but is [4, 64]");
        assertThatThrownBy(() -> new ExportedModel(
                        small.encoder(),
                        small.tuning(),
                        small.parameters(),
                        List.of("a", "b\nc", "d", "e"),
                        Normalisation.CLIP,
                        false,
                        Trained.ORIGIN,
                        Certainty.UNKNOWN))
                .hasMessage("a class's name should be a line of text, but is 'b\\u000ac'");
        for (int opset : new int[] {10, 24}) {
            assertThatThrownBy(() -> OnnxForm.ofOpset(opset))
                    .hasMessage("ONNX files are written in opset 11, the lowest that their graphs need, to 23, not "
                            + opset);
        }
    }

    @Test
    void refusesMoreThanAFileHolds() {
        OnnxGraph graph = new OnnxGraph();
        INDArray shared = Nd4j.zeros(DataType.FLOAT, 1 << 24);
        for (int i = 0; i < 32; i++) {
            graph.weight("weight." + i, shared);
        }
        assertThatThrownBy(graph::build)
                .isInstanceOf(IOException.class)
                .hasMessage("The weights take 2.0 GiB, but an ONNX file can hold 2 GiB.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"below a file", "a full directory"})
    void nothingIsHalfWritten(String obstacle) throws IOException {
        Path target = directory.resolve("target");
        Path file = target;
        if (obstacle.equals("below a file")) {
            Files.writeString(target, "in the way");
            file = target.resolve("model.onnx");
        } else {
            Files.createDirectories(target.resolve("something"));
        }
        Path wanted = file;
        Trained trained = Trained.of(SmallClip.encoder(), "linear");
        assertThatThrownBy(() -> OnnxExport.write(trained.exported(), OnnxForm.ofOpset(17), wanted))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(wanted + " cannot be written: ");
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).containsExactly(target);
        }
    }

    @Test
    void aFolderThatIsOnlyReadIsLeftAsItIs() throws IOException {
        Path folder = Files.createDirectory(
                directory.resolve("read-only"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
        assumeFalse(Files.isWritable(folder), "root may write everywhere");
        Trained trained = Trained.of(SmallClip.encoder(), "linear");
        assertThatThrownBy(
                        () -> OnnxExport.write(trained.exported(), OnnxForm.ofOpset(17), folder.resolve("model.onnx")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("read-only");
        assertThat(folder).isEmptyDirectory();
    }
}

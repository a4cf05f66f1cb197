package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Precision;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.FineSslModel;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** From photos to ONNX Runtime by the commands of the README, for every exporter's file. */
class ShippedModelTest {
    private static final Path FILES = Path.of("core/src/test/resources/onnx");
    private static final Path VIT_TINY = Path.of("data/vit-ti-16/vit_tiny_patch16_224.onnx");

    @TempDir
    Path directory;

    private final Console console = new Console();

    static Stream<Path> encoders() throws IOException {
        try (Stream<Path> files = Files.list(FILES)) {
            return Stream.concat(
                    Stream.of(VIT_TINY),
                    files.filter(file -> file.toString().endsWith(".onnx"))
                            .filter(file -> !file.toString().contains("siglip"))
                            .sorted())
                    .toList()
                    .stream();
        }
    }

    private Path train(Path encoder, TestPhotos photos, Object... more) {
        Path model = directory.resolve("my model");
        List<Object> command = new ArrayList<>(List.of(
                "train",
                "--labelled",
                photos.labelled(),
                "--unlabelled",
                photos.unlabelled(),
                "--encoder",
                encoder,
                "--out",
                model,
                "--steps=2",
                "--prompts=3",
                "--precision=f32"));
        command.addAll(List.of(more));
        assertThat(console.run(command.toArray())).as(console.err()).isEqualTo(Exit.OK);
        return model;
    }

    @ParameterizedTest
    @MethodSource("encoders")
    void onnxRuntimeAgreesWithTheJvm(Path encoder) throws IOException, OrtException {
        int side =
                encoder.equals(VIT_TINY) ? 32 : OnnxEncoderReader.read(encoder).imageHeight();
        TestPhotos photos = TestPhotos.in(directory.resolve("photos"), side);
        String tuning = encoder.toString().contains("_rn_") ? "ssf" : "vpt-deep"; // a ResNet takes no prompts
        Path model = train(encoder, photos, "--resolution", side, "--tuning", tuning);
        Path onnx = directory.resolve("model.onnx");
        assertThat(console.run("export", model, "--onnx", onnx, "--precision=f32"))
                .as(console.err())
                .isEqualTo(Exit.OK);

        List<BufferedImage> images = List.of(photos.image(0, 3), photos.image(1, 4), photos.image(2, 5));
        float[][] found = probabilities(onnx, images, side);
        try (FineSslModel loaded = FineSslModel.load(model, KernelChoice.open(Precision.F32))) {
            for (int i = 0; i < images.size(); i++) {
                Classification answer = loaded.classify(images.get(i));
                assertThat(answer.classes()).isEqualTo(TestPhotos.CLASSES);
                for (int k = 0; k < answer.classes().size(); k++) {
                    assertThat((double) found[i][k])
                            .isCloseTo(answer.probabilities().get(k), within(1e-4));
                }
            }
        }
    }

    private static float[][] probabilities(Path onnx, List<BufferedImage> images, int side) throws OrtException {
        float[] pixels = new float[images.size() * 3 * side * side];
        for (int i = 0; i < pixels.length; i++) {
            int inPlane = i % (side * side);
            int plane = i / (side * side);
            int rgb = images.get(plane / 3).getRGB(inPlane % side, inPlane / side);
            pixels[i] = (rgb >> (16 - 8 * (plane % 3)) & 0xff) / 255f;
        }
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(onnx.toString());
                OnnxTensor input = OnnxTensor.createTensor(
                        environment, FloatBuffer.wrap(pixels), new long[] {images.size(), 3, side, side});
                OrtSession.Result result = session.run(Map.of("pixels", input))) {
            assertThat(session.getMetadata().getCustomMetadata().get("classes"))
                    .isEqualTo(String.join("\n", TestPhotos.CLASSES));
            return (float[][]) result.get("probabilities").orElseThrow().getValue();
        }
    }

    @Test
    void theCostOfInt8IsMeasuredOnPhotos() throws IOException {
        TestPhotos photos = TestPhotos.in(directory.resolve("photos"), 32);
        Path model = train(FILES.resolve("openai_clip_feat_op17.onnx"), photos);
        Path exact = directory.resolve("f32.onnx");
        Path rounded = directory.resolve("int8.onnx");
        assertThat(console.run("export", model, "--onnx", exact, "--precision=f32", "--opset=17"))
                .isEqualTo(Exit.OK);
        assertThat(console.out()).contains("opset 17.").doesNotContain("int8");
        String measured = "int8 against f32 on %s photos of %s by ONNX Runtime: ";
        assertThat(console.run("export", model, "--onnx", rounded, "--int8", "--test", photos.test()))
                .as(console.err())
                .isEqualTo(Exit.OK);
        assertThat(console.out()).contains("opset 11, int8.", measured.formatted(6, photos.test()));
        assertThat(console.run("export", model, "--onnx", rounded, "--int8", "--logits-only"))
                .as(console.err())
                .isEqualTo(Exit.OK);
        assertThat(console.out())
                .contains(" photos of " + photos.labelled() + " by")
                .containsPattern("\\d % right instead of \\d+\\.\\d %, the same class for [\\d.]+ %");
        assertThat(Files.size(rounded)).isLessThan(Files.size(exact));
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("photos", "my model", "f32.onnx", "int8.onnx");
        }

        Files.move(photos.labelled(), directory.resolve("moved"));
        assertThat(console.run("export", model, "--onnx", rounded, "--int8")).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("--int8 needs photos to measure its cost on");
        assertThat(console.run("export", model, "--onnx", rounded, "--opset=10"))
                .isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err())
                .contains(
                        "--opset: ONNX files are written in opset 11, the lowest that their graphs need, to 23, not 10.");
    }

    @Test
    void manyThreadsGetTheAnswersOfOne() throws IOException, ExecutionException, InterruptedException {
        TestPhotos photos = TestPhotos.in(directory.resolve("photos"), 32);
        Path model = train(FILES.resolve("openai_clip_feat_op17.onnx"), photos);
        try (FineSslModel loaded = FineSslModel.load(model)) {
            List<BufferedImage> images = Stream.iterate(0, i -> i < 24, i -> i + 1)
                    .map(i -> photos.image(i % 3, i))
                    .toList();
            List<Classification> alone = images.stream().map(loaded::classify).toList();
            ExecutorService threads = Executors.newFixedThreadPool(8);
            try {
                List<Future<Classification>> answers = new ArrayList<>();
                for (BufferedImage image : images) {
                    answers.add(threads.submit(() -> loaded.classify(image)));
                }
                for (int i = 0; i < images.size(); i++) {
                    assertThat(answers.get(i).get()).isEqualTo(alone.get(i));
                }
            } finally {
                threads.shutdown();
            }
        }
    }

    @Test
    void aModelThatWasMovedIsWhole() throws IOException {
        TestPhotos photos = TestPhotos.in(directory.resolve("photos"), 32);
        Path encoder = directory.resolve("moved.onnx");
        Files.copy(FILES.resolve("timm_vit_op17.onnx"), encoder);
        Path model = train(encoder, photos);
        assertThat(model.resolve("report.html"))
                .content()
                .contains("instead of 200") // steps
                .doesNotContain("instead of 32"); // the batch, which nobody chose
        Files.delete(encoder);
        Path moved = directory.resolve("elsewhere");
        Files.move(model, moved);

        Path photo = photos.test().resolve(TestPhotos.CLASSES.get(1)).resolve("0.png");
        assertThat(console.run("predict", moved, photo, "--csv"))
                .as(console.err())
                .isEqualTo(Exit.OK);
        assertThat(console.out().lines()).hasSize(2).first().isEqualTo("image,label,confidence");
        assertThat(console.run("evaluate", moved, "--test", photos.test()))
                .as(console.err())
                .isEqualTo(Exit.OK);
        assertThat(console.out()).contains("% of 6 photos.");
        Path csv = directory.resolve("pseudo.csv");
        assertThat(console.run("pseudo-label", moved, "--unlabelled", photos.unlabelled(), "--out", csv))
                .as(console.err())
                .isEqualTo(Exit.OK);
        assertThat(csv).content().startsWith("image,label,confidence,weight,margin\n");
        assertThat(Files.readAllLines(csv)).hasSize(10);
        assertThat(console.run("inspect", moved)).isEqualTo(Exit.OK);
        assertThat(console.out()).contains("of 3 classes", "vision transformer", "초록");
    }
}

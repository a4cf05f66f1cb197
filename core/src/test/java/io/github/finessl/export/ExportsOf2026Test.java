package io.github.finessl.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.Fixtures;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.encoder.onnx.OrtOracle;
import io.github.finessl.model.Structures;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Encoders of 2026, read, tuned, exported, run by ONNX Runtime and read again. */
class ExportsOf2026Test {
    private static final double TOLERANCE = 1e-4;
    private static final int[] OPSETS = {14, 17, 18, 23};

    @TempDir
    private Path directory;

    private Path written(Trained trained, int opset) throws IOException {
        Path file = directory.resolve("model.onnx");
        OnnxExport.write(trained.exported(), OnnxForm.ofOpset(opset), file);
        return file;
    }

    private static void assertClose(float[] found, double[][] expected) {
        assertThat(found).hasSize(expected.length * expected[0].length);
        for (int i = 0; i < found.length; i++) {
            assertThat((double) found[i])
                    .isCloseTo(expected[i / expected[0].length][i % expected[0].length], within(TOLERANCE));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "siglip_d18s",
                "dinov3_l14e",
                "timm_eva02_clip_l17s",
                "timm_pe_core_l14e",
                "aimv2_l17s",
                "beit_rel_l17s",
                "timm_vit_qknorm_l17s"
            })
    void onnxRuntimeComputesTheSame(String name) throws IOException, OrtException {
        Path source = Fixtures.onnx("2026/" + name + ".onnx");
        Encoder encoder = OnnxEncoderReader.read(source);
        for (String strategy : List.of("linear", "vpt-shallow", "ssf")) {
            Trained trained = Trained.of(encoder, strategy);
            INDArray images = trained.images(3);
            Path file = written(trained, OnnxEncoderReader.opset(source));
            assertClose(OrtOracle.run(file, images.data().asFloat(), images.shape()), trained.logits(images));
        }
    }

    static Stream<Arguments> structures() {
        List<String> names = List.copyOf(Structures.all().keySet());
        return IntStream.range(0, names.size()).mapToObj(i -> Arguments.of(names.get(i), OPSETS[i % OPSETS.length]));
    }

    /** The tuned encoder, frozen under the same head, gives the same logits. */
    @ParameterizedTest(name = "{0}, opset {1}")
    @MethodSource("structures")
    void theReaderReadsIt(String name, int opset) throws IOException {
        for (String strategy : List.of("linear", "full")) {
            Trained trained = Trained.of(Structures.all().get(name), strategy);
            Encoder read = OnnxEncoderReader.read(written(trained, opset));
            Trained frozen = new Trained(read, Trained.of(read, "linear").tuning(), trained.parameters());
            double[][] found = frozen.logits(trained.images(2));
            double[][] expected = trained.logits(trained.images(2));
            for (int i = 0; i < expected.length; i++) {
                assertThat(found[i]).as(strategy).containsExactly(expected[i], within(TOLERANCE));
            }
        }
    }
}

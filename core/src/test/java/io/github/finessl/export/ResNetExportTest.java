package io.github.finessl.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.Fixtures;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Of CLIP's ResNets too, ONNX Runtime computes of the file what the JVM model computes. */
class ResNetExportTest {
    private static final String NORMS = "open_clip_rn_bn_op17";
    private static final String FOLDED = "open_clip_rn_folded_op17";
    private static final List<String> STRATEGIES =
            List.of("linear", "ssf", "bitfit", "full", "lp-ft", "ssf+bitfit", "full+ssf");
    private static final List<String> OF_NORMS = List.of("bn", "bn+ssf");
    private static final int[] OPSETS = {11, 14, 17, 18, 21};

    @TempDir
    private Path directory;

    static Encoder encoder(String file) {
        return OnnxEncoderReader.read(Fixtures.onnx(file + ".onnx"));
    }

    private Path write(Trained trained, int opset) throws IOException {
        Path file = directory.resolve("model.onnx");
        OnnxExport.write(trained.exported(), OnnxForm.ofOpset(opset), file);
        return file;
    }

    /** Every strategy that a ResNet allows; those of batch norms where the file has any. */
    static Stream<Arguments> strategies() {
        List<Arguments> cases = Stream.concat(
                        Stream.concat(STRATEGIES.stream(), OF_NORMS.stream()).map(each -> Arguments.of(each, NORMS)),
                        STRATEGIES.stream().map(each -> Arguments.of(each, FOLDED)))
                .toList();
        return IntStream.range(0, cases.size())
                .mapToObj(i -> Arguments.of(cases.get(i).get()[0], cases.get(i).get()[1], OPSETS[i % OPSETS.length]));
    }

    @ParameterizedTest(name = "{0} on {1}, opset {2}")
    @MethodSource("strategies")
    void everyStrategy(String strategy, String file, int opset) throws IOException, OrtException {
        Trained trained = Trained.of(encoder(file), strategy);
        trained.assertSame(write(trained, opset), "opset " + opset);
    }

    @ParameterizedTest
    @CsvSource({"linear,11", "full,17", "bn+ssf,21"})
    void theReaderReadsIt(String strategy, int opset) throws IOException {
        Trained trained = Trained.of(encoder(NORMS), strategy);
        Encoder read = OnnxEncoderReader.read(write(trained, opset));
        Trained frozen = new Trained(read, Trained.of(read, "linear").tuning(), trained.parameters());
        float[] found = new float[2 * Trained.CLASSES.size()];
        double[][] logits = frozen.logits(trained.images(2));
        for (int i = 0; i < found.length; i++) {
            found[i] = (float) logits[i / Trained.CLASSES.size()][i % Trained.CLASSES.size()];
        }
        Trained.assertClose(found, trained.logits(trained.images(2)), 2, 1e-4, strategy);
    }

    @Test
    void trainedNormsNeedTheirStatistics() {
        Trained trained = Trained.of(encoder(NORMS), "bn");
        assertThat(trained.parameters().remove("stem.0.norm.variance")).isNotNull();
        assertThatThrownBy(trained::exported)
                .hasMessageMatching("the parameter stem.0.norm.variance should be \\[\\d+], but is missing");
    }
}

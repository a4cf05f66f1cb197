package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.finessl.report.CurvePoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A checkpoint comes back as it was written, or is refused in a sentence that names the file. */
class CheckpointTest {
    private static final Map<String, String> IDENTITY = Map.of("seed", "1", "method", "finessl");

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = directory.resolve("run.checkpoint");
        checkpoint(3, arrays()).write(file);
    }

    private static Checkpoint checkpoint(long step, Map<String, INDArray> arrays) {
        CurvePoint point = new CurvePoint(3, 1.25, Map.of("loss.supervised", 0.5), 0.75, null, 0.1, null, null);
        return new Checkpoint(IDENTITY, step, 4.5, arrays, new Checkpoint.Best(2, 0.625), List.of(point));
    }

    private static Map<String, INDArray> arrays() {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put("parameter/head.weight", Nd4j.createFromArray(new float[][] {{1, -2, 3e-30f}, {0.1f, 5, 6}}));
        arrays.put("parameter/head.scale", Nd4j.createFromArray(14.285714f));
        arrays.put("method/pace.memory", Nd4j.createFromArray(-1.0, 0, 1 / 3.));
        return arrays;
    }

    @Test
    void comesBackAsItWas() {
        assertIsTheOriginal(Checkpoint.read(file, IDENTITY));
        assertThat(directory).isDirectoryNotContaining("glob:**.part");
    }

    private static void assertIsTheOriginal(Checkpoint read) {
        Checkpoint original = checkpoint(3, arrays());
        assertThat(read.identity()).isEqualTo(original.identity());
        assertThat(read.step()).isEqualTo(3);
        assertThat(read.trainSeconds()).isEqualTo(4.5);
        assertThat(read.best()).isEqualTo(original.best());
        assertThat(read.curve()).isEqualTo(original.curve());
        assertThat(read.arrays().keySet()).isEqualTo(original.arrays().keySet());
        original.arrays()
                .forEach((name, array) -> assertThat(read.arrays().get(name)).isEqualTo(array));
    }

    @Test
    void stridedArraysAreWrittenInTheirLogicalOrder() throws IOException {
        INDArray transposed =
                Nd4j.createFromArray(new float[][] {{1, 2, 3}, {4, 5, 6}}).transpose();
        checkpoint(3, Map.of("parameter/x", transposed)).write(file);
        assertThat(Checkpoint.read(file, IDENTITY).arrays().get("parameter/x").toFloatMatrix())
                .isDeepEqualTo(new float[][] {{1, 4}, {2, 5}, {3, 6}});
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length += 7) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertRefused("complete checkpoint");
        }
    }

    @Test
    void anyByteThatIsWrongIsRefusedOrDoesNotMatter() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        int refused = 0;
        for (int i = 0; i < whole.length; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= 0x41;
            Files.write(file, damaged);
            try {
                assertIsTheOriginal(Checkpoint.read(file, IDENTITY));
            } catch (CheckpointException e) {
                assertThat(e).hasMessageStartingWith(file + " should be");
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(whole.length / 3);
    }

    @Test
    void otherFilesAreRefused() throws IOException {
        for (String content : List.of("", "garbage", "PK\003\004 but no more")) {
            Files.writeString(file, content);
            assertRefused("complete checkpoint");
        }
        file = directory;
        assertRefused("no such file");
        file = directory.resolve("missing");
        assertRefused("no such file");
    }

    static Stream<String> headers() {
        String arrays = "\"arrays\":[{\"name\":\"a\",\"type\":\"FLOAT\",\"shape\":[1]}]";
        String rest = ",\"identity\":{},\"step\":3,\"trainSeconds\":1,\"best\":null,\"curve\":[]}";
        return Stream.concat(
                Stream.of(
                        "null",
                        "[]",
                        "{}",
                        "{\"step\":3",
                        "{" + arrays + ",\"step\":3,\"trainSeconds\":1,\"curve\":[]}",
                        "{" + arrays + rest.replace("\"step\":3", "\"step\":-4"),
                        "{" + arrays + rest.replace("\"step\":3", "\"step\":\"x\""),
                        "{\"arrays\":null" + rest,
                        "{\"arrays\":[null]" + rest),
                Stream.of(
                                arrays.replace("FLOAT", "QUATERNION"),
                                arrays.replace("FLOAT", "INT"),
                                arrays.replace("\"FLOAT\"", "null"),
                                arrays.replace("[1]", "null"),
                                arrays.replace("[1]", "[-1]"),
                                arrays.replace("[1]", "[2]"),
                                arrays.replace("[1]", "[-1,-1]"),
                                arrays.replace("[1]", "[4294967296,4294967296,4294967296]"),
                                arrays.replace("\"a\"", "null"),
                                arrays.replace("\"a\"", "\"b\""))
                        .map(changed -> "{" + changed + rest));
    }

    @ParameterizedTest
    @MethodSource("headers")
    void headersThatMakeNoSenseAreRefused(String header) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("checkpoint.json"));
            zip.write(header.getBytes(StandardCharsets.UTF_8));
            zip.putNextEntry(new ZipEntry("a"));
            zip.write(new byte[4]);
        }
        assertRefused("complete checkpoint");
    }

    @Test
    void anIdentityThatDiffersIsSpelledOut() {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Checkpoint.read(file, Map.of("seed", "2", "batch", "8")))
                .withMessage(
                        file + " should be a checkpoint of this run, but it is of another one: {batch=nothing there,"
                                + " 8 here, method=finessl there, nothing here, seed=1 there, 2 here}.");
    }

    private void assertRefused(String why) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Checkpoint.read(file, IDENTITY))
                .withMessageStartingWith(file + " should be a")
                .withMessageContaining(why)
                .withMessageEndingWith(".");
    }

    @Test
    void trainingRefusesACheckpointWithoutOneOfItsArraysOrWithAnotherShape() throws IOException {
        Path of = directory.resolve("small");
        SmallRun run = new SmallRun(of);
        run.trainUntil(1);
        Checkpoint good = run.saved();
        assertThat(good.arrays()).hasSize(2 * (3 + 2 + 2) + 2);
        for (String name : good.arrays().keySet()) {
            for (INDArray replacement : Arrays.asList(null, Nd4j.zeros(DataType.FLOAT, 5, 7))) {
                Map<String, INDArray> arrays = new LinkedHashMap<>(good.arrays());
                if (replacement == null) {
                    arrays.remove(name);
                } else {
                    arrays.put(name, replacement);
                }
                new Checkpoint(good.identity(), 1, 0, arrays, null, List.of()).write(of);
                assertThatExceptionOfType(CheckpointException.class)
                        .as(name)
                        .isThrownBy(run::train)
                        .withMessageStartingWith(of + " should be a checkpoint of this run, but its ")
                        .withMessageContaining(name.startsWith("method/") ? "pace" : name);
            }
        }
    }

    @Test
    void trainingRefusesACheckpointFromBeyondItsEnd() throws IOException {
        Path of = directory.resolve("small");
        SmallRun run = new SmallRun(of);
        run.trainUntil(1);
        Checkpoint good = run.saved();
        new Checkpoint(good.identity(), 7, 0, good.arrays(), null, List.of()).write(of);
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(run::train)
                .withMessage(of + " should be a checkpoint of a run of 6 steps, but is at step 7.");
    }

    @Test
    void trainingRefusesABestModelWithoutItsParameters() throws IOException {
        Path of = directory.resolve("small");
        SmallRun run = new SmallRun(of);
        run.trainUntil(1);
        Checkpoint good = run.saved();
        new Checkpoint(good.identity(), 1, 0, good.arrays(), new Checkpoint.Best(1, 1), List.of()).write(of);
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(run::train)
                .withMessageContaining("its best/auxiliary.scale is nothing");
    }
}

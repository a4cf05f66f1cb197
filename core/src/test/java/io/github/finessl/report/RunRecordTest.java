package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.io.AtomicFile;
import io.github.finessl.report.CurvePoint.PseudoLabels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunRecordTest {

    @TempDir
    Path directory;

    static RunRecord record(long seed, Double top1) {
        RunIdentity identity = new RunIdentity(Map.of("method", "finessl", "batch", "16"), seed, "ab", "cd");
        return new RunRecord(
                identity.hash(),
                "quickstart",
                "finessl",
                "full",
                new TreeMap<>(Map.of("batch", "16", "resolution", "160")),
                seed,
                new RunRecord.Encoder("ViT-Ti/16", "vit.onnx", "ab"),
                new RunRecord.Data("cifar10-mini", "cd", 40, 360, 100, "ef", Map.of("is empty", 2)),
                350,
                "nd4j-f32",
                new Versions(Optional.of("0123456789ab"), "17", "Linux", "1.0.0-M2.1", "CpuBackend", "2.5.2"),
                new Machine("a CPU", 2, 23),
                new RunRecord.Times(Instant.parse("2026-01-02T03:04:05Z").plusSeconds(seed), 10, 8, 2, 0.5, 96, 15.5),
                1L << 30,
                new RunRecord.Metrics(
                        top1, top1 == null ? List.of() : List.of(0.5, Double.NaN), 0.82, null, Map.of("ece", 0.1)),
                UnlabelledSurvey.of(
                        List.of(new UnlabelledSurvey.Image(UnlabelledSurvey.Truth.KNOWN, 1, 1, 0.9, 0.4)), 2),
                List.of(0, 1, 1),
                List.of(
                        new CurvePoint(1, 9.5, Map.of("supervised", 2.3), 0.1, null, null, null, null),
                        new CurvePoint(
                                10, 5.5, Map.of(), 0.4, 0.5, 0.25, 0.6, new PseudoLabels(0.7, 0.9, List.of(3, 1)))));
    }

    @Test
    void survivesItsFile() throws IOException {
        Path file = directory.resolve("deep/run.json");
        record(1, 0.83).write(file);
        assertThat(RunRecord.read(file)).isEqualTo(record(1, 0.83));
        assertThat(Files.readString(file)).contains("\"start\" : \"2026-01-02T03:04:06Z\"");
    }

    @Test
    void saysThatThereWereNoTestImages() throws IOException {
        Path file = directory.resolve("run.json");
        record(1, null).write(file);
        assertThat(Files.readString(file)).doesNotContain("top1");
        assertThat(RunRecord.read(file).metrics().top1()).isNull();
        assertThat(RunRecord.read(file).metrics().perClassAccuracy()).isEmpty();
    }

    @Test
    void leavesNothingBesideTheFile() throws IOException {
        record(1, 0.83).write(directory.resolve("run.json"));
        record(2, 0.84).write(directory.resolve("run.json"));
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(directory.resolve("run.json"));
        }
    }

    @Test
    void anInterruptedWriteKeepsTheOldContent() throws IOException {
        Path file = directory.resolve("run.json");
        AtomicFile.write(file, "old");
        assertThatThrownBy(() -> AtomicFile.write(file, out -> {
                    out.write(1);
                    throw new IOException("disk full");
                }))
                .hasMessage(file + " cannot be written: disk full.");
        assertThat(file).hasContent("old");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void readsRecordsWithFieldsOfLaterVersions() throws IOException {
        Path file = directory.resolve("run.json");
        record(1, 0.83).write(file);
        Files.writeString(file, Files.readString(file).replaceFirst("\\{", "{ \"fromTheFuture\" : 1,"));
        assertThat(RunRecord.read(file).seed()).isEqualTo(1);
    }

    @Test
    void namesTheFileThatIsNoRecord() throws IOException {
        Path file = directory.resolve("run.json");
        Files.writeString(file, "{ \"id\" : \"0\", \"experiment\" : ");
        assertThatThrownBy(() -> RunRecord.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString());
        Files.writeString(file, "{ \"id\" : \"0\" }");
        assertThatThrownBy(() -> RunRecord.read(file)).hasMessageContaining("experiment");
    }

    @Test
    void storeFindsFinishedRunsOnly() throws IOException {
        RunStore store = new RunStore(directory.resolve("runs"));
        RunIdentity finished = new RunIdentity(Map.of("method", "finessl", "batch", "16"), 1, "ab", "cd");
        RunIdentity other = new RunIdentity(Map.of("method", "finessl", "batch", "8"), 1, "ab", "cd");
        assertThat(store.all()).isEmpty();
        store.add(record(2, 0.9));
        store.add(record(1, 0.8));
        assertThat(store.find(finished)).contains(record(1, 0.8));
        assertThat(store.find(other)).isEmpty();
        assertThat(store.all()).extracting(RunRecord::seed).containsExactly(1L, 2L);
        Files.writeString(store.directoryOf(finished).resolve("run.json"), "{");
        assertThat(store.find(finished)).isEmpty();
        assertThat(store.all()).extracting(RunRecord::seed).containsExactly(2L);
    }

    @Test
    void identityDependsOnAllOfItsPartsAndNotOnOrder() {
        RunIdentity run = new RunIdentity(new TreeMap<>(Map.of("a", "1", "b", "2")), 1, "e", "d");
        Map<String, String> reversed = new TreeMap<>(java.util.Comparator.reverseOrder());
        reversed.putAll(run.configuration());
        assertThat(new RunIdentity(reversed, 1, "e", "d").hash())
                .isEqualTo(run.hash())
                .isEqualTo("a4b55b409da952e0");
        assertThat(Stream.of(
                                run,
                                new RunIdentity(Map.of("a", "12", "b", ""), 1, "e", "d"),
                                new RunIdentity(Map.of("a", "1", "b", "2"), 2, "e", "d"),
                                new RunIdentity(Map.of("a", "1", "b", "2"), 1, "x", "d"),
                                new RunIdentity(Map.of("a", "1", "b", "2"), 1, "e", "x"))
                        .map(RunIdentity::hash))
                .doesNotHaveDuplicates();
    }

    @Test
    void knowsMachineAndVersions() {
        assertThat(Machine.here().cores()).isPositive();
        assertThat(Machine.here().memoryGiB()).isPositive();
        assertThat(Versions.here().nd4j()).isEqualTo("1.0.0-M2.1");
        assertThat(Versions.here().onednn()).startsWith("3.8.1");
    }
}

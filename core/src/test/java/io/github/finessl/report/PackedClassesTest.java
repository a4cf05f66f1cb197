package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedClassesTest {
    @TempDir
    Path directory;

    private static List<Integer> random(int images, int classes) {
        return new SplittableRandom(1).ints(images, 0, classes).boxed().toList();
    }

    @Test
    void classesSurvive() throws IOException {
        for (List<Integer> classes :
                List.of(List.<Integer>of(), List.of(0), random(10_000, 10), random(777, 1000), List.of(65_535, 256))) {
            assertThat(PackedClasses.unpacked(PackedClasses.packed(classes))).isEqualTo(classes);
        }
    }

    @Test
    void tenThousandPredictionsOfTenClassesTakeSevenKilobytes() throws IOException {
        assertThat(PackedClasses.packed(random(10_000, 10))).hasSizeLessThan(7_000);
    }

    @Test
    void damagedTextIsRefused() throws IOException {
        String text = PackedClasses.packed(random(100, 10));
        for (String damaged : List.of(
                "",
                "100",
                "x:" + text,
                text.replaceFirst("100", "101"),
                text + "=",
                "-1:",
                text.replaceFirst("100", "99"),
                "100:" + text.substring(4, 40))) {
            assertThatThrownBy(() -> PackedClasses.unpacked(damaged)).isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> PackedClasses.packed(List.of(-1))).isInstanceOf(IOException.class);
    }

    @Test
    void recordsOfEarlierVersionsHoldAPlainList() throws IOException {
        Path file = directory.resolve("run.json");
        RunRecord record = RunRecordTest.record(1, 0.5);
        record.write(file);
        String packed = Files.readString(file);
        Files.writeString(file, packed.replaceFirst("\"predicted\" : \"[^\"]*\"", "\"predicted\" : [ 0, 1, 1 ]"));
        assertThat(Files.readString(file)).isNotEqualTo(packed);
        assertThat(RunRecord.read(file)).isEqualTo(record);
        Files.writeString(file, packed.replaceFirst("\"predicted\" : \"3:", "\"predicted\" : \"4:"));
        assertThatThrownBy(() -> RunRecord.read(file)).hasMessageContaining(file + " is not a complete run record");
    }

    @Test
    void labelsSurviveAndDamageNamesTheFile() throws IOException {
        Path file = directory.resolve("truth/labels.json");
        PackedLabels labels = new PackedLabels("cifar10", "ab", random(100, 10));
        labels.write(file);
        assertThat(PackedLabels.read(file)).isEqualTo(labels);
        Files.writeString(file, "{ \"data\" : \"cifar10\" }");
        assertThatThrownBy(() -> PackedLabels.read(file)).hasMessageContaining(file.toString());
    }
}

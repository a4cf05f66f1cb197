package io.github.finessl.studio.folder;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.io.Sha256;
import io.github.finessl.studio.folder.PhotoFolder.Found;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Labelling that comes to where nothing more can be written: files may not grow beyond a limit of the shell's. */
@EnabledOnOs(OS.LINUX)
class FullDiskTest {

    private static final int PHOTOS = 60;
    private static final int LIMIT_KIB = 8;

    @TempDir
    Path root;

    @TempDir
    Path elsewhere;

    @Test
    void theJournalCannotGrow() throws IOException, InterruptedException {
        Map<String, String> before = photos();
        assertThat(labelUntilFull(Optional.empty()))
                .contains("journal.jsonl cannot be written, so that nothing can be labelled");
        try (Labels labels = Labels.open(root, Optional.empty())) {
            long moved = labels.folder().scan().stream()
                    .filter(photo -> photo.path().startsWith("labelled/cat/"))
                    .count();
            assertThat(moved).isPositive().isLessThan(PHOTOS);
            for (long n = 0; n < moved; n++) {
                assertThat(labels.undo().orElseThrow().faults()).isEmpty();
            }
            assertThat(labels.undo()).isEmpty();
            assertThat(contents(labels.folder())).isEqualTo(before);
        }
    }

    @Test
    void theTableCannotGrow() throws IOException, InterruptedException {
        photos();
        Path table = elsewhere.resolve("labels.csv");
        String others = "image,label,note\ngone.jpg,owl,%s\n".formatted("x".repeat(LIMIT_KIB * 1024 - 700));
        Files.writeString(table, others);
        assertThat(labelUntilFull(Optional.of(table))).contains("labels.csv cannot be written: ");
        assertThat(table).content().startsWith(others);
        int rows = Files.readAllLines(table).size() - 2;
        assertThat(rows).isPositive().isLessThan(PHOTOS);
        try (Labels labels = Labels.open(root, Optional.of(table))) {
            assertThat(Files.readAllLines(table)).hasSize(rows + 2);
            for (int n = 0; n < rows; n++) {
                labels.undo();
            }
            assertThat(labels.canUndo()).isFalse();
            assertThat(labels.place("0000000000000000000000.jpg")).isEqualTo(Place.UNLABELLED);
        }
        assertThat(elsewhere).isDirectoryNotContaining("glob:**.part");
    }

    private Map<String, String> photos() throws IOException {
        for (int i = 0; i < PHOTOS; i++) {
            Files.writeString(root.resolve("%022d.jpg".formatted(i)), "photo " + i);
        }
        return contents(PhotoFolder.open(root));
    }

    private static Map<String, String> contents(PhotoFolder folder) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        for (Found photo : folder.scan()) {
            contents.put(photo.path(), Sha256.hex(folder.inside(photo.path())));
        }
        return contents;
    }

    /** What a process says that labels each photo as a cat until it fails. */
    private String labelUntilFull(Optional<Path> table) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "sh",
                "-c",
                "ulimit -f %d; exec \"$@\"".formatted(LIMIT_KIB * 2), // blocks of 512 bytes
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                LabelsUntilFull.class.getName(),
                root.toString()));
        table.ifPresent(file -> command.add(file.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }
}

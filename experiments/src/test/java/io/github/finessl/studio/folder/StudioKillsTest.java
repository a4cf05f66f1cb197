package io.github.finessl.studio.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.io.Sha256;
import io.github.finessl.studio.folder.JournalEntry.Move;
import io.github.finessl.studio.folder.PhotoFolder.Found;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A labelling process that is killed at random moments. */
class StudioKillsTest {

    private static final int PHOTOS = 40;

    @TempDir
    Path root;

    @Test
    void nothingIsLostByAFewKills() throws IOException, InterruptedException {
        kill(4);
    }

    @Test
    @Tag("hostile")
    void nothingIsLostByManyKills() throws IOException, InterruptedException {
        kill(150);
    }

    private void kill(int times) throws IOException, InterruptedException {
        Map<String, String> before = new TreeMap<>();
        for (int i = 0; i < PHOTOS; i++) {
            Path file = root.resolve("unlabelled/%d/photo.jpg".formatted(i));
            Files.createDirectories(file.getParent());
            Files.writeString(file, "photo " + i);
            before.put("unlabelled/%d/photo.jpg".formatted(i), Sha256.hex(file));
        }
        Random random = new Random(times);
        PhotoFolder folder = PhotoFolder.open(root);
        for (int n = 0; n < times; n++) {
            labelForAWhile(n, 50 + random.nextInt(400));
            try (LabelledFolder labels = LabelledFolder.open(folder)) {
                Map<String, String> now = contents(folder);
                assertThat(now.values()).containsExactlyInAnyOrderElementsOf(before.values());
                assertThat(now).as("the journal, replayed").isEqualTo(replayed(before));
                labels.undo();
            }
        }
        assertThat(root.resolve(LabelJournal.FILE)).isNotEmptyFile();
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            while (labels.undo().isPresent()) {}
            assertThat(contents(folder).values()).containsExactlyInAnyOrderElementsOf(before.values());
            assertThat(contents(folder).keySet()).allMatch(path -> path.startsWith("unlabelled/"));
        }
    }

    private void labelForAWhile(long seed, int millis) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LabelsForever.class.getName(),
                        root.toString(),
                        Long.toString(seed))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("open");
            assertThatThrownBy(() -> LabelledFolder.open(PhotoFolder.open(root)))
                    .hasMessageContaining("in another studio already: process " + process.pid() + " of ");
            Thread.sleep(millis);
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static Map<String, String> contents(PhotoFolder folder) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        for (Found found : folder.scan()) {
            contents.put(found.path(), Sha256.hex(folder.inside(found.path())));
        }
        return contents;
    }

    /** Where the journal says that the photos are. */
    private Map<String, String> replayed(Map<String, String> before) throws IOException {
        try (LabelJournal journal = LabelJournal.open(root)) {
            Set<List<Object>> withdrawn = new HashSet<>();
            for (JournalEntry entry : journal.entries()) {
                if (!(entry instanceof Move)) {
                    withdrawn.add(List.of(entry.operation(), entry.from(), entry.to()));
                }
            }
            Map<String, String> paths = new HashMap<>(before);
            for (JournalEntry entry : journal.entries()) {
                if (entry instanceof Move move
                        && !withdrawn.contains(List.of(move.operation(), move.from(), move.to()))) {
                    assertThat(paths.remove(move.from())).as(move.from()).isEqualTo(move.sha256());
                    assertThat(paths.put(move.to(), move.sha256()))
                            .as(move.to())
                            .isNull();
                }
            }
            return new TreeMap<>(paths);
        }
    }
}

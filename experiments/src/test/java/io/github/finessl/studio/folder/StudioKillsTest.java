package io.github.finessl.studio.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.data.LabelRows;
import io.github.finessl.io.Sha256;
import io.github.finessl.studio.folder.JournalEntry.Change;
import io.github.finessl.studio.folder.JournalEntry.Relabelling;
import io.github.finessl.studio.folder.JournalEntry.Withdrawal;
import io.github.finessl.studio.folder.PhotoFolder.Found;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A labelling process that is killed at random moments, in the midst of labels, undoing and merged classes. */
class StudioKillsTest {

    private static final int PHOTOS = 40;

    @TempDir
    Path root;

    @TempDir
    Path elsewhere;

    @Test
    void nothingIsLostByAFewKills() throws IOException, InterruptedException {
        killFolder(2);
    }

    @Test
    void noRowIsLostByAFewKills() throws IOException, InterruptedException {
        killTable(2);
    }

    @Test
    @Tag("hostile")
    void nothingIsLostByManyKills() throws IOException, InterruptedException {
        killFolder(150);
    }

    @Test
    @Tag("hostile")
    void noRowIsLostByManyKills() throws IOException, InterruptedException {
        killTable(150);
    }

    private void killFolder(int times) throws IOException, InterruptedException {
        Map<String, String> before = photos();
        Random random = new Random(times);
        PhotoFolder folder = PhotoFolder.open(root);
        for (int n = 0; n < times; n++) {
            labelForAWhile(n, random, Optional.empty());
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

    private void killTable(int times) throws IOException, InterruptedException {
        Map<String, String> before = photos();
        String others = "who,image,label\nkim,elsewhere.jpg,zebra\n\"lee, j.\", gone.jpg ,owl\n";
        Path table = Files.writeString(elsewhere.resolve("labels.csv"), others);
        Random random = new Random(times);
        for (int n = 0; n < times; n++) {
            labelForAWhile(n, random, Optional.of(table));
            try (Labels labels = Labels.open(root, Optional.of(table))) {
                assertThat(labelsIn(table)).as("the journal, replayed").isEqualTo(relabelled(table));
                assertThat(Files.readString(table)).startsWith(others);
                labels.undo();
            }
        }
        try (Labels labels = Labels.open(root, Optional.of(table))) {
            assertThat(labels.canUndo()).isTrue();
            while (labels.undo().isPresent()) {}
            assertThat(labelsIn(table)).isEmpty();
        }
        assertThat(contents(PhotoFolder.open(root))).isEqualTo(before);
    }

    private Map<String, String> photos() throws IOException {
        Map<String, String> before = new TreeMap<>();
        for (int i = 0; i < PHOTOS; i++) {
            Path file = root.resolve("unlabelled/%d/photo.jpg".formatted(i));
            Files.createDirectories(file.getParent());
            Files.writeString(file, "photo " + i);
            before.put("unlabelled/%d/photo.jpg".formatted(i), Sha256.hex(file));
        }
        return before;
    }

    private void labelForAWhile(long seed, Random random, Optional<Path> table)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LabelsForever.class.getName(),
                root.toString(),
                Long.toString(seed)));
        table.ifPresent(file -> command.add(file.toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("open");
            assertThatThrownBy(() -> Labels.open(root, table))
                    .hasMessageContaining("in another studio already: process " + process.pid() + " of ");
            Path journal = journal(table);
            long enough = journal.toFile().length() + 1 + random.nextInt(5000);
            while (process.isAlive() && journal.toFile().length() < enough) {
                Thread.sleep(random.nextInt(3));
            }
            assertThat(process.isAlive()).isTrue();
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    private Path journal(Optional<Path> table) {
        return table.map(file -> file.resolveSibling("labels.csv.journal.jsonl"))
                .orElse(root.resolve(LabelJournal.FILE));
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
        Map<String, String> paths = new HashMap<>(before);
        for (Change move : changes(journal(Optional.empty()))) {
            assertThat(paths.remove(move.from())).as(move.from()).isEqualTo(move.sha256());
            assertThat(paths.put(move.to(), move.sha256())).as(move.to()).isNull();
        }
        return new TreeMap<>(paths);
    }

    /** The labels of the folder's photos by a table's journal, without those that were taken away. */
    private Map<String, String> relabelled(Path table) throws IOException {
        Map<String, String> labels = new TreeMap<>();
        for (Change change : changes(journal(Optional.of(table)))) {
            Relabelling made = (Relabelling) change;
            assertThat(labels.getOrDefault(made.photo(), "")).as(made.photo()).isEqualTo(made.before());
            labels.put(made.photo(), made.after());
        }
        labels.values().removeIf(String::isEmpty);
        return labels;
    }

    private Map<String, String> labelsIn(Path table) throws IOException {
        Map<String, String> labels = new TreeMap<>();
        Path folder = root.toRealPath();
        LabelRows.read(table, Optional.of(folder)).rows().forEach((photo, row) -> {
            if (photo.startsWith(folder) && Files.exists(photo) && !row.label().isEmpty()) {
                labels.put(folder.relativize(photo).toString(), row.label());
            }
        });
        return labels;
    }

    /** The changes of a journal that were not withdrawn. */
    private static List<Change> changes(Path file) throws IOException {
        try (LabelJournal<Change> journal = LabelJournal.open(file, Change.class)) {
            Set<Object> withdrawn = new HashSet<>();
            List<Change> changes = new ArrayList<>();
            for (JournalEntry entry : journal.entries()) {
                if (entry instanceof Withdrawal gone) {
                    withdrawn.add(gone.key());
                } else if (entry instanceof Change change) {
                    changes.add(change);
                }
            }
            changes.removeIf(change -> withdrawn.contains(change.key()));
            return changes;
        }
    }
}

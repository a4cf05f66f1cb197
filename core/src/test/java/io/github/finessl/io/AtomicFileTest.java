package io.github.finessl.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    Path directory;

    @Test
    void ofAProcessThatEndsWhileItWritesNothingIsLeft() throws IOException {
        Path file = directory.resolve("file");
        AtomicFile.write(file, "old");
        assertThatThrownBy(() -> AtomicFile.write(file, out -> {
                    out.write(1);
                    assertThat(directory.toFile().list()).hasSize(2);
                    AtomicFile.removeUnfinished();
                    assertThat(directory.toFile().list()).hasSize(1);
                }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString());
        assertThat(file).hasContent("old");
    }

    @Test
    void ofWhatCannotBeWrittenTheOldStays() throws IOException {
        Path file = directory.resolve("file");
        AtomicFile.write(file, "old");
        assertThatThrownBy(() -> AtomicFile.write(file, out -> {
                    out.write(1);
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage(file + " cannot be written: No space left on device.");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
        assertThat(file).hasContent("old");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatDeadProcessesLeftOfTheSameFileIsRemoved() throws IOException, InterruptedException {
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        Process alive = new ProcessBuilder("sleep", "60").start();
        try {
            Path file = directory.resolve("file+.csv");
            String ofDead = "." + dead.pid() + ".part";
            String ofAlive = ".file+.csv." + alive.pid() + ".part";
            for (String name : new String[] {".file+.csv" + ofDead, ofAlive}) {
                Files.writeString(directory.resolve(name), "half");
            }
            String[] foreign = {".other" + ofDead, "file+.csv" + ofDead, ".fileee.csv" + ofDead, ".file+.csv.mine.part"
            };
            for (String name : foreign) {
                Files.writeString(directory.resolve(name), "mine");
            }
            AtomicFile.write(file, "new");
            assertThat(directory.toFile().list())
                    .contains(foreign)
                    .contains("file+.csv", ofAlive)
                    .hasSize(foreign.length + 2);
        } finally {
            alive.destroyForcibly();
        }
    }

    @Test
    void aLinkStaysAndWhatItLeadsToIsReplaced() throws IOException {
        Path real = Files.createDirectory(directory.resolve("real"));
        Path file = Files.writeString(real.resolve("file"), "old");
        Path inner = Files.createSymbolicLink(real.resolve("inner"), Path.of("file"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("real/inner"));
        AtomicFile.write(link, "new");
        assertThat(link).isSymbolicLink();
        assertThat(inner).isSymbolicLink();
        assertThat(file).hasContent("new").isRegularFile();

        Path dangling = Files.createSymbolicLink(directory.resolve("dangling"), Path.of("real/deeper/made"));
        AtomicFile.write(dangling, "new");
        assertThat(dangling).isSymbolicLink();
        assertThat(real.resolve("deeper/made")).hasContent("new");

        Path folder = Files.createSymbolicLink(directory.resolve("folder"), real);
        AtomicFile.write(folder.resolve("file"), "newer");
        assertThat(file).hasContent("newer");

        Path circle = Files.createSymbolicLink(directory.resolve("circle"), Path.of("circle"));
        assertThatThrownBy(() -> AtomicFile.write(circle, "new"))
                .isInstanceOf(IOException.class)
                .hasMessage(circle + " cannot be written: its links lead in a circle.");
        assertThat(circle).isSymbolicLink();
    }

    @Test
    void aFolderIsNoTarget() throws IOException {
        Path folder = Files.createDirectory(directory.resolve("folder"));
        assertThatThrownBy(() -> AtomicFile.write(folder, "new"))
                .isInstanceOf(IOException.class)
                .hasMessage(folder + " cannot be written: it is a folder.");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aPipeStaysOneAndGetsTheContent() throws IOException, InterruptedException {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        Path link = Files.createSymbolicLink(directory.resolve("link"), pipe);
        for (Path target : new Path[] {pipe, link}) {
            CompletableFuture<String> read = CompletableFuture.supplyAsync(() -> {
                try {
                    return Files.readString(pipe);
                } catch (IOException e) {
                    return e.toString();
                }
            });
            AtomicFile.write(target, "through");
            assertThat(read.join()).isEqualTo("through");
            assertThat(pipe).exists().isNot(new org.assertj.core.api.Condition<>(Files::isRegularFile, "a file"));
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aDeviceStaysOne() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("null"), Path.of("/dev/null"));
        AtomicFile.write(link, "gone");
        assertThat(link).isSymbolicLink();
        assertThat(Files.readString(Path.of("/dev/null"))).isEmpty();
        assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
    }
}

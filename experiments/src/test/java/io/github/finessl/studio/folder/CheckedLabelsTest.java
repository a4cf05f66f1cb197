package io.github.finessl.studio.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people have found right is remembered. */
class CheckedLabelsTest {

    @TempDir
    Path root;

    private CheckedLabels open() {
        return CheckedLabels.open(PhotoFolder.open(root));
    }

    @Test
    void aLabelIsRightForItsContentAloneAlsoAfterARestart() throws IOException {
        try (CheckedLabels checked = open()) {
            checked.set("aa", "고양이", true);
            checked.set("bb", "dog", true);
            checked.set("bb", "dog", false);
            checked.set("cc", "dog", false); // it never was
        }
        assertThat(root.resolve(CheckedLabels.FILE)).content().hasLineCount(3);
        try (CheckedLabels checked = open()) {
            assertThat(checked.isRight("aa", "고양이")).isTrue();
            assertThat(checked.isRight("aa", "dog")).isFalse();
            assertThat(checked.isRight("bb", "dog")).isFalse();
        }
    }

    @Test
    void aLineThatWasCutIsTakenOffAndAForeignOneNamed() throws IOException {
        Path file = root.resolve(CheckedLabels.FILE);
        try (CheckedLabels checked = open()) {
            checked.set("aa", "cat", true);
        }
        Files.writeString(file, "{\"time\":\"2026", StandardOpenOption.APPEND);
        try (CheckedLabels checked = open()) {
            checked.set("bb", "cat", true);
        }
        try (CheckedLabels checked = open()) {
            assertThat(checked.isRight("aa", "cat")).isTrue();
            assertThat(checked.isRight("bb", "cat")).isTrue();
        }
        Files.writeString(file, "{\"sha256\":\"aa\"}\n", StandardOpenOption.APPEND);
        assertThatThrownBy(this::open)
                .isInstanceOf(StudioException.class)
                .hasMessageStartingWith(
                        "Line 3 of " + PhotoFolder.open(root).home().resolve(CheckedLabels.FILE));
    }

    @Test
    void aLinkInItsPlaceIsNotWritten(@TempDir Path outside) throws IOException {
        Path other = Files.writeString(outside.resolve("other"), "");
        Files.createSymbolicLink(root.resolve(CheckedLabels.FILE), other);
        assertThatThrownBy(this::open).hasMessageContaining("must be a file of the studio's own");
        assertThat(other).isEmptyFile();
    }
}

package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.StandardOutput;
import io.github.finessl.studio.ColouredPhotos;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code finessl studio} up to the browser. */
class StudioCommandTest {

    @TempDir
    Path photos;

    private final Console console = new Console();

    @Test
    void whatCannotBeUsedIsSaidInASentence() {
        assertThat(console.run("studio")).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("Missing required parameter: 'PHOTOS'");
        assertThat(console.run("studio", photos, "--port=70000")).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).startsWith("--port=70000 cannot be used: ");
        assertThat(console.run("studio", photos, "--steps=0")).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.run("studio", photos)).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).startsWith("finessl studio needs --encoder");
        Path missing = photos.resolve("missing");
        assertThat(console.run("studio", missing, "--encoder=" + ColouredPhotos.ENCODER, "--no-browser"))
                .isNotEqualTo(Exit.OK);
        assertThat(console.err().strip()).isEqualTo(missing + " must be a folder of photos, but does not exist.");
        assertThat(missing).doesNotExist();
    }

    @Test
    void itPrintsItsAddressAndEndsWhenAsked() throws IOException {
        new ColouredPhotos(photos).unlabelled(1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        List<String> args = List.of("studio", photos.toString(), "--encoder=" + ColouredPhotos.ENCODER, "--no-browser");
        Exit exit = Finessl.run(
                new StandardOutput(out, false),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                () -> true,
                args.toArray(String[]::new));
        assertThat(exit).as(err.toString(StandardCharsets.UTF_8)).isEqualTo(Exit.OK);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .containsPattern("http://127\\.0\\.0\\.1:[0-9]+/#token=[\\w-]{43}\\n");
        assertThat(Files.exists(photos.resolve("unlabelled/red-0.png"))).isTrue();
    }
}

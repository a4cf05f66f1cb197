package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.run.Exit;
import io.github.finessl.report.Findings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code finessl check} on folders and on a model. */
class CheckTest {
    private static final String ENCODER = "--encoder=core/src/test/resources/onnx/timm_vit_op17.onnx";

    @TempDir
    Path directory;

    private final Console console = new Console();
    private TestPhotos photos;

    @BeforeEach
    void aLabelledPhotoIsInTestToo() throws IOException {
        photos = TestPhotos.in(directory.resolve("photos"), 32);
        Path labelled = photos.of("red one").resolve("twin.png");
        photos.write(labelled, 1, 40);
        Files.copy(labelled, photos.test().resolve("red one").resolve("twin.png"));
    }

    private Exit check(Object... more) {
        Object[] args = new Object[5 + more.length];
        args[0] = "check";
        args[1] = "--labelled=" + photos.labelled();
        args[2] = "--unlabelled=" + photos.unlabelled();
        args[3] = "--test=" + photos.test();
        args[4] = ENCODER;
        System.arraycopy(more, 0, args, 5, more.length);
        return console.run(args);
    }

    @Test
    void tellsWhatIsInTheFolders() {
        assertThat(check()).as(console.err()).isEqualTo(Exit.OK);
        assertThat(console.out())
                .containsPattern("red one +3 +3\n")
                .contains("9 unlabelled photos.", "labelled image", "twin.png (test red one)");
    }

    @Test
    void strictEndsWithOne() {
        assertThat(check("--strict")).as(console.err()).isEqualTo(Exit.FAILED);
    }

    @Test
    void aModelKnowsTheSame() throws IOException {
        Path model = directory.resolve("model");
        assertThat(console.run(
                        "train",
                        "--labelled=" + photos.labelled(),
                        "--unlabelled=" + photos.unlabelled(),
                        "--test=" + photos.test(),
                        ENCODER,
                        "--steps=2",
                        "--out=" + model))
                .as(console.err())
                .isEqualTo(Exit.OK);
        assertThat(console.out()).contains("the accuracy flatters");
        assertThat(Files.readString(model.resolve("report.html"))).contains("What is in the folders", "twin.png");
        assertThat(console.run("check", model)).isEqualTo(Exit.OK);
        String kept = console.out();
        assertThat(kept).contains("twin.png (test red one)");
        check();
        assertThat(console.out()).isEqualTo(kept);
        assertThat(console.run("check", model, "--json")).isEqualTo(Exit.OK);
        assertThat(console.out().strip())
                .isEqualTo(Files.readString(model.resolve(Findings.FILE)).strip());

        Files.delete(model.resolve(Findings.FILE));
        assertThat(console.run("check", model)).isNotEqualTo(Exit.OK);
        assertThat(console.err()).contains(Findings.FILE);
    }

    @Test
    void needsAModelOrPhotos() {
        assertThat(console.run("check")).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("--labelled");
    }
}

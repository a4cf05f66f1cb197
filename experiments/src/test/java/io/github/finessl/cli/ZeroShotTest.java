package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.finessl.experiments.run.Exit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands with names of classes in the place of labels, on a small random CLIP. */
class ZeroShotTest {
    private static final String CLIP = "core/src/test/resources/text/clip/";
    private static final String ENCODER = "--encoder=" + CLIP + "vision.onnx";
    private static final String TEXT = "--text-encoder=" + CLIP + "text.onnx";
    private static final String NAMES = "--classes=cat, 고양이 ,Golden Retriever";

    @TempDir
    private Path directory;

    private final Console console = new Console();
    private TestPhotos photos;

    @BeforeEach
    void makePhotos() throws IOException {
        photos = TestPhotos.in(directory.resolve("photos"), 32);
    }

    @Test
    void predictNeedsNoTraining() throws IOException {
        Path photo = photos.test().resolve("red one/10.png");
        Path other = photos.test().resolve("red one/11.png");
        photos.write(photo, 1, 10);
        photos.write(other, 2, 11);
        assertThat(console.run("predict", NAMES, ENCODER, TEXT, "--precision=portable", "--json", photo, other))
                .as(console.err())
                .isEqualTo(Exit.OK);
        JsonNode found = new ObjectMapper().readTree(console.out());
        assertThat(found).hasSize(2);
        assertThat(found.get(0).get("probabilities").fieldNames())
                .toIterable()
                .containsExactly("cat", "고양이", "Golden Retriever");

        Path names = directory.resolve("names.txt");
        Files.writeString(names, "cat\n고양이\n\nGolden Retriever\n");
        assertThat(console.run(
                        "predict", "--classes=" + names, ENCODER, TEXT, "--precision=portable", "--json", photo, other))
                .isEqualTo(Exit.OK);
        assertThat(new ObjectMapper().readTree(console.out())).isEqualTo(found);
    }

    @Test
    void aTrainingWithoutLabelsBecomesAModelThatCanBeShipped() {
        Path model = directory.resolve("model");
        Object[] train = {
            "train",
            NAMES,
            "--unlabelled=" + photos.unlabelled(),
            ENCODER,
            TEXT,
            "--steps=3",
            "--tuning=lora:rank=2",
            "--out=" + model
        };
        assertThat(console.run(train)).as(console.err()).isEqualTo(Exit.OK);
        assertThat(console.out())
                .contains("No labels: the image of each class that the text tower is surest of counts as labelled.");
        assertThat(console.run("predict", model, photos.unlabelled())).isEqualTo(Exit.OK);
        assertThat(console.out().lines()).hasSize(9);
        Path exported = directory.resolve("model.onnx");
        assertThat(console.run("export", model, "--onnx=" + exported))
                .as(console.err())
                .isEqualTo(Exit.OK);
        assertThat(exported).isNotEmptyFile();
        assertThat(console.run(train)).isEqualTo(Exit.OK);
        assertThat(console.out()).contains("finished before");
    }

    @Test
    void whatNamesNeedIsSaid() {
        String out = "--out=" + directory.resolve("none");
        assertThat(console.run("train", NAMES, ENCODER, TEXT, out)).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("--classes needs --unlabelled, the photos to learn from.");
        String pile = "--unlabelled=" + photos.unlabelled();
        assertThat(console.run("train", NAMES, ENCODER, pile, out)).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("--classes needs --text-encoder");
        assertThat(console.run("train", NAMES, ENCODER, TEXT, pile, out, "--labelled=" + photos.labelled()))
                .isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("--labelled and --classes cannot be used together");
        assertThat(console.run("train", "--classes=cat", ENCODER, TEXT, pile, out))
                .isEqualTo(Exit.BAD_FILE);
        assertThat(console.err()).contains("The list of classes must name two classes or more, but names [cat].");
        assertThat(console.run("predict", NAMES, ENCODER, photos.unlabelled())).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("--text-encoder=<file>");
        assertThat(console.run("train", "--labelled=" + photos.labelled(), ENCODER, pile, out, "--head-start=semantic"))
                .isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("--head-start=semantic needs --class-features");
        assertThat(console.run("train", "--labelled=" + photos.labelled(), ENCODER, pile, out, "--method=zero-shot"))
                .isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("--method=zero-shot: it needs a text tower (textEncoder)");
    }

    @Test
    void labelledPhotosMayStartFromNames() {
        assertThat(console.run(
                        "train",
                        "--labelled=" + photos.labelled(),
                        "--unlabelled=" + photos.unlabelled(),
                        ENCODER,
                        TEXT,
                        "--head-start=semantic",
                        "--templates=clip-80",
                        "--steps=2",
                        "--out=" + directory.resolve("semantic")))
                .as(console.err())
                .isEqualTo(Exit.OK);
        assertThat(console.run(
                        "train",
                        "--labelled=" + photos.labelled(),
                        "--unlabelled=" + photos.unlabelled(),
                        ENCODER,
                        TEXT,
                        "--method=fpl",
                        "--steps=2",
                        "--out=" + directory.resolve("fpl")))
                .as(console.err())
                .isEqualTo(Exit.OK);
        assertThat(console.out()).contains("Class names by the text tower");
    }
}

package io.github.finessl.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.run.Exit;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckDataTest {

    @TempDir
    Path folder;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private final Map<String, String> properties = new TreeMap<>();
    private Path set;

    @BeforeEach
    void threeClasses() throws IOException {
        set = folder.resolve("set");
        for (int label = 0; label < 3; label++) {
            for (int i = 0; i < 8; i++) {
                image("train/c%d/%d.png".formatted(label, i), 100 * label + i);
            }
            image("test/c%d/t.png".formatted(label), 1000 + label);
        }
        properties.putAll(Map.of(
                "exp",
                "CheckData",
                "data",
                set.toString(),
                "labels",
                "2",
                "out",
                folder.resolve("out").toString()));
    }

    @Test
    void aCleanSet() {
        assertThat(run()).isEqualTo(Exit.OK);
        assertThat(out())
                .contains("set: a folder of images for each class, 3 classes")
                .contains("24 training images, 3 test images")
                .containsPattern("c1 +8 +1 +2 +6")
                .contains("0 files missing, 0 unreadable", "0 test images are copies");
        assertThat(folder.resolve("out/checkdata-set.csv")).content().contains("\"c2\",8,1,2,6\n");
    }

    @Test
    void whatCannotBeReadIsNamed() throws IOException {
        Path broken = set.resolve("train/c0/3.png");
        Files.writeString(broken, "no image");
        Files.write(set.resolve("test/c2/t.png"), new byte[0]);

        assertThat(run()).isEqualTo(Exit.BAD_FILE);
        assertThat(out())
                .contains(broken + " is not an image that OpenCV can decode")
                .contains(set.resolve("test/c2/t.png") + " is empty")
                .contains(
                        "1 classes without a readable image in test: c2",
                        "a training would refuse this data set: set/test must have")
                .containsPattern("c0 +7 +1 +2 +5");
    }

    @Test
    void filesThatWouldFillScreensAreNamedInAFile() throws IOException {
        for (int i = 0; i < 120; i++) {
            Files.writeString(set.resolve("train/c0/broken%03d.png".formatted(i)), "no image");
        }

        assertThat(run()).isEqualTo(Exit.BAD_FILE);
        Path file = folder.resolve("out/checkdata-set-files.csv");
        assertThat(out())
                .contains("120 unreadable", "broken099.png is not", "and 20 others; " + file + " lists all")
                .doesNotContain("broken100.png");
        assertThat(file)
                .content()
                .startsWith("file,reason\n")
                .contains("broken119.png\",\"is not an image")
                .hasLineCount(121);
    }

    @Test
    void copiesInBothPartsAreNamed() throws IOException {
        Files.copy(set.resolve("train/c1/5.png"), set.resolve("test/c1/copy.png"));

        assertThat(run()).isEqualTo(Exit.OK);
        assertThat(out())
                .contains("1 test images are copies")
                .contains(set.resolve("test/c1/copy.png") + " = " + set.resolve("train/c1/5.png"));
    }

    @Test
    void filesThatAListNamesButAreMissing() throws IOException {
        Files.write(set.resolve("classes.txt"), List.of("a", "b"));
        Files.write(set.resolve("train.txt"), List.of("train/c0/1.png 0", "train/c1/1.png 1", "train/c1/gone.png -1"));
        Files.write(set.resolve("test.txt"), List.of("test/c0/t.png 0", "test/c1/t.png 1"));

        assertThat(run()).isEqualTo(Exit.BAD_FILE);
        assertThat(out()).contains("1 files missing", set.resolve("train/c1/gone.png") + " does not exist");

        Files.write(set.resolve("train.txt"), List.of("train/c0/1.png 0", "train/c1/1.png 1", "train/c1/2.png -1"));
        assertThat(run()).isEqualTo(Exit.OK);
        properties.put("imbalance", "10");
        assertThat(run()).isEqualTo(Exit.BAD_OPTION);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("set brings its own split");
    }

    @Test
    void theLongTailOfTheOptions() {
        properties.putAll(Map.of("labels", "4", "imbalance", "4", "reversed", "true"));

        assertThat(run()).isEqualTo(Exit.OK);
        assertThat(out())
                .containsPattern("c0 +8 +1 +4 +1")
                .containsPattern("c1 +8 +1 +2 +3")
                .containsPattern("c2 +8 +1 +1 +7");
    }

    @Test
    void theOpenSetOfTheOptions() {
        properties.put("seenClasses", "2");

        assertThat(run()).isEqualTo(Exit.OK);
        assertThat(out())
                .contains("2 classes", "24 training images (8 of none of the classes), 2 test images")
                .contains("4 labelled, 20 unlabelled");
    }

    @Test
    void theListOfTheOptions() throws IOException {
        for (int label = 0; label < 3; label++) {
            for (int i = 0; i < 2; i++) {
                image("train/c%d/c%d_%d.png".formatted(label, label, i), 500 + 10 * label + i);
            }
        }
        Path list = folder.resolve("1percent.txt");
        properties.put("labelledList", list.toString());
        Files.write(list, List.of("c0_1.png", "c1_0.png", "c2_0.png"));
        assertThat(run()).isEqualTo(Exit.OK);
        assertThat(out()).contains("3 labelled, 27 unlabelled");

        Files.write(list, List.of("c0_1.png", "c1_9.png", "c2_0.png"));
        assertThat(run()).isEqualTo(Exit.BAD_FILE);
        assertThat(out()).contains("names 1 images that set/train does not have, the first is c1/c1_9.png");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "unlabelledPart=in+out|-DunlabelledPart chooses between the unlabelled lists of Semi-Aves",
                "seenClasses=3|-DseenClasses=3 must leave some of the 3 classes of set seen and some unseen.",
                "seenClasses=half;imbalance=2|-Dimbalance and -DseenClasses cannot be used together.",
                "reversed=true|-DunlabelledMost and -Dreversed need -Dimbalance",
                "imbalance=100|-Dlabels=2 with -Dimbalance=100 leaves class 'c1' without a label.",
                "imbalance=.5|imbalance is a number from 1 on or none.",
                "seenClasses=0|seenClasses is a whole number from 1 on, half or none.",
                "data=cifar10-mini;labelledList=x|-DlabelledList names images in class folders, but cifar10-mini is CIFAR records.",
            })
    void optionsThatDoNotFit(String given, String sentence) {
        for (String option : given.split(";", -1)) {
            properties.put(option.substring(0, option.indexOf('=')), option.substring(option.indexOf('=') + 1));
        }
        assertThat(run()).isEqualTo(Exit.BAD_OPTION);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains(sentence);
    }

    private void image(String name, int colour) throws IOException {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        image.setRGB(3, 3, colour);
        Path file = set.resolve(name);
        Files.createDirectories(file.getParent());
        ImageIO.write(image, "png", file.toFile());
    }

    private String out() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    private Exit run() {
        return new Main(
                        Registry.ALL,
                        new PrintStream(printed, true, StandardCharsets.UTF_8),
                        new PrintStream(errors, true, StandardCharsets.UTF_8))
                .run(properties, () -> false);
    }
}

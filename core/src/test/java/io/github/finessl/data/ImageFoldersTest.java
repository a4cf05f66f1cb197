package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.finessl.augment.RgbImage;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFoldersTest {

    @TempDir
    Path root;

    private Path set;

    @BeforeEach
    void twoClasses() throws IOException {
        set = root.resolve("내 사진");
        write("train/고양이 새끼/사진 2.png", BufferedImage.TYPE_INT_RGB);
        write("train/고양이 새끼/사진 1.PNG", BufferedImage.TYPE_INT_RGB);
        write("train/big dog/deeper/a.jpg", BufferedImage.TYPE_INT_RGB);
        write("test/고양이 새끼/t.png", BufferedImage.TYPE_BYTE_GRAY);
        write("test/big dog/t.png", BufferedImage.TYPE_INT_ARGB);
        Files.writeString(set.resolve("train/big dog/notes.txt"), "not an image");
        Files.writeString(set.resolve("train/big dog/.hidden.png"), "not an image");
    }

    @Test
    void classesAndImagesComeInTheOrderOfTheirNames() {
        DataSource source = Datasets.open(set.toString(), Path.of("nowhere"));
        assertThat(source.name()).isEqualTo("내 사진");
        assertThat(source.classes()).containsExactly("big dog", "고양이 새끼");
        assertThat(source.train().size()).isEqualTo(3);
        assertThat(source.train().label(0)).isEqualTo(0);
        assertThat(source.train().source(1)).endsWith("사진 1.PNG");
        assertThat(source.train().label(2)).isEqualTo(1);
        assertThat(source.train().sha256()).isNotEqualTo(source.test().sha256());
    }

    @Test
    void resolvesAgainstTheDataRoot() {
        assertThat(Datasets.open("내 사진", root).train().size()).isEqualTo(3);
    }

    @Test
    void decodesRowsOfRedGreenBlue() {
        RgbImage image = Datasets.open(set.toString(), root).train().image(1);
        assertThat(image.width()).isEqualTo(20);
        assertThat(image.height()).isEqualTo(10);
        for (int y = 0; y < 10; y++) {
            for (int x = 0; x < 20; x++) {
                int at = 3 * (20 * y + x);
                assertThat(image.rgb()[at] & 0xff).isEqualTo(10 * x);
                assertThat(image.rgb()[at + 1] & 0xff).isEqualTo(20 * y);
                assertThat(image.rgb()[at + 2] & 0xff).isEqualTo(77);
            }
        }
    }

    @Test
    void greyAndTransparentImagesBecomeRgb() {
        Dataset test = Datasets.open(set.toString(), root).test();
        for (int i = 0; i < test.size(); i++) {
            assertThat(test.image(i).rgb()).hasSize(600);
        }
        assertThat(test.image(0).rgb()[2]).isEqualTo((byte) 77);
        RgbImage grey = test.image(1);
        assertThat(grey.rgb()[30]).isEqualTo(grey.rgb()[31]).isEqualTo(grey.rgb()[32]);
    }

    @Test
    void decodesJpegCloseToTheOriginal() {
        RgbImage image = Datasets.open(set.toString(), root).train().image(0);
        assertThat(image.rgb()[3 * (20 * 5 + 10)] & 0xff).isBetween(85, 115);
        assertThat(image.rgb()[3 * (20 * 5 + 10) + 1] & 0xff).isBetween(85, 115);
        assertThat(image.rgb()[3 * (20 * 5 + 10) + 2] & 0xff).isBetween(62, 92);
    }

    @Test
    void anImageThatIsGoneLater() throws IOException {
        Dataset test = Datasets.open(set.toString(), root).test();
        Files.writeString(set.resolve("test/big dog/t.png"), "oops");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> test.image(0))
                .withMessage(set.resolve("test/big dog/t.png")
                        + " must be an image that OpenCV can decode, but its 4 bytes are not.");
        Files.delete(set.resolve("test/big dog/t.png"));
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> test.image(0))
                .withMessageContaining("does not exist");
    }

    @Test
    void emptyClass() throws IOException {
        Files.delete(set.resolve("train/big dog/deeper/a.jpg"));
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Datasets.open(set.toString(), root))
                .withMessage("내 사진/train must have images of every class, but has none of 'big dog'.");
    }

    @Test
    void partsWithDifferentClasses() throws IOException {
        write("test/cow/t.png", BufferedImage.TYPE_INT_RGB);
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Datasets.open(set.toString(), root))
                .withMessage(set.resolve("test") + " must have the class folders of " + set.resolve("train")
                        + ", but lacks [] and has [cow] besides.");
    }

    @Test
    void folderWithoutData() throws IOException {
        Path empty = Files.createDirectories(root.resolve("empty"));
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Datasets.open("empty", root))
                .withMessageStartingWith(empty + " must hold data_batch_1.bin");
    }

    private void write(String name, int type) throws IOException {
        BufferedImage image = new BufferedImage(20, 10, type);
        for (int y = 0; y < 10; y++) {
            for (int x = 0; x < 20; x++) {
                image.setRGB(x, y, new Color(10 * x, 20 * y, 77).getRGB());
            }
        }
        Path file = set.resolve(name);
        Files.createDirectories(file.getParent());
        ImageIO.write(image, name.endsWith("jpg") ? "jpg" : "png", file.toFile());
    }
}

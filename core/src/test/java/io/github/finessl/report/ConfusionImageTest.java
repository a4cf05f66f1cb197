package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.io.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfusionImageTest {

    @ParameterizedTest
    @CsvSource({"2, 332", "10, 844", "100, 1604", "1000, 1054"})
    void isAsLargeAsItsClassesNeed(int classes, int pixels) throws IOException {
        Random random = new Random(classes);
        int[] labels = IntStream.range(0, 40 * classes).map(i -> i % classes).toArray();
        int[] predicted = IntStream.of(labels)
                .map(label -> random.nextDouble() < 0.7 ? label : (label + 1 + random.nextInt(2)) % classes)
                .toArray();
        List<String> names = IntStream.range(0, classes)
                .mapToObj(k -> k % 3 == 0 ? "a class with rather a long name " + k : "class " + k)
                .toList();
        BufferedImage image = ConfusionImage.draw(EvaluationResult.of(labels, predicted, classes), names);
        Path png = Path.of("target/confusion-test/" + classes + ".png"); // Stays, to be looked at.
        AtomicFile.write(png, out -> ImageIO.write(image, "png", out));
        assertThat(image.getWidth()).isEqualTo(pixels);
        assertThat(image.getHeight()).isEqualTo(pixels);
    }

    @Test
    void rowsAreTrueClasses() {
        int[] labels = {0, 0, 0, 0, 1};
        BufferedImage image =
                ConfusionImage.draw(EvaluationResult.of(labels, new int[] {0, 1, 1, 1, 1}, 2), List.of("a", "b"));
        int begin = image.getWidth() - 24 - 2 * 64;
        assertThat(blue(image, begin, 0, 0)).isBetween(129, 255);
        assertThat(blue(image, begin, 0, 1)).isLessThan(blue(image, begin, 0, 0));
        assertThat(blue(image, begin, 1, 0)).isEqualTo(0xFF);
        assertThat(blue(image, begin, 1, 1)).isEqualTo(0x6B);
    }

    private static int blue(BufferedImage image, int begin, int row, int column) {
        return image.getRGB(begin + column * 64 + 3, begin + row * 64 + 3) & 0xFF;
    }
}

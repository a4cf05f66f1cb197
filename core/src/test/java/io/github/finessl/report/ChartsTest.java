package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChartsTest {

    private static List<CurvePoint> points(long seed, boolean pseudoLabels) {
        Random random = new Random(seed);
        List<CurvePoint> points = new ArrayList<>();
        for (int step = 10; step <= 350; step += 10) {
            double learnt = 1 - Math.exp(-step / 90.0) + 0.04 * random.nextGaussian();
            points.add(new CurvePoint(
                    step,
                    12 - 9 * learnt,
                    Map.of(),
                    Math.min(1, 0.1 + 0.85 * learnt),
                    pseudoLabels ? (Double) Math.min(1, 0.1 + 0.7 * learnt) : null,
                    pseudoLabels ? (Double) Math.min(1, 0.9 * learnt * learnt) : null,
                    step % 50 == 0 ? (Double) (0.1 + 0.7 * learnt) : null,
                    null));
        }
        return points;
    }

    @Test
    void drawsAPanelForEachKindOfNumber() throws IOException {
        Path png = Path.of("target/charts-test/curves.png"); // Stays, to be looked at.
        Charts.writeCurves(
                png,
                "Quickstart: CIFAR-10 mini, 4 labels per class",
                List.of(
                        new Charts.Curve("FineSSL", points(1, true)),
                        new Charts.Curve("FixMatch", points(2, true)),
                        new Charts.Curve("supervised", points(3, false))));
        BufferedImage image = ImageIO.read(png.toFile());
        assertThat(image.getWidth()).isEqualTo(2 * 2 * 640);
        assertThat(image.getHeight()).isEqualTo(2 * (44 + 3 * 400));
    }

    @Test
    void leavesOutPanelsWithoutPoints(@TempDir Path directory) throws IOException {
        Path png = directory.resolve("curves.png");
        Charts.writeCurves(png, "supervised", List.of(new Charts.Curve("supervised", points(3, false))));
        assertThat(ImageIO.read(png.toFile()).getHeight()).isEqualTo(2 * (44 + 2 * 400));
    }

    private static Charts.Lines lines(String... names) {
        return new Charts.Lines(
                "lines",
                "x",
                "y",
                Stream.of(names)
                        .map(name -> new Charts.Line(name, List.of(1.0, 2.0, 3.0), List.of(4.0, 5.0, 7.0)))
                        .toList());
    }

    private static boolean isIn(BufferedImage image, int panel, Color colour) {
        int half = image.getWidth() / 2;
        return IntStream.range(half * panel, half * (panel + 1))
                .anyMatch(x ->
                        IntStream.range(0, image.getHeight()).anyMatch(y -> image.getRGB(x, y) == colour.getRGB()));
    }

    @Test
    void anImageIsAsLargeAsItsPanels() {
        BufferedImage one = Charts.image("one", List.of(lines("a")));
        assertThat(one.getWidth()).isEqualTo(2 * 640);
        assertThat(one.getHeight()).isEqualTo(2 * (44 + 400));
        BufferedImage three = Charts.image("three", List.of(lines("a"), lines("a"), lines("a")));
        assertThat(three.getWidth()).isEqualTo(2 * 2 * 640);
        assertThat(three.getHeight()).isEqualTo(2 * (44 + 2 * 400));
    }

    @Test
    void aNameHasOneColourInAllPanels() {
        BufferedImage image = Charts.image("colours", List.of(lines("a", "b"), lines("b")));
        Color first = Charts.COLOURS.get(0);
        Color second = Charts.COLOURS.get(1);
        assertThat(isIn(image, 0, first)).isTrue();
        assertThat(isIn(image, 0, second)).isTrue();
        assertThat(isIn(image, 1, first)).isFalse();
        assertThat(isIn(image, 1, second)).isTrue();
    }

    @Test
    void drawsBarsBesideLines() {
        Charts.Bars bars = new Charts.Bars(
                "bars", "images", List.of("cat", "dog"), List.of(new Charts.Series("a", List.of(3.0, 5.0))));
        BufferedImage image = Charts.image("both", List.of(lines("x", "y"), bars));
        assertThat(isIn(image, 1, Charts.COLOURS.get(0))).isTrue();
        assertThat(isIn(image, 1, Charts.COLOURS.get(1))).isFalse();
    }
}

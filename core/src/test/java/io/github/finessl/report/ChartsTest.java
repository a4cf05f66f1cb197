package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
}

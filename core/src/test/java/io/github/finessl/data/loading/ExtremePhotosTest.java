package io.github.finessl.data.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.DataException;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.PhotoFolders;
import io.github.finessl.data.Split;
import io.github.finessl.data.loading.BatchLoader.Options;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pixel and lines of pixels as photos; no unlabelled and no test images. */
class ExtremePhotosTest {

    private static final int SIZE = 32;
    private static final Augmentation AUGMENTATION = new Augmentation(SIZE, Normalisation.HALF);

    @TempDir
    Path folder;

    private DataSource open() throws IOException {
        write("labelled/dot/1.png", 1, 1);
        write("labelled/line/1.png", 1, 5000);
        write("labelled/line/2.png", 60_000, 1);
        return PhotoFolders.open(folder.resolve("labelled"), Optional.empty(), Optional.empty(), 0);
    }

    @Test
    void everyViewOfThem() throws IOException {
        write("unlabelled/dot.png", 1, 1);
        write("unlabelled/a/line.png", 1, 5000);
        open();
        DataSource source = PhotoFolders.open(
                folder.resolve("labelled"), Optional.of(folder.resolve("unlabelled")), Optional.empty(), .5);
        Split split = Split.given(source.train());
        try (BatchLoader loader =
                        new BatchLoader(source, split, AUGMENTATION, Options.of(4, 4, LoadedViews.consistency(2), 1));
                EvaluationLoader tests = new EvaluationLoader(source.test(), AUGMENTATION, 8)) {
            for (int step = 0; step < 3; step++) {
                StepBatch batch = loader.load(step);
                assertThat(batch.weak().isNaN().any()).isFalse();
                assertThat(batch.weak().minNumber().doubleValue()).isEqualTo(1);
                assertThat(batch.training().isNaN().any()).isFalse();
            }
            assertThat(tests).singleElement().satisfies(batch -> {
                assertThat(batch.images().shape()).isEqualTo(new long[] {1, 3, SIZE, SIZE});
                assertThat(batch.images().minNumber().doubleValue()).isEqualTo(1);
            });
        }
    }

    @Test
    void withoutUnlabelledAndTestImages() throws IOException {
        DataSource source = open();
        Split split = Split.given(source.train());
        try (BatchLoader loader =
                        new BatchLoader(source, split, AUGMENTATION, Options.of(2, 0, LoadedViews.supervised(), 1));
                EvaluationLoader tests = new EvaluationLoader(source.test(), AUGMENTATION, 8)) {
            StepBatch batch = loader.load(0);
            assertThat(batch.training().shape()).isEqualTo(new long[] {2, 3, SIZE, SIZE});
            assertThat(batch.positions()).isEmpty();
            assertThat(tests.size()).isZero();
            assertThat(tests).isEmpty();
        }
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() ->
                        new BatchLoader(source, split, AUGMENTATION, Options.of(2, 2, LoadedViews.consistency(1), 1)))
                .withMessage("The split of labelled/train must have unlabelled images, but has none.");
    }

    /** White. */
    private void write(String name, int width, int height) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < width * height; i++) {
            image.getRaster().setSample(i % width, i / width, 0, 255);
        }
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        ImageIO.write(image, "png", file.toFile());
    }
}

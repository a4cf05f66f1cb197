package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.MemoryDataset;
import io.github.finessl.io.CacheFolder;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.model.FrozenEncoder;
import io.github.finessl.model.SmallClip;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;

class FeatureBankTest {
    @TempDir
    private Path cache;

    private final String before = System.getProperty("finessl.cache");
    private final Augmentation view = new Augmentation(SmallClip.encoder().imageHeight(), Normalisation.HALF);
    private final Kernels kernels = KernelChoice.open(Precision.AUTO);
    private final AtomicInteger decoded = new AtomicInteger();
    private final Dataset images =
            counting(MemoryDataset.of(3, IntStream.range(0, 90).map(i -> i % 3).toArray()));

    @BeforeEach
    void anEmptyCache() {
        System.setProperty("finessl.cache", cache.toString());
    }

    @AfterEach
    void asBefore() {
        kernels.close();
        System.setProperty("finessl.cache", before);
    }

    /** Counts how many images are decoded, and knows their content without decoding them. */
    private Dataset counting(Dataset whole) {
        return new Dataset() {
            @Override
            public String name() {
                return whole.name();
            }

            @Override
            public List<String> classes() {
                return whole.classes();
            }

            @Override
            public int size() {
                return whole.size();
            }

            @Override
            public int label(int index) {
                return whole.label(index);
            }

            @Override
            public RgbImage image(int index) {
                decoded.incrementAndGet();
                return whole.image(index);
            }

            @Override
            public String source(int index) {
                return whole.source(index);
            }

            @Override
            public String sha256() {
                return whole.sha256();
            }

            @Override
            public String pixelsSha256(int index) {
                return whole.pixelsSha256(index);
            }
        };
    }

    private FeatureBank bank() {
        return new FeatureBank(SmallClip.encoder(), view, kernels);
    }

    private float[][] features(int... indices) {
        try (FeatureBank bank = bank()) {
            return bank.features(images, indices, (done, all) -> {}, () -> false);
        }
    }

    @Test
    void featuresAreTheFrozenEncoders() {
        float[] pixels = new float[3 * view.resolution() * view.resolution()];
        view.test(images.image(7), FloatBuffer.wrap(pixels), 0);
        try (FrozenEncoder encoder = new FrozenEncoder(SmallClip.encoder(), kernels)) {
            float[][] expected = encoder.features(
                            Nd4j.createFromArray(pixels).reshape(1, 3, view.resolution(), view.resolution()))
                    .toFloatMatrix();
            assertThat(features(7)[0])
                    .usingComparatorWithPrecision(kernels.name().contains("bf16") ? .1f : 1e-4f)
                    .containsExactly(expected[0]);
        }
    }

    @Test
    void theCompanyOfAnImageDoesNotMatter() throws IOException {
        float[][] all = features(IntStream.range(0, 90).toArray());
        for (int image : new int[] {0, 31, 32, 50, 89}) {
            anotherCache(image);
            assertThat(features(image)[0]).isEqualTo(all[image]);
        }
        anotherCache(1000);
        float[][] backwards = features(IntStream.range(0, 90).map(i -> 89 - i).toArray());
        for (int i = 0; i < 90; i++) {
            assertThat(backwards[89 - i]).isEqualTo(all[i]);
        }
    }

    private void anotherCache(int number) {
        System.setProperty(
                "finessl.cache", cache.resolve(Integer.toString(number)).toString());
    }

    @Test
    void whatIsKnownIsNotComputedAgain() {
        float[][] first = features(3, 4, 5);
        decoded.set(0);
        assertThat(features(5, 3)).isEqualTo(new float[][] {first[2], first[0]});
        assertThat(decoded).hasValue(0);
        features(5, 6);
        assertThat(decoded.get()).isPositive();
    }

    @Test
    void whatWasComputedBeforeAStopIsKept() {
        List<Integer> progress = new ArrayList<>();
        int[] all = IntStream.range(0, 90).toArray();
        try (FeatureBank bank = bank()) {
            assertThatThrownBy(() ->
                            bank.features(images, all, (done, of) -> progress.add(done), () -> progress.size() == 2))
                    .isInstanceOf(CancellationException.class);
        }
        try (FeatureBank bank = bank()) {
            bank.features(images, all, (done, of) -> progress.add(done), () -> false);
        }
        assertThat(progress).containsExactly(32, 64, 90);
    }

    @Test
    void aDamagedFileIsReplaced() throws IOException {
        float[][] first = features(3);
        Path file;
        try (var files = Files.list(CacheFolder.file(""))) {
            file = files.filter(each -> each.getFileName().toString().startsWith("features-"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length - 5));
        assertThat(features(3)).isEqualTo(first);
        assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    }
}

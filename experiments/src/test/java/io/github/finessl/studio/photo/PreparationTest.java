package io.github.finessl.studio.photo;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.PhotoFeatures;
import io.github.finessl.studio.ColouredPhotos;
import io.github.finessl.studio.folder.LabelledFolder;
import io.github.finessl.studio.folder.PhotoFolder;
import io.github.finessl.studio.folder.StudioException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong in the background is tried again, and keeps nobody waiting. */
class PreparationTest {

    @TempDir
    Path photos;

    private PhotoLibrary library;
    private Preparation preparation;

    @AfterEach
    void close() {
        preparation.close();
        library.close();
    }

    /** An encoder that some photos are too much for. */
    private static final class Failing implements PhotoEncoder {
        private final Map<String, float[]> known = new ConcurrentHashMap<>();
        private volatile Predicate<List<PhotoFeatures.Decoded>> fails = some -> false;

        @Override
        public int shortSide() {
            return 32;
        }

        @Override
        public Optional<float[]> known(String sha256) {
            return Optional.ofNullable(known.get(sha256));
        }

        @Override
        public void add(List<PhotoFeatures.Decoded> some) {
            if (fails.test(some)) {
                throw new IllegalStateException("too much");
            }
            some.forEach(photo -> known.put(photo.sha256(), new float[] {1}));
        }

        @Override
        public void save() {}

        @Override
        public void close() {}
    }

    private void prepare(int perColour, Supplier<PhotoEncoder> encoder) throws IOException {
        new ColouredPhotos(photos).unlabelled(perColour);
        library = PhotoLibrary.of(LabelledFolder.open(PhotoFolder.open(photos)));
        preparation = new Preparation(library, new Pictures(library.folder()), encoder);
        preparation.start();
    }

    private static void await(BooleanSupplier wish) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!wish.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private long withFeatures() {
        return library.all().stream()
                .filter(photo -> preparation.features(photo).isPresent())
                .count();
    }

    @Test
    void onePhotoThatIsTooMuchCostsTheOthersNothingAndIsTriedAgain() throws IOException, InterruptedException {
        Failing encoder = new Failing();
        String[] bad = new String[1];
        encoder.fails = some -> {
            bad[0] = bad[0] == null ? some.get(0).sha256() : bad[0];
            return some.stream().anyMatch(photo -> photo.sha256().equals(bad[0]));
        };
        prepare(3, () -> encoder);
        await(() -> withFeatures() == 8 && !preparation.state().fault().isEmpty());
        assertThat(preparation.state().fault()).contains("too much");
        assertThat(preparation.state().done()).isEqualTo(9);
        encoder.fails = some -> false;
        preparation.start();
        await(() -> withFeatures() == 9);
        await(() -> preparation.state().fault().isEmpty());
    }

    @Test
    void aFaultOfTheEncoderIsSaidAndGoneWhenItIs() throws IOException, InterruptedException {
        Failing encoder = new Failing();
        encoder.fails = some -> true;
        prepare(3, () -> encoder);
        await(() -> preparation.state().fault().contains("too much"));
        assertThat(withFeatures()).isZero();
        encoder.fails = some -> false;
        preparation.start();
        await(() -> withFeatures() == 9);
        assertThat(preparation.state().fault()).isEmpty();
    }

    @Test
    void anEncoderThatCannotBeOpenedIsOpenedLater() throws IOException, InterruptedException {
        boolean[] there = new boolean[1];
        prepare(1, () -> {
            if (!there[0]) {
                throw new StudioException("The encoder is not there.");
            }
            return new Failing();
        });
        await(() -> preparation.state().fault().equals("The encoder is not there."));
        await(() -> preparation.state().done() == 3); // they can be labelled meanwhile
        there[0] = true;
        preparation.start();
        await(() -> withFeatures() == 3);
    }

    @Test
    void closingWaitsForTheBatchAtWorkAlone() throws IOException, InterruptedException {
        Failing encoder = new Failing();
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        encoder.fails = some -> {
            busy.countDown();
            try {
                return !goOn.await(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                return true;
            }
        };
        prepare(40, () -> encoder);
        assertThat(busy.await(1, TimeUnit.MINUTES)).isTrue();
        Thread closing = new Thread(preparation::close);
        closing.start();
        await(() -> closing.getState() == Thread.State.TIMED_WAITING);
        goOn.countDown();
        closing.join();
        assertThat(withFeatures()).isEqualTo(32);
    }
}

package io.github.finessl.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.data.DataException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PhotoWatchTest {
    private static final Duration CALM = Duration.ofMillis(50);

    @TempDir
    Path folder;

    private static byte[] photo(int side) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB), "png", bytes);
        return bytes.toByteArray();
    }

    private PhotoWatch watch(Duration patience) {
        return new PhotoWatch(folder, CALM, patience);
    }

    @Test
    void givesWhatAppearsOnce() throws Exception {
        Files.write(folder.resolve("before.png"), photo(8));
        PhotoWatch watch = watch(Duration.ofMinutes(1));
        Path first = Files.write(folder.resolve("first.png"), photo(8));
        Files.write(folder.resolve("notes.txt"), photo(8));
        Files.write(folder.resolve(".hidden.png"), photo(8));
        assertThat(watch.next()).containsExactly(first);
        Path deeper = Files.createDirectories(folder.resolve("a/b")).resolve("second.png");
        Files.write(deeper, photo(8));
        assertThat(watch.next()).containsExactly(deeper);
    }

    @Test
    void givesWhatChangesAgain() throws Exception {
        Path file = Files.write(folder.resolve("before.png"), photo(8));
        PhotoWatch watch = watch(Duration.ofMinutes(1));
        Files.write(file, photo(99));
        assertThat(watch.next()).containsExactly(file);
        Files.delete(file);
        Path other = Files.write(folder.resolve("other.png"), photo(8));
        assertThat(watch.next()).containsExactly(other);
        Files.write(file, photo(8));
        assertThat(watch.next()).containsExactly(file);
    }

    @Test
    void waitsForAPhotoThatIsBeingWritten() throws Exception {
        PhotoWatch watch = watch(Duration.ofMinutes(1));
        byte[] bytes = photo(64);
        Path file = Files.write(folder.resolve("slow.png"), Arrays.copyOf(bytes, bytes.length / 2));
        CompletableFuture<List<Path>> next = CompletableFuture.supplyAsync(() -> {
            try {
                return watch.next();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Thread.sleep(10 * CALM.toMillis());
        assertThat(next).isNotDone();
        Files.write(file, Arrays.copyOfRange(bytes, bytes.length / 2, bytes.length), StandardOpenOption.APPEND);
        assertThat(next.join()).containsExactly(file);
    }

    @Test
    void givesWhatCannotBeDecodedInTheEnd() throws Exception {
        Duration patience = Duration.ofMillis(600);
        PhotoWatch watch = watch(patience);
        long start = System.nanoTime();
        Path damaged = Files.writeString(folder.resolve("damaged.png"), "no image");
        assertThat(watch.next()).containsExactly(damaged);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(patience);
    }

    @Test
    void aFolderThatIsGoneIsSaid() throws Exception {
        assertThatThrownBy(() -> PhotoWatch.of(folder.resolve("none"))).isInstanceOf(DataException.class);
        Path own = Files.createDirectory(folder.resolve("own"));
        PhotoWatch watch = new PhotoWatch(own, CALM, Duration.ofMinutes(1));
        Files.delete(own);
        assertThatThrownBy(watch::next).isInstanceOf(DataException.class).hasMessageContaining(own.toString());
    }
}

package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.augment.RgbImage;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhotoCacheTest {

    private static final String CACHE = "finessl.cache";

    private final String before = System.getProperty(CACHE);

    @TempDir
    Path folder;

    @BeforeEach
    void useOwnFolder() {
        System.setProperty(CACHE, folder.resolve("cache").toString());
    }

    @AfterEach
    void useTheUsualFolder() {
        System.setProperty(CACHE, before);
    }

    private static byte[] photo(int width, int height, String form) {
        return PhotoBytes.write(
                PhotoBytes.image(
                        width,
                        height,
                        BufferedImage.TYPE_INT_RGB,
                        (x, y) -> new Color(x % 251, y % 241, x * y % 239).getRGB()),
                form);
    }

    private Dataset unlabelled(byte[] photo, String name) throws IOException {
        Path file = folder.resolve("photos").resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, photo);
        return PhotoFolders.unlabelled(file.getParent(), List.of("a", "b"));
    }

    private List<Path> kept() throws IOException {
        Path photos = folder.resolve("cache/photos");
        if (!Files.isDirectory(photos)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(photos)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @ParameterizedTest
    @CsvSource({"1600,1200,jpg,4", "1200,1600,png,4", "2100,2048,jpg,8", "513,700,jpg,2"})
    void whatTheCheckDecodesServesAllLaterLooks(int width, int height, String form, int factor) throws IOException {
        byte[] photo = photo(width, height, form);
        Dataset images = unlabelled(photo, "photo." + form);

        assertThat(kept())
                .singleElement()
                .satisfies(file -> assertThat(file.toString()).endsWith("-" + factor + ".rgb"));
        RgbImage expected = ImageDecoder.PHOTO.shrunk(photo, "photo", 256).image();
        assertThat(expected.width()).isEqualTo((width + factor - 1) / factor);
        Files.delete(Path.of(images.source(0)));
        RgbImage found = images.image(0, 256);
        assertThat(found.width()).isEqualTo(expected.width());
        assertThat(found.rgb()).isEqualTo(expected.rgb());
    }

    @Test
    void otherSizesAreDecodedOnceToo() throws IOException {
        byte[] photo = photo(1600, 1200, "jpg");
        Dataset images = unlabelled(photo, "photo.jpg");
        RgbImage larger = images.image(0, 600);
        assertThat(larger.width()).isEqualTo(800);
        assertThat(kept()).hasSize(2);
        Files.delete(Path.of(images.source(0)));
        assertThat(images.image(0, 600).rgb()).isEqualTo(larger.rgb());
        assertThat(images.image(0, 300).width()).isEqualTo(400);
    }

    @Test
    void ofAnotherSizeOnlyTheHeaderIsRead() throws IOException {
        Dataset images = unlabelled(photo(1600, 1200, "jpg"), "photo.jpg");
        Path smaller = kept().get(0);
        RgbImage larger = images.image(0, 600);
        byte[] damaged = Files.readAllBytes(smaller);
        damaged[damaged.length - 1] ^= 4;
        Files.write(smaller, damaged);
        assertThat(images.image(0, 600).rgb()).isEqualTo(larger.rgb());
        assertThat(smaller).hasBinaryContent(damaged);
    }

    @Test
    void smallPhotosAreNotKept() throws IOException {
        Dataset images = unlabelled(photo(511, 800, "jpg"), "photo.jpg");
        assertThat(images.image(0, 256).width()).isEqualTo(511);
        assertThat(kept()).isEmpty();
    }

    @Test
    void whatIsDamagedIsDecodedAgain() throws IOException {
        byte[] photo = photo(1600, 1200, "jpg");
        Dataset images = unlabelled(photo, "photo.jpg");
        RgbImage expected = images.image(0, 256);
        Path file = kept().get(0);
        byte[] whole = Files.readAllBytes(file);
        for (int length : new int[] {0, 3, 24, whole.length / 2, whole.length - 1}) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThat(images.image(0, 256).rgb()).isEqualTo(expected.rgb());
            assertThat(file).hasBinaryContent(whole);
        }
        for (int place : new int[] {0, 5, 7, 9, 13, 17, 21, 24, whole.length - 1}) {
            byte[] flipped = whole.clone();
            flipped[place] ^= 4;
            Files.write(file, flipped);
            assertThat(images.image(0, 256).rgb()).isEqualTo(expected.rgb());
            assertThat(file).hasBinaryContent(whole);
        }
    }

    /** Images of papers' sets are never reduced, whatever is kept of photos with the same bytes. */
    @Test
    void theSetsOfPapersAreDecodedAsTheyAre() throws IOException {
        byte[] photo = photo(1600, 1200, "jpg");
        unlabelled(photo, "photo.jpg");
        for (String part : List.of("train/a", "train/b", "test/a", "test/b")) {
            Path file = folder.resolve("set").resolve(part).resolve("photo.jpg");
            Files.createDirectories(file.getParent());
            Files.write(file, photo);
        }
        DataSource set = Datasets.open("set", folder);
        assertThat(set.train().image(0, 256).width()).isEqualTo(1600);
    }
}

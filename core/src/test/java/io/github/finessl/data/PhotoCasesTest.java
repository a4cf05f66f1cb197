package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.finessl.augment.RgbImage;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Photos that went wrong for somebody: the right picture, or a reason, and always soon. */
class PhotoCasesTest {
    private static final Path CASES = Path.of("src/test/resources/photos");
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private static byte[] read(String name) throws IOException {
        return Files.readAllBytes(CASES.resolve(name));
    }

    /** The reference is beside each file, as Pillow has it on white. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "l_trns.png",
                "bit1_trns.png",
                "rgba.tif",
                "p6_100.ppm",
                "offset.gif",
                "tiles16.tif",
                "tiles_turned.tif",
                "alpha16_differences.tif",
                "five_channels.tif",
                "grey12.tif",
                "grey4_inverted.tif",
                "rgb_swapped.bmp",
                "ten_bits.bmp",
                "rle.bmp"
            })
    void theRightPicture(String name) throws IOException {
        RgbImage found = ImageDecoder.PHOTO.decode(read(name), name);
        RgbImage expected = ImageDecoder.PHOTO.decode(read(name + ".ref.png"), name);
        assertThat(found.width()).isEqualTo(expected.width());
        assertThat(found.height()).isEqualTo(expected.height());
        for (int i = 0; i < found.rgb().length; i++) {
            assertThat(found.rgb()[i] & 0xff).as("number %d", i).isCloseTo(expected.rgb()[i] & 0xff, within(1));
        }
    }

    @Test
    void anAnimationGivesItsFirstPicture() throws IOException {
        assertThat(ImageDecoder.PHOTO.fault(read("anim.webp"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            jpeg12.jpg        | is a JPEG of 12 bits, which cannot be decoded here: save it as PNG or plain JPEG
            jpeg_lossless.jpg | is a lossless JPEG, which cannot be decoded here: save it as PNG or plain JPEG
            float32_01.tif    | is a TIFF of floating-point numbers, which cannot be decoded here: save it as PNG or JPEG
            bigtiff.tif       | is a Big TIFF, which cannot be decoded here: save it as plain TIFF, PNG or JPEG
            """)
    void whatIsNotReadIsCalledByItsName(String name, String reason) throws IOException {
        assertThat(ImageDecoder.PHOTO.fault(read(name))).isEqualTo(reason);
    }

    /** However it is chained or nested. */
    @ParameterizedTest
    @ValueSource(strings = {"next3000.tif", "xmp3000.webp", "xmp50.webp"})
    void metadataIsPassedOver(String name) throws IOException {
        byte[] bytes = read(name);
        assertTimeoutPreemptively(SOON, () -> ImageDecoder.PHOTO.fault(bytes));
    }

    /** The frame that libjpeg decodes counts, not one that lies in a segment before it. */
    @Test
    void theSizeOfAJpegIsThatOfItsPicture() throws IOException {
        assertThat(ImageDecoder.PHOTO.fault(read("jpeg-bypass-26000.jpg"))).startsWith("has 26000 x 26000 pixels");
        RgbImage image = ImageDecoder.PHOTO.decode(read("jpeg-bypass-100x30-shown-as-48x40.jpg"), "jpeg");
        assertThat(image.width()).isEqualTo(100);
        assertThat(image.height()).isEqualTo(30);
    }

    /** Before the first scan, between scans, and behind the last. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void twoHundredThousandSegmentsAreNoMoreThanTheirBytes(int scansBefore) {
        byte[] jpeg = PhotoBytes.progressiveJpeg(PhotoBytes.stored(1));
        int[] places = {2, PhotoBytes.marker(jpeg, 0xda, 1), jpeg.length - 2};
        byte[] many = PhotoBytes.withMany(jpeg, places[scansBefore], 200_000, new byte[] {
            (byte) 0xff, (byte) 0xe1, 0, 10, 'E', 'x', 'i', 'f', 0, 0, 'I', 'I'
        });
        assertThat(assertTimeoutPreemptively(SOON, () -> ImageDecoder.PHOTO.fault(many)))
                .isEmpty();
        assertThat(ImageDecoder.PHOTO.decode(many, "many").rgb())
                .isEqualTo(ImageDecoder.PHOTO.decode(jpeg, "one").rgb());
    }

    /** A few bytes of each are enough to go over all pixels once more. */
    @Test
    void aThousandScansOfALargeJpegAreRefused() {
        byte[] jpeg = PhotoBytes.progressiveJpeg(new BufferedImage(4000, 3000, BufferedImage.TYPE_BYTE_GRAY));
        assertThat(ImageDecoder.PHOTO.fault(jpeg)).isEmpty();
        int last = PhotoBytes.marker(jpeg, 0xda, PhotoBytes.count(jpeg, 0xda) - 1);
        byte[] scan = Arrays.copyOfRange(jpeg, last, jpeg.length - 2);
        byte[] many = PhotoBytes.withMany(jpeg, jpeg.length - 2, 1000, scan);
        assertThat(assertTimeoutPreemptively(SOON, () -> ImageDecoder.PHOTO.fault(many)))
                .matches("has \\d+ scans of 4000 x 3000 pixels, which take too long");
    }

    /** Pixels 0 and 1 of a row: the first is the transparent shade, which becomes white, the second keeps its own. */
    @ParameterizedTest
    @CsvSource({"1, 0, 1, 255", "2, 1, 2, 170", "4, 3, 10, 170", "8, 77, 78, 78", "16, 300, 25700, 100"})
    void aTransparentShadeOfGreyIsWhite(int bits, int transparent, int other, int level) {
        RgbImage image = ImageDecoder.PHOTO.decode(greyPng(bits, transparent, other), "grey");
        assertThat(image.rgb()[0] & 0xff).isEqualTo(255);
        assertThat(image.rgb()[3] & 0xff).isEqualTo(level);
    }

    private static byte[] greyPng(int bits, int first, int second) {
        byte[] row = bits == 16
                ? new byte[] {0, (byte) (first >> 8), (byte) first, (byte) (second >> 8), (byte) second}
                : bits == 8
                        ? new byte[] {0, (byte) first, (byte) second}
                        : new byte[] {0, (byte) ((first << (8 - bits)) | (second << (8 - 2 * bits)))};
        return png(2, bits, 0, row, new byte[] {(byte) (first >> 8), (byte) first});
    }

    @Test
    void aTransparentColourIsWhite() {
        byte[] row = {0, 10, 20, 30, 10, 20, 31};
        RgbImage image = ImageDecoder.PHOTO.decode(png(2, 8, 2, row, new byte[] {0, 10, 0, 20, 0, 30}), "colour");
        assertThat(image.rgb()).containsExactly(255, 255, 255, 10, 20, 31);
    }

    private static byte[] png(int width, int bits, int colour, byte[] row, byte[] transparent) {
        byte[] header = ByteBuffer.allocate(13)
                .putInt(width)
                .putInt(1)
                .put((byte) bits)
                .put((byte) colour)
                .array();
        return PhotoBytes.join(
                new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'},
                PhotoBytes.chunk("IHDR", header),
                PhotoBytes.chunk("tRNS", transparent),
                PhotoBytes.chunk("IDAT", deflated(row)),
                PhotoBytes.chunk("IEND", new byte[0]));
    }

    private static byte[] deflated(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(out)) {
            deflater.write(bytes);
        } catch (IOException e) {
            throw new IllegalStateException("an array can be written", e);
        }
        return out.toByteArray();
    }

    /** Two values of which the second is half of the largest, in every form that has one. */
    @ParameterizedTest
    @ValueSource(strings = {"P2 2 1 10 0 5", "P3 2 1 1000 0 0 0 500 500 500", "P2\n# a note\n2 1\n4095 0 2048\n"})
    void spelledOutMapsHaveAnyLargestValue(String map) {
        RgbImage image = ImageDecoder.PHOTO.decode(map.getBytes(StandardCharsets.US_ASCII), "map");
        assertThat(image.rgb()[0] & 0xff).isZero();
        assertThat(image.rgb()[3] & 0xff).isCloseTo(128, within(1));
    }

    @ParameterizedTest
    @CsvSource({"P1 2 1 1 0, 0, 255", "P1 2 1 10, 0, 255"})
    void bitsOfABitmapAreBlack(String map, int first, int second) {
        RgbImage image = ImageDecoder.PHOTO.decode(map.getBytes(StandardCharsets.US_ASCII), "map");
        assertThat(image.rgb()[0] & 0xff).isEqualTo(first);
        assertThat(image.rgb()[3] & 0xff).isEqualTo(second);
    }

    @Test
    void greyWithTransparencyIsOnWhite() {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, new Color(0, 0, 0, 0).getRGB());
        image.setRGB(1, 0, new Color(0, 0, 0, 128).getRGB());
        RgbImage found = ImageDecoder.PHOTO.decode(PhotoBytes.write(image, "png"), "png");
        assertThat(found.rgb()[0] & 0xff).isEqualTo(255);
        assertThat(found.rgb()[3] & 0xff).isCloseTo(127, within(1));
    }

    /** Neither by libjpeg and libpng, which write of a file what they will, nor by OpenCV; Java's own words are heard. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void nothingNativeIsHeardOfDamagedPhotos() throws Exception {
        Path photos = Files.createDirectory(folder.resolve("photos"));
        Path errors = folder.resolve("errors");
        BufferedImage noise = PhotoBytes.image(
                40, 40, BufferedImage.TYPE_INT_RGB, (x, y) -> new Random(100L * x + y).nextInt() | 0xff000000);
        for (String format : List.of("png", "jpg", "bmp", "tiff")) {
            Files.write(photos.resolve("noise." + format), PhotoBytes.write(noise, format));
        }
        for (String name :
                List.of("anim.webp", "jpeg-bypass-100x30-shown-as-48x40.jpg", "float32_01.tif", "l_trns.png")) {
            Files.write(photos.resolve(name), read(name));
        }
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                DamagedPhotos.class.getName(),
                photos.toString());
        builder.environment().put("OPENCV_LOG_LEVEL", "SILENT"); // as bin/finessl has it
        Process child = builder.redirectError(errors.toFile()).start();
        String refused = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(Files.readString(errors)).isEqualTo("The end.\n");
        assertThat(Integer.parseInt(refused)).isBetween(50, 600);
    }

    /** Damaged at random: a picture or a reason, never an error, each soon. */
    @Test
    @Tag("hostile")
    void damagedPhotosAreAnsweredOrRefused() throws IOException {
        Random random = new Random(1);
        int pictures = 0;
        int refusals = 0;
        try (var files = Files.list(CASES)) {
            for (Path file : files.filter(each -> !each.toString().endsWith(".ref.png"))
                    .sorted()
                    .toList()) {
                byte[] whole = Files.readAllBytes(file);
                for (int i = 0; i < 60; i++) {
                    byte[] damaged = i % 3 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
                    for (int flips = i % 3; flips > 0 && damaged.length > 0; flips--) {
                        // mostly in the header, where sizes are
                        int at = random.nextInt(Math.min(damaged.length, i % 2 == 0 ? 200 : damaged.length));
                        damaged[at] = (byte) random.nextInt(256);
                    }
                    String fault =
                            assertTimeoutPreemptively(SOON, () -> ImageDecoder.PHOTO.fault(damaged), file::toString);
                    pictures += fault.isEmpty() ? 1 : 0;
                    refusals += fault.isEmpty() ? 0 : 1;
                }
            }
        }
        System.out.println("Damaged photos: " + pictures + " decoded, " + refusals + " refused.");
        assertThat(pictures).isPositive();
        assertThat(refusals).isPositive();
    }
}

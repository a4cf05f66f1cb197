package io.github.finessl.data;

import static io.github.finessl.data.PhotoBytes.HEIGHT;
import static io.github.finessl.data.PhotoBytes.WIDTH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.Cases;
import io.github.finessl.augment.RgbImage;
import java.awt.Color;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PhotoDecoderTest {

    private static final int ORANGE = new Color(250, 150, 50).getRGB();
    private static final int HALF_ORANGE = (128 << 24) | (ORANGE & 0xffffff);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void photosAreTurnedUpright(int orientation) {
        BufferedImage stored = PhotoBytes.stored(orientation);
        byte[] png = PhotoBytes.write(stored, "png");
        assertUpright(PhotoBytes.withChunk(png, "eXIf", PhotoBytes.exif(orientation)));
        assertUpright(PhotoBytes.withOrientation(PhotoBytes.write(stored, "jpg"), orientation));
        assertUpright(PhotoBytes.tiff(stored, orientation));
        try (Mat mat = mat(png)) {
            byte[] webp = PhotoBytes.openCv(".webp", mat, opencv_imgcodecs.IMWRITE_WEBP_QUALITY, 101);
            assertUpright(PhotoBytes.webpWithOrientation(webp, stored.getWidth(), stored.getHeight(), orientation));
        }
    }

    @Test
    void theSetsOfPapersStayAsTheyAreStored() {
        byte[] turned = PhotoBytes.withOrientation(PhotoBytes.write(PhotoBytes.stored(6), "jpg"), 6);
        RgbImage image = ImageDecoder.AS_STORED.decode(turned, "turned");
        assertThat(image.width()).isEqualTo(HEIGHT);
        assertThat(ImageDecoder.AS_STORED.fault(turned)).isEmpty();
        byte[] png = PhotoBytes.write(image(BufferedImage.TYPE_INT_ARGB, HALF_ORANGE), "png");
        assertColour(ImageDecoder.AS_STORED.decode(png, "png"), 3, 3, ORANGE, 0);
    }

    @ParameterizedTest
    @CsvSource({
        "4000, 2047, 1",
        "4000, 2048, 2",
        "2049, 4096, 2",
        "4097, 4300, 4",
        "8192, 8193, 8",
        "1023, 9000, 1",
    })
    void largePhotosAreReducedAsTheyAreDecoded(int width, int height, int factor) {
        try (Mat mat = new Mat(height, width, opencv_core.CV_8UC3, new Scalar(200, 100, 50, 0))) {
            for (byte[] photo : new byte[][] {
                PhotoBytes.withOrientation(PhotoBytes.openCv(".jpg", mat), 6),
                PhotoBytes.withChunk(
                        PhotoBytes.openCv(".png", mat, opencv_imgcodecs.IMWRITE_PNG_COMPRESSION, 1),
                        "eXIf",
                        PhotoBytes.exif(6))
            }) {
                RgbImage image = decode(photo);
                assertThat(image.width()).isEqualTo((height + factor - 1) / factor);
                assertThat(image.height()).isEqualTo((width + factor - 1) / factor);
                assertColour(image, image.width() - 1, image.height() - 1, new Color(50, 100, 200).getRGB(), 3);
            }
        }
    }

    @Test
    void averagesWhereItReduces() {
        BufferedImage stripes = PhotoBytes.image(
                2048, 2048, BufferedImage.TYPE_BYTE_GRAY, (x, y) -> (x % 2 == 0 ? Color.BLACK : Color.WHITE).getRGB());
        RgbImage image = decode(PhotoBytes.write(stripes, "png"));
        assertThat(image.width()).isEqualTo(1024);
        assertColour(image, 511, 511, new Color(128, 128, 128).getRGB(), 1);
    }

    @Test
    void cmykAsAdobeStoresIt() throws IOException {
        RgbImage cyan = decode(PhotoBytes.adobeCmyk(32, 32, 255, 0, 0, 0));
        assertColour(cyan, 16, 16, Color.CYAN.getRGB(), 4);
        RgbImage brown = decode(PhotoBytes.adobeCmyk(32, 32, 0, 100, 200, 80));
        assertColour(brown, 16, 16, new Color(175, 106, 38).getRGB(), 6);
    }

    @Test
    void sixteenBitsBecomeEight() {
        try (Mat mat = new Mat(5, 7, opencv_core.CV_16UC3, new Scalar(257 * 10, 257 * 20 + 200, 65535, 0))) {
            assertColour(decode(PhotoBytes.openCv(".png", mat)), 6, 4, new Color(255, 21, 10).getRGB(), 0);
            assertColour(decode(PhotoBytes.openCv(".tiff", mat)), 6, 4, new Color(255, 20, 10).getRGB(), 1);
        }
        try (Mat grey = new Mat(5, 7, opencv_core.CV_16UC1, new Scalar(257 * 99, 0, 0, 0))) {
            assertColour(decode(PhotoBytes.openCv(".png", grey)), 6, 4, new Color(99, 99, 99).getRGB(), 0);
        }
        try (Mat clear = new Mat(5, 7, opencv_core.CV_16UC4, new Scalar(0, 0, 0, 257 * 127))) {
            assertColour(decode(PhotoBytes.openCv(".png", clear)), 6, 4, new Color(128, 128, 128).getRGB(), 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg", "bmp", "tiff", "gif"})
    void grey(String format) {
        BufferedImage grey = new BufferedImage(9, 5, BufferedImage.TYPE_BYTE_GRAY);
        grey.getRaster().setSamples(0, 0, 9, 5, 0, filled(45, 90));
        assertColour(decode(PhotoBytes.write(grey, format)), 8, 4, new Color(90, 90, 90).getRGB(), 1);
    }

    @Test
    void transparentPixelsLieOnWhite() {
        byte[] rgba = PhotoBytes.write(image(BufferedImage.TYPE_INT_ARGB, HALF_ORANGE), "png");
        assertColour(decode(rgba), 3, 3, new Color(252, 202, 152).getRGB(), 1);
        byte[] clear = PhotoBytes.write(image(BufferedImage.TYPE_INT_ARGB, 0), "png");
        assertColour(decode(clear), 3, 3, Color.WHITE.getRGB(), 0);
        try (Mat mat = new Mat(8, 8, opencv_core.CV_8UC4, new Scalar(50, 150, 250, 128))) {
            byte[] webp = PhotoBytes.openCv(".webp", mat, opencv_imgcodecs.IMWRITE_WEBP_QUALITY, 101);
            assertColour(decode(webp), 3, 3, new Color(252, 202, 152).getRGB(), 1);
        }
    }

    @Test
    void greyWithAlpha() {
        ComponentColorModel model = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_GRAY),
                true,
                false,
                ComponentColorModel.TRANSLUCENT,
                DataBuffer.TYPE_BYTE);
        WritableRaster raster = model.createCompatibleWritableRaster(8, 8);
        raster.setSamples(0, 0, 8, 8, 0, filled(64, 100));
        raster.setSamples(0, 0, 8, 8, 1, filled(64, 51));
        byte[] png = PhotoBytes.write(new BufferedImage(model, raster, false, null), "png");
        assertThat(png[25]).as("colour type").isEqualTo((byte) 4);
        assertColour(decode(png), 7, 7, new Color(224, 224, 224).getRGB(), 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "gif"})
    void palettes(String format) {
        int[] colours = {ORANGE, 0x00000000, Color.BLUE.getRGB(), Color.GREEN.getRGB()};
        IndexColorModel model = new IndexColorModel(2, 4, colours, 0, true, 1, DataBuffer.TYPE_BYTE);
        BufferedImage indexed = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_INDEXED, model);
        for (int x = 0; x < 8; x++) {
            indexed.getRaster().setSample(x, 2, 0, x / 2);
        }
        RgbImage image = decode(PhotoBytes.write(indexed, format));
        assertColour(image, 0, 2, ORANGE, 0);
        assertColour(image, 2, 2, Color.WHITE.getRGB(), 0);
        assertColour(image, 4, 2, Color.BLUE.getRGB(), 0);
        assertColour(image, 7, 2, Color.GREEN.getRGB(), 0);
    }

    @Test
    void ofWhatMovesTheFirstPicture() throws IOException {
        assertUpright(animatedGif());

        byte[] still = PhotoBytes.write(PhotoBytes.stored(1), "png");
        byte[] moving = PhotoBytes.withChunk(still, "acTL", new byte[] {0, 0, 0, 1, 0, 0, 0, 0});
        assertUpright(moving);

        try (Mat mat = mat(still)) {
            byte[] webp = PhotoBytes.openCv(".webp", mat, opencv_imgcodecs.IMWRITE_WEBP_QUALITY, 101);
            assertUpright(PhotoBytes.animatedWebp(webp, WIDTH, HEIGHT));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg", "bmp", "tiff", "gif"})
    void onePixel(String format) {
        BufferedImage dot = PhotoBytes.image(1, 1, BufferedImage.TYPE_INT_RGB, (x, y) -> Color.LIGHT_GRAY.getRGB());
        RgbImage image = decode(PhotoBytes.write(dot, format));
        assertThat(image.rgb()).hasSize(3);
        assertColour(image, 0, 0, Color.LIGHT_GRAY.getRGB(), 2);
    }

    @Test
    void portablePixmaps() {
        String header = "P6\n# made by hand\n2 1\n255\n";
        byte[] ppm = PhotoBytes.join(header.getBytes(StandardCharsets.US_ASCII), new byte[] {1, 2, 3, 4, 5, 6});
        assertThat(decode(ppm).rgb()).containsExactly(1, 2, 3, 4, 5, 6);
        assertRefused("P6 30000 30000 255\n".getBytes(StandardCharsets.US_ASCII), tooLarge(30000, 30000));
    }

    @ParameterizedTest
    @CsvSource({
        "png, ends early or is damaged", "jpg, ends before its image does",
        "gif, ends early or is damaged", "bmp, ends early or is damaged",
    })
    void whatIsCutOff(String format, String reason) {
        byte[] whole = PhotoBytes.write(noise(), format);
        assertRefused(Arrays.copyOf(whole, whole.length * 6 / 10), reason);
    }

    @Test
    void whatIsNoPhoto() {
        String known = "is neither JPEG, PNG, WebP, GIF, BMP, TIFF nor PNM";
        assertRefused(new byte[0], "is empty");
        assertRefused("<html>404</html>".getBytes(StandardCharsets.US_ASCII), known);
        assertRefused(new byte[] {(byte) 0xff, (byte) 0xd8}, "ends before its image does");
        assertRefused(file("ftypheic"), "is a HEIC photo, which cannot be decoded here: save it as JPEG");
        assertRefused(file("ftypmif1"), "is a HEIC photo, which cannot be decoded here: save it as JPEG");
        assertRefused(file("ftypavif"), "is an AVIF image, which cannot be decoded here: save it as JPEG");
        assertRefused(file("ftypisom"), "is a video or the like, which cannot be decoded here: save it as JPEG");
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg", "gif", "bmp", "tiff"})
    void damagedBytesAreRefusedOrDecodedButNeverWorse(String format) {
        byte[] whole = PhotoBytes.write(noise(), format);
        for (int at = 0; at < whole.length; at += 1 + whole.length / Cases.of(150)) {
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) 0xff;
            String fault = ImageDecoder.PHOTO.fault(damaged);
            if (fault.isEmpty()) {
                assertThat(decode(damaged).rgb()).isNotEmpty();
            }
        }
    }

    @Test
    void aBombIsRefusedByItsHeader() throws IOException {
        ByteArrayOutputStream deflated = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(deflated)) {
            byte[] row = new byte[1 + 30000 / 8];
            for (int y = 0; y < 30000; y++) {
                out.write(row);
            }
        }
        byte[] bomb = PhotoBytes.png(30000, 30000, deflated.toByteArray());
        assertThat(bomb.length).isLessThan(200_000);
        assertRefused(bomb, tooLarge(30000, 30000));
        assertRefused(PhotoBytes.png(1, 70000, new byte[0]), tooLarge(1, 70000));

        byte[] jpeg = PhotoBytes.write(PhotoBytes.stored(1), "jpg");
        int frame = 0;
        while ((jpeg[frame] & 0xff) != 0xff || (jpeg[frame + 1] & 0xff) != 0xc0) {
            frame++;
        }
        Arrays.fill(jpeg, frame + 5, frame + 9, (byte) 0xf0);
        assertRefused(jpeg, tooLarge(0xf0f0, 0xf0f0));

        byte[] gif = PhotoBytes.write(PhotoBytes.stored(1), "gif");
        for (int at : new int[] {6, gifFrame(gif) + 5}) {
            Arrays.fill(gif, at, at + 4, (byte) 0xf0);
        }
        assertRefused(gif, tooLarge(0xf0f0, 0xf0f0));
        byte[] tiff = PhotoBytes.tiff(PhotoBytes.stored(1), 1);
        tiff[8 + 2 + 8 + 2] = 1; // 65,536 more
        assertRefused(tiff, tooLarge(65536 + WIDTH, HEIGHT));
    }

    @Test
    void aTextChunkThatUnpacksToGigabytesIsPassedOver() throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        text.write("Comment\0\0".getBytes(StandardCharsets.US_ASCII));
        try (DeflaterOutputStream out = new DeflaterOutputStream(text)) {
            byte[] block = new byte[1 << 20];
            for (int i = 0; i < 64; i++) {
                out.write(block);
            }
        }
        assertUpright(PhotoBytes.withChunk(PhotoBytes.write(PhotoBytes.stored(1), "png"), "zTXt", text.toByteArray()));
    }

    /** In MiB: 50 megapixels are 143 of them in RGB, 191 with transparency; the heap has 128. */
    @ParameterizedTest
    @CsvSource({".jpg, 3, 100", ".png, 4, 300"})
    @EnabledOnOs(OS.LINUX)
    void fiftyMegapixelsInLittleMemory(String format, int channels, int most) throws Exception {
        Path photo = folder.resolve("large" + format);
        try (Mat mat = new Mat(5774, 8660, opencv_core.CV_8UC(channels), new Scalar(30, 60, 90, 120));
                Mat corner = mat.apply(new Rect(0, 0, 2000, 2000));
                Mat low = new Mat(new double[] {0, 0, 0, 0});
                Mat high = new Mat(new double[] {255, 255, 255, 255})) {
            opencv_core.randu(corner, low, high);
            Files.write(photo, PhotoBytes.openCv(format, mat));
        }
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PhotoMemory.class.getName(),
                        photo.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor()).as(output).isZero();
        assertThat(output).startsWith("2165 1444 ");
        assertThat(Integer.parseInt(output.substring(10).strip())).isBetween(1, most);
    }

    @Test
    void filesOfAnyName() throws IOException {
        for (String name :
                new String[] {"a b.jpg", "it's \"one\", two.jpg", "새끼 고양이.jpg", "two\nlines.jpg", "no ending"}) {
            Path file = folder.resolve(name);
            Files.write(file, PhotoBytes.write(PhotoBytes.stored(1), "png"));
            assertThat(ImageDecoder.PHOTO.decode(file).width()).isEqualTo(WIDTH);
            Files.write(file, new byte[0]);
            assertThatExceptionOfType(DataException.class)
                    .isThrownBy(() -> ImageDecoder.PHOTO.decode(file))
                    .withMessage(file + " must be an image that can be decoded, but is empty.");
        }
        Path directory = Files.createDirectory(folder.resolve("x.jpg"));
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> ImageDecoder.PHOTO.decode(directory))
                .withMessage(directory + " must be a file, but is a folder.");
    }

    private static RgbImage decode(byte[] bytes) {
        assertThat(ImageDecoder.PHOTO.fault(bytes)).isEmpty();
        return ImageDecoder.PHOTO.decode(bytes, "photo");
    }

    private static void assertRefused(byte[] bytes, String reason) {
        assertThat(ImageDecoder.PHOTO.fault(bytes)).isEqualTo(reason);
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> ImageDecoder.PHOTO.decode(bytes, "photo"))
                .withMessage("photo must be an image that can be decoded, but " + reason + ".");
    }

    private static void assertUpright(byte[] bytes) {
        RgbImage image = decode(bytes);
        assertThat(image.width()).isEqualTo(WIDTH);
        assertThat(image.height()).isEqualTo(HEIGHT);
        for (int y : new int[] {4, HEIGHT - 5}) {
            for (int x : new int[] {4, WIDTH - 5}) {
                assertColour(image, x, y, PhotoBytes.quarters(x, y), 8);
            }
        }
    }

    private static void assertColour(RgbImage image, int x, int y, int expected, int tolerance) {
        Color colour = new Color(expected);
        int at = 3 * (y * image.width() + x);
        int[] channels = {colour.getRed(), colour.getGreen(), colour.getBlue()};
        for (int channel = 0; channel < 3; channel++) {
            assertThat(image.rgb()[at + channel] & 0xff)
                    .as("channel %d at %d, %d", channel, x, y)
                    .isCloseTo(channels[channel], within(tolerance));
        }
    }

    private static String tooLarge(int width, int height) {
        return "has %d x %d pixels, more than 200 million in all or 65535 on a side".formatted(width, height);
    }

    private static BufferedImage image(int type, int argb) {
        return PhotoBytes.image(8, 8, type, (x, y) -> argb);
    }

    private static BufferedImage noise() {
        io.github.finessl.augment.KeyedRandom random = io.github.finessl.augment.KeyedRandom.of(1);
        return PhotoBytes.image(40, 40, BufferedImage.TYPE_INT_RGB, (x, y) -> random.nextInt());
    }

    private static int[] filled(int length, int value) {
        int[] values = new int[length];
        Arrays.fill(values, value);
        return values;
    }

    private static byte[] file(String head) {
        return PhotoBytes.join(new byte[4], head.getBytes(StandardCharsets.US_ASCII), new byte[20]);
    }

    private static Mat mat(byte[] png) {
        try (Mat bytes = new Mat(png)) {
            return opencv_imgcodecs.imdecode(bytes, opencv_imgcodecs.IMREAD_COLOR);
        }
    }

    private static byte[] animatedGif() throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("gif").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
            writer.setOutput(stream);
            writer.prepareWriteSequence(null);
            writer.writeToSequence(new IIOImage(PhotoBytes.stored(1), null, null), null);
            writer.writeToSequence(new IIOImage(PhotoBytes.stored(3), null, null), null);
            writer.endWriteSequence();
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    /** Where the first picture's descriptor begins, behind header, palette and extensions. */
    private static int gifFrame(byte[] gif) {
        int at = 13 + (gif[10] < 0 ? 3 << ((gif[10] & 7) + 1) : 0);
        while (gif[at] == 0x21) {
            at += 2;
            while (gif[at] != 0) {
                at += 1 + (gif[at] & 0xff);
            }
            at++;
        }
        return at;
    }
}

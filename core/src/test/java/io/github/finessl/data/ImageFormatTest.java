package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFormatTest {

    @TempDir
    Path folder;

    /** Whole files that OpenCV decodes, if it is asked to. */
    @ParameterizedTest
    @ValueSource(strings = {".hdr", ".ras", ".pam", ".pfm"})
    void whatOnlyOpenCvKnowsStaysShut(String format) throws IOException {
        int type = format.equals(".hdr") || format.equals(".pfm") ? opencv_core.CV_32FC3 : opencv_core.CV_8UC3;
        try (Mat mat = new Mat(8, 8, type, new Scalar(0.1, 0.2, 0.3, 0))) {
            byte[] bytes = PhotoBytes.openCv(format, mat);
            try (Mat opened = PhotoDecoder.openCv(bytes, opencv_imgcodecs.IMREAD_COLOR)) {
                assertThat(opened.cols()).isEqualTo(8);
            }
            assertShut(bytes);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "OpenEXR, 762f310102000000",
        "JPEG 2000 in boxes, 0000000c6a5020200d0a870a000000146674797069703220",
        "JPEG 2000 alone, ff4fff51002f0000",
        "JPEG XL in boxes, 0000000c4a584c200d0a870a",
        "JPEG XL alone, ff0a0000",
        "PDF, 255044462d312e370a",
        "AVIF, 0000001c6674797061766966",
        "HEIC, 0000001c6674797068656963",
        "Sun raster, 59a66a9500000001",
        "icon, 000001000100",
        "Photoshop, 384250530001",
        "SVG, 3c73766720786d6c6e733d22",
        "gzip, 1f8b0800",
    })
    void whatIsNotReadStaysShut(String format, String head) throws IOException {
        byte[] bytes = PhotoBytes.join(HexFormat.of().parseHex(head), new byte[200]);
        assertThat(ImageFormat.of(bytes)).as(format).isEmpty();
        assertShut(bytes);
    }

    @Test
    void aDicomFileStaysShut() throws IOException {
        assertShut(PhotoBytes.join(new byte[128], "DICM".getBytes(StandardCharsets.US_ASCII), new byte[200]));
    }

    @ParameterizedTest
    @EnumSource
    void formatsAreToldByTheirFirstBytes(ImageFormat format) {
        byte[] bytes = format == ImageFormat.WEBP || format == ImageFormat.PNM
                ? openCv(format == ImageFormat.WEBP ? ".webp" : ".ppm")
                : PhotoBytes.write(
                        PhotoBytes.image(8, 8, BufferedImage.TYPE_INT_RGB, (x, y) -> Color.RED.getRGB()),
                        format.name().toLowerCase(java.util.Locale.ROOT));
        assertThat(ImageFormat.of(bytes)).contains(format);
        assertThat(ImageDecoder.PHOTO.fault(bytes)).isEmpty();
        assertThat(ImageDecoder.AS_STORED.fault(bytes).isEmpty()).isEqualTo(format != ImageFormat.GIF);
    }

    private static byte[] openCv(String format) {
        try (Mat mat = new Mat(8, 8, opencv_core.CV_8UC3, new Scalar(0, 0, 255, 0))) {
            return PhotoBytes.openCv(format, mat);
        }
    }

    /** However it is called. */
    private void assertShut(byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("photo.jpg"), bytes);
        for (ImageDecoder decoder : ImageDecoder.values()) {
            assertThat(decoder.fault(bytes)).isNotEmpty();
            assertThatExceptionOfType(DataException.class)
                    .isThrownBy(() -> decoder.decode(file))
                    .withMessageStartingWith(file + " must be an image");
        }
    }
}

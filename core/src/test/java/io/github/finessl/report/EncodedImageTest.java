package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncodedImageTest {

    @Test
    void needsNoPlaceForTemporaryFiles(@TempDir Path directory) throws IOException {
        File before = ImageIO.getCacheDirectory();
        Path gone = Files.createDirectory(directory.resolve("gone"));
        ImageIO.setCacheDirectory(gone.toFile());
        Files.delete(gone);
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            EncodedImage.write(new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB), "png", out);
            BufferedImage read =
                    ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(out.toByteArray())));
            assertThat(read.getWidth()).isEqualTo(3);
        } finally {
            ImageIO.setCacheDirectory(before);
        }
    }
}

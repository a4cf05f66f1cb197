package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.augment.RgbImage;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link RgbImage} makes of Java's images, beside what is decoded from their files. */
class ImagesInMemoryTest {
    private static final int SIDE = 16;

    /** Every value of every band once or more; two bands are grey and alpha, four colours and alpha. */
    private static BufferedImage image(int bands, int bits) {
        int type = bits == 16 ? DataBuffer.TYPE_USHORT : DataBuffer.TYPE_BYTE;
        boolean alpha = bands % 2 == 0;
        ComponentColorModel colours = new ComponentColorModel(
                ColorSpace.getInstance(bands < 3 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB),
                alpha,
                false,
                alpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
                type);
        WritableRaster raster = colours.createCompatibleWritableRaster(SIDE, SIDE);
        for (int i = 0; i < SIDE * SIDE; i++) {
            for (int band = 0; band < bands; band++) {
                int value = (i * (2 * band + 1) + 40 * band) & 0xff;
                raster.setSample(i % SIDE, i / SIDE, band, bits == 16 ? 257 * value : value);
            }
        }
        return new BufferedImage(colours, raster, false, null);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void anImageInMemoryIsSeenAsItsFileIs(int bands) throws IOException {
        for (int bits : new int[] {8, 16}) {
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            assertThat(ImageIO.write(image(bands, bits), "png", png)).isTrue();
            RgbImage file = ImageDecoder.PHOTO.decode(png.toByteArray(), "photo");
            RgbImage memory = RgbImage.of(ImageIO.read(new ByteArrayInputStream(png.toByteArray())));
            for (int i = 0; i < file.rgb().length; i++) {
                assertThat(memory.rgb()[i] & 0xff)
                        .as("value %d of %d bands of %d bits", i, bands, bits)
                        .isBetween((file.rgb()[i] & 0xff) - 1, (file.rgb()[i] & 0xff) + 1);
            }
        }
    }
}

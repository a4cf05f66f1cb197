package io.github.finessl.data;

import io.github.finessl.augment.KeyedRandom;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Small image files for tests. */
public final class TestImages {

    private TestImages() {}

    /** Files of noise, by the folder and name of each; no two names give the same image. */
    public static void write(Path root, String... names) throws IOException {
        for (String name : names) {
            BufferedImage image = new BufferedImage(24, 16, BufferedImage.TYPE_INT_RGB);
            KeyedRandom random = KeyedRandom.of(name.hashCode());
            for (int i = 0; i < 24 * 16; i++) {
                image.setRGB(i % 24, i / 24, random.nextInt(1 << 24));
            }
            Path file = root.resolve(name);
            Files.createDirectories(file.getParent());
            ImageIO.write(image, name.endsWith("png") ? "png" : "jpg", file.toFile());
        }
    }

    /** Cuts a file to a fraction of its length. */
    public static void cut(Path file, double fraction) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(bytes, (int) (fraction * bytes.length)));
    }
}

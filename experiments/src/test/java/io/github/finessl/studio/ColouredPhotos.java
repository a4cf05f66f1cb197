package io.github.finessl.studio;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/** Photos that any encoder tells apart by their colours. */
public record ColouredPhotos(Path root) {

    private static final List<Color> COLOURS = List.of(Color.BLUE, Color.RED, Color.GREEN);
    private static final int SIDE = 48;

    /** The encoder for tests, with random weights. */
    public static final Path ENCODER = Path.of("core/src/test/resources/onnx/timm_vit_op17.onnx");

    /** Writes unlabelled photos, {@code blue-0.png}, {@code red-0.png}, {@code green-0.png} and so on. */
    public ColouredPhotos unlabelled(int perColour) throws IOException {
        for (int i = 0; i < perColour; i++) {
            write("unlabelled/blue-%d.png".formatted(i), 0, i);
            write("unlabelled/red-%d.png".formatted(i), 1, i);
            write("unlabelled/green-%d.png".formatted(i), 2, i);
        }
        return this;
    }

    /** Writes a photo of a colour; another variant is another photo. */
    public ColouredPhotos write(String path, int colour, int variant) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        ImageIO.write(image(colour, variant), "png", file.toFile());
        return this;
    }

    /** A picture of a colour. */
    public static BufferedImage image(int colour, int variant) {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(COLOURS.get(colour));
        graphics.fillRect(0, 0, SIDE, SIDE);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(variant % SIDE, 3 * variant % SIDE, SIDE / 4, SIDE / 5);
        graphics.dispose();
        return image;
    }
}

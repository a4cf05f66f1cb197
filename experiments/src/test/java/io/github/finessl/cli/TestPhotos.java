package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.run.Exit;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/** Folders of photos that a small model tells apart by their colours. */
record TestPhotos(Path root, int side) {
    /** The classes, with names that are hard on careless code. */
    static final List<String> CLASSES = List.of("it's \"blue\"", "red one", "초록");

    private static final List<Color> COLOURS = List.of(Color.BLUE, Color.RED, Color.GREEN);

    static TestPhotos in(Path root, int side) throws IOException {
        TestPhotos photos = new TestPhotos(root, side);
        for (int k = 0; k < CLASSES.size(); k++) {
            for (int i = 0; i < 2; i++) {
                photos.write(photos.labelled().resolve(CLASSES.get(k)).resolve("사진 " + i + ", \"x\".png"), k, i);
                photos.write(photos.test().resolve(CLASSES.get(k)).resolve(i + ".png"), k, 10 + i);
            }
            for (int i = 0; i < 3; i++) {
                photos.write(photos.unlabelled().resolve("deeper " + k).resolve(i + ".png"), k, 20 + i);
            }
        }
        return photos;
    }

    /** A model in a folder, trained on the photos for two steps. */
    Path train(Path model) {
        Console console = new Console();
        assertThat(console.run(TrainingProcess.training(root, model, 2).toArray()))
                .as(console.err())
                .isEqualTo(Exit.OK);
        return model;
    }

    Path labelled() {
        return root.resolve("labelled");
    }

    Path unlabelled() {
        return root.resolve("unlabelled");
    }

    Path test() {
        return root.resolve("test");
    }

    Path of(String label) {
        return labelled().resolve(label);
    }

    /** A photo of a class; another variant is another photo. */
    void write(Path file, int label, int variant) throws IOException {
        Files.createDirectories(file.getParent());
        ImageIO.write(image(label, variant), "png", file.toFile());
    }

    BufferedImage image(int label, int variant) {
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(COLOURS.get(label));
        graphics.fillRect(0, 0, side, side);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(variant % side, variant / 2 % side, side / 3, side / 4);
        graphics.dispose();
        return image;
    }
}

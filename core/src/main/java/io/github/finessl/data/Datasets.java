package io.github.finessl.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Opens a data set by name or path; what kind it is shows in its files.
 *
 * <ul>
 *   <li>{@code data_batch_1.bin}: CIFAR-10, official binary version;
 *   <li>{@code train.bin} with {@code fine_label_names.txt}: CIFAR-100, official binary version;
 *   <li>{@code train.bin} with {@code batches.meta.txt}: records of CIFAR-10's form;
 *   <li>{@code meta/train.txt}: {@link Food101};
 *   <li>{@code u_train_in.txt}: {@link SemiAves};
 *   <li>{@code train.txt} with {@code classes.csv}: {@link Grocery};
 *   <li>{@code train.txt}: {@link ImageLists};
 *   <li>{@code train/}: {@link ImageFolders}.
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
            "food101",
                    "unpack https://data.vision.ee.ethz.ch/cvl/food-101.tar.gz there (tar --strip-components=1: images and"
                            + " meta)",
            "semi-aves", "see data/README.md: the images and the official lists",
            "imagenet", "see data/README.md: train/<class>/*.JPEG and test/<class>/*.JPEG, 1000 classes",
            "grocery-81", "see data/README.md: images, train.txt, test.txt and classes.csv"));

    private Datasets() {}

    /**
     * Opens {@code dataRoot/nameOrPath} or else the folder {@code nameOrPath}, seen from where {@code dataRoot} lies. Images
     * that cannot be decoded are left out: see {@link DataSource#skipped}.
     *
     * @throws DataException if there is no such folder (for a known set, with how to get it), if files are missing, or if a
     *     class is left without images
     */
    public static DataSource open(String nameOrPath, Path dataRoot) {
        return requireUsable(inspect(nameOrPath, dataRoot, false));
    }

    /**
     * Opens a data set as {@link #open} does, with images of other classes among the unlabelled ones, for a set that
     * has such: Semi-Aves.
     */
    public static DataSource openWithStrangers(String nameOrPath, Path dataRoot) {
        return requireUsable(inspect(nameOrPath, dataRoot, true));
    }

    /** The kind of a data set, by the names of its files. */
    public static DataSource.Kind kind(String nameOrPath, Path dataRoot) {
        return kind(folder(nameOrPath, dataRoot));
    }

    /**
     * Opens a data set as {@link #open} does, but lets files that are missing and classes without images pass: for
     * finding out what a data set lacks.
     *
     * @param strangers whether images of other classes belong to it, for a set that has such
     */
    public static DataSource inspect(String nameOrPath, Path dataRoot, boolean strangers) {
        Path folder = folder(nameOrPath, dataRoot);
        String name = folder.toAbsolutePath().normalize().getFileName().toString();
        return switch (kind(folder)) {
            case FOOD101 -> Food101.read(folder).inspect(name);
            case SEMI_AVES -> SemiAves.read(folder, strangers).inspect(name);
            case GROCERY -> Grocery.read(folder).inspect(name);
            case LISTS -> ImageLists.read(folder).inspect(name);
            case FOLDERS -> ImageFolders.read(folder).inspect(name);
            default -> records(name, folder);
        };
    }

    private static Path folder(String nameOrPath, Path dataRoot) {
        Path folder = dataRoot.resolve(nameOrPath);
        if (!Files.isDirectory(folder)) {
            folder = dataRoot.resolveSibling(nameOrPath);
        }
        if (!Files.isDirectory(folder)) {
            throw new DataException(absent(nameOrPath, dataRoot.resolve(nameOrPath)));
        }
        return folder;
    }

    private static DataSource.Kind kind(Path folder) {
        if (Files.exists(folder.resolve("data_batch_1.bin"))
                || Files.exists(folder.resolve("fine_label_names.txt"))
                || Files.exists(folder.resolve("train.bin"))) {
            return DataSource.Kind.CIFAR;
        }
        if (Files.exists(folder.resolve(Food101.TRAIN))) {
            return DataSource.Kind.FOOD101;
        }
        if (Files.exists(folder.resolve(SemiAves.UNLABELLED_IN))) {
            return DataSource.Kind.SEMI_AVES;
        }
        if (Files.exists(folder.resolve("train.txt"))) {
            return Files.exists(folder.resolve("classes.csv")) ? DataSource.Kind.GROCERY : DataSource.Kind.LISTS;
        }
        if (Files.isDirectory(folder.resolve("train"))) {
            return DataSource.Kind.FOLDERS;
        }
        throw new DataException(
                ("%s must hold data_batch_1.bin (CIFAR-10), train.bin (CIFAR-100, mini sets), train.txt, test.txt and"
                                + " classes.txt (lists), the folders train and test with a folder of images for each class, or one"
                                + " of the sets that data/README.md describes, but has none of them.")
                        .formatted(folder));
    }

    /**
     * The reason why {@link #open} would find nothing by this name, and how to get it; empty where there is a folder.
     */
    public static Optional<String> absence(String nameOrPath, Path dataRoot) {
        return Files.isDirectory(dataRoot.resolve(nameOrPath)) || Files.isDirectory(Path.of(nameOrPath))
                ? Optional.empty()
                : Optional.of(absent(nameOrPath, dataRoot.resolve(nameOrPath)));
    }

    /**
     * Refuses a data set with the faults that {@link #inspect} lets pass.
     *
     * @return the same
     */
    public static DataSource requireUsable(DataSource source) {
        List<SkippedImage> missing =
                source.skipped().stream().filter(SkippedImage::missing).toList();
        if (!missing.isEmpty()) {
            throw new DataException("%s lists %d images that do not exist, the first is %s."
                    .formatted(source.name(), missing.size(), missing.get(0).source()));
        }
        requireEveryClass(source.train(), true);
        requireEveryClass(source.test(), source.kind() != DataSource.Kind.LISTS);
        return source;
    }

    /** @param always whether a class may not be empty even if nothing of it was left out */
    private static void requireEveryClass(Dataset part, boolean always) {
        int[] images = new int[part.classes().size()];
        IntStream.range(0, part.size())
                .map(part::label)
                .filter(label -> label >= 0)
                .forEach(label -> images[label]++);
        for (int label = 0; label < images.length; label++) {
            int wanted = label;
            long unreadable = part.skipped().stream()
                    .filter(image -> image.label() == wanted)
                    .count();
            if (images[label] == 0 && (always || unreadable > 0)) {
                throw new DataException("%s must have images of every class, but has none of '%s'%s."
                        .formatted(
                                part.name(),
                                part.classes().get(label),
                                unreadable == 0 ? "" : " (" + unreadable + " cannot be read)"));
            }
        }
    }

    private static DataSource records(String name, Path folder) {
        if (Files.exists(folder.resolve("data_batch_1.bin"))) {
            return official10(name, folder);
        }
        return Files.exists(folder.resolve("fine_label_names.txt"))
                ? cifar(name, folder, "fine_label_names.txt", 2)
                : cifar(name, folder, "batches.meta.txt", 1);
    }

    private static DataSource official10(String name, Path folder) {
        List<String> classes = classNames(folder.resolve("batches.meta.txt"));
        List<Path> batches = IntStream.rangeClosed(1, 5)
                .mapToObj(i -> folder.resolve("data_batch_" + i + ".bin"))
                .toList();
        return new DataSource(
                name,
                DataSource.Kind.CIFAR,
                false,
                CifarDataset.read(name + "/train", classes, 1, batches),
                CifarDataset.read(name + "/test", classes, 1, List.of(folder.resolve("test_batch.bin"))));
    }

    private static DataSource cifar(String name, Path folder, String names, int labelBytes) {
        List<String> classes = classNames(folder.resolve(names));
        return new DataSource(
                name,
                DataSource.Kind.CIFAR,
                false,
                CifarDataset.read(name + "/train", classes, labelBytes, List.of(folder.resolve("train.bin"))),
                CifarDataset.read(name + "/test", classes, labelBytes, List.of(folder.resolve("test.bin"))));
    }

    private static List<String> classNames(Path file) {
        return ClassNames.listed(file, InputFiles.lines(file));
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

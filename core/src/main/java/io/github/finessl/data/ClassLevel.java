package io.github.finessl.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A check of whether a folder's subfolders are classes, or parts such as {@code train} and {@code val}. */
final class ClassLevel {

    private static final Set<String> TRAINING = Set.of("train", "training", "labelled", "labeled");
    private static final Set<String> TEST = Set.of("test", "testing", "val", "valid", "validation", "dev", "eval");
    private static final Set<String> UNLABELLED = Set.of("unlabelled", "unlabeled");

    private ClassLevel() {}

    /**
     * A warning with the folder that was probably meant where one is a level too high or its classes are divided into parts.
     *
     * @param folder of labelled images
     * @param classes its folders by the classes' names
     */
    static Optional<String> doubt(Path folder, SortedMap<String, List<Path>> classes) {
        if (areParts(classes.keySet())) {
            return Optional.of("The classes found in %s are %s, which is what parts of a data set are called%s"
                    .formatted(folder, String.join(", ", classes.keySet()), meant(classes)));
        }
        Set<String> inside = common(classes);
        if (inside.size() < 2) {
            return Optional.empty();
        }
        Path first = classes.values().iterator().next().get(0);
        return Optional.of(
                areParts(inside)
                        ? ("Every class in %s is divided into %s, and the photos of all of these count as labelled ones;"
                                        + " to test on some, move them to a folder of their own with a folder for each class")
                                .formatted(folder, String.join(", ", inside))
                        : ("Every folder in %s holds the same folders, %s, and no photos beside them; if those are the"
                                        + " classes, did you mean %s as the labelled folder?")
                                .formatted(folder, String.join(", ", inside), first));
    }

    /** A class may be called train, where the others are called bus and tram. */
    private static boolean areParts(Set<String> names) {
        return names.stream().filter(ClassLevel::isPart).count() > 1;
    }

    private static boolean isPart(String name) {
        return of(TRAINING, name) || of(TEST, name) || of(UNLABELLED, name);
    }

    private static boolean of(Set<String> part, String name) {
        return part.contains(name.toLowerCase(Locale.ROOT));
    }

    private static String meant(Map<String, List<Path>> folders) {
        Optional<Path> training = named(folders, TRAINING);
        if (training.isEmpty()) {
            return "";
        }
        return "; did you mean %s as the labelled folder%s%s?"
                .formatted(
                        training.get(),
                        named(folders, UNLABELLED)
                                .map(path -> ", %s as the unlabelled one".formatted(path))
                                .orElse(""),
                        named(folders, TEST)
                                .map(path -> ", %s to test on".formatted(path))
                                .orElse(""));
    }

    private static Optional<Path> named(Map<String, List<Path>> folders, Set<String> part) {
        return folders.entrySet().stream()
                .filter(folder -> of(part, folder.getKey()))
                .map(folder -> folder.getValue().get(0))
                .findFirst();
    }

    /** The names of the folders that every class has, where all have the same ones and no file beside them. */
    private static Set<String> common(SortedMap<String, List<Path>> classes) {
        Set<Map<String, Boolean>> contents = classes.values().stream()
                .map(folders -> folders.stream()
                        .flatMap(folder -> ImageFolders.children(folder).stream())
                        .collect(Collectors.toMap(
                                child -> child.getFileName().toString(),
                                Files::isDirectory,
                                Boolean::equals,
                                TreeMap::new)))
                .collect(Collectors.toSet());
        Map<String, Boolean> only = contents.iterator().next();
        return contents.size() == 1 && !only.containsValue(false) ? only.keySet() : Set.of();
    }
}

package io.github.finessl.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Semi-Aves (Su and Maji 2021) with its official lists: {@code l_train_val.txt} or else {@code l_train.txt},
 * {@code u_train_in.txt}, {@code u_train_out.txt}, {@code test.txt} and {@code semi_aves_species_names.txt}. Images of
 * {@code u_train_in} are of one of the 200 classes, it is not told which; those of {@code u_train_out} are of none.
 */
final class SemiAves {

    static final String UNLABELLED_IN = "u_train_in.txt";
    private static final String UNLABELLED_OUT = "u_train_out.txt";
    private static final String NAMES = "semi_aves_species_names.txt";

    private SemiAves() {}

    /** @param strangers whether the unlabelled images of other species belong to it */
    static Layout read(Path root, boolean strangers) {
        List<String> classes = classes(root.resolve(NAMES));
        String labelled = Files.exists(root.resolve("l_train_val.txt")) ? "l_train_val.txt" : "l_train.txt";
        List<ImageFiles.Entry> train =
                new ArrayList<>(ListFile.read(root, labelled, ListFile.PATH_LABEL, classes.size(), 0));
        addUnlabelled(root, UNLABELLED_IN, Dataset.UNKNOWN, train);
        if (strangers) {
            addUnlabelled(root, UNLABELLED_OUT, Dataset.STRANGER, train);
        }
        List<ImageFiles.Entry> test = ListFile.read(root, "test.txt", ListFile.PATH_LABEL, classes.size(), 0);
        ListFile.requireApart(root.resolve("test.txt"), test, "the training lists", train);
        return new Layout(DataSource.Kind.SEMI_AVES, root, true, classes, train, test);
    }

    private static void addUnlabelled(Path root, String list, int label, List<ImageFiles.Entry> train) {
        List<ImageFiles.Entry> unlabelled = ListFile.read(root, list, ListFile.PATH_LABEL, 0, Dataset.UNKNOWN).stream()
                .map(entry -> new ImageFiles.Entry(entry.file(), label))
                .toList();
        ListFile.requireApart(root.resolve(list), unlabelled, "the lists before it", train);
        train.addAll(unlabelled);
    }

    /** Lines of a number, a space and a name. */
    private static List<String> classes(Path file) {
        List<String> classes = new ArrayList<>();
        for (String line : InputFiles.lines(file)) {
            String number = classes.size() + " ";
            if (!line.startsWith(number)) {
                throw new DataException("%s must have the number and name of class %d, but has '%s'."
                        .formatted(file, classes.size(), line));
            }
            classes.add(line.substring(number.length()).strip());
        }
        return ClassNames.listed(file, classes);
    }
}

package io.github.finessl.data;

import io.github.finessl.io.Sha256;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A list of the training images that are labelled, as SimCLR has for 1 % and 10 % of ImageNet: a file name such as
 * {@code n01440764_10074.JPEG} a line, to be found in the folder {@code train/n01440764}.
 */
public final class LabelledList {

    private LabelledList() {}

    /** SHA-256 of the list, so that a run can be told from one with another list of the same name. */
    public static String sha256(Path list) {
        return Sha256.hex(InputFiles.bytes(list));
    }

    /**
     * Indices of the listed images in the training part. Those that are there but cannot be read are left out.
     *
     * @param train of a data set of class folders
     * @throws DataException if the list names images that are not there
     */
    public static int[] indices(Path list, Dataset train) {
        Set<String> wanted = InputFiles.lines(list).stream()
                .map(line -> fileName(ListFile.resolved(list, Path.of(""), line).toString()))
                .map(name -> name.substring(0, Math.max(0, name.indexOf('_'))) + "/" + name)
                .collect(Collectors.toCollection(HashSet::new));
        int[] found = IntStream.range(0, train.size())
                .filter(i -> wanted.remove(train.classes().get(train.label(i)) + "/" + fileName(train.source(i))))
                .toArray();
        train.skipped()
                .forEach(image -> wanted.remove(train.classes().get(image.label()) + "/" + fileName(image.source())));
        if (!wanted.isEmpty()) {
            throw new DataException("%s names %d images that %s does not have, the first is %s."
                    .formatted(list, wanted.size(), train.name(), new TreeSet<>(wanted).first()));
        }
        return found;
    }

    private static String fileName(String path) {
        return ClassNames.composed(Path.of(path).getFileName().toString());
    }
}

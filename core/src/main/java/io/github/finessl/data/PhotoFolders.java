package io.github.finessl.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

public final class PhotoFolders {
    private PhotoFolders() {}

    public record Labelled(Path file, int label) {}

    public static List<Path> photos(Path folder) {
        return ImageFolders.walk(folder);
    }

    public static List<Labelled> labelled(Path folder, List<String> classes) {
        return java.util.stream.IntStream.range(0, classes.size())
                .boxed()
                .flatMap(k -> photos(folder.resolve(classes.get(k))).stream().map(f -> new Labelled(f, k)))
                .toList();
    }

    public static DataSource open(Path labelled, Optional<Path> unlabelled, Optional<Path> test, double testShare) {
        if (testShare < 2) {
            throw new UnsupportedOperationException();
        }
        return null;
    }
}

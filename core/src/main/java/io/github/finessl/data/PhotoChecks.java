package io.github.finessl.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The checks of a user's photos in folders: what cannot be trained on is a {@link DataException}, what may be a mistake a warning. */
final class PhotoChecks {

    private static final Logger log = LoggerFactory.getLogger(PhotoChecks.class);

    /** Images of two classes that are named at once, so that all can be mended before the next try. */
    private static final int CONTRADICTIONS = 20;

    private PhotoChecks() {}

    static List<String> classes(Path labelled) {
        List<String> classes = ImageFolders.names(labelled).stream()
                .filter(name -> !name.equals(KnownStrangers.NAME))
                .toList();
        if (classes.size() < 2) {
            List<Path> beside = imagesBeside(labelled);
            throw new DataException("%s must have a folder for each of two classes or more, but has %s%s."
                    .formatted(
                            labelled,
                            classes.isEmpty() ? "none" : "only '" + classes.get(0) + "'",
                            beside.isEmpty()
                                    ? ""
                                    : " and %d images directly in it, the first is %s"
                                            .formatted(
                                                    beside.size(), beside.get(0).getFileName())));
        }
        return classes;
    }

    static void requireFolder(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new DataException("%s must be a folder of images, but %s."
                    .formatted(folder, Files.exists(folder) ? "is a file" : "does not exist"));
        }
    }

    static void requireClassesOf(Path test, List<String> classes, String owner) {
        Set<String> others = new TreeSet<>(ImageFolders.names(test));
        others.remove(KnownStrangers.NAME);
        classes.stream().map(ClassNames::composed).forEach(others::remove);
        if (!others.isEmpty()) {
            throw new DataException("%s must have folders of the classes of %s alone, but has %s besides."
                    .formatted(test, owner, others));
        }
    }

    /** Neither the same nor one inside of the other, with links followed. */
    static void requireApart(List<Path> folders) {
        for (int i = 0; i < folders.size(); i++) {
            for (int j = 0; j < folders.size(); j++) {
                Path one = real(folders.get(i));
                Path other = real(folders.get(j));
                if (i != j && one.startsWith(other)) {
                    throw new DataException("%s must be a folder of its own, but is %s %s."
                            .formatted(
                                    folders.get(i), one.equals(other) ? "the same as" : "inside of", folders.get(j)));
                }
            }
        }
    }

    private static Path real(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException e) {
            throw ImageFolders.unlisted(folder, e);
        }
    }

    static void requireEveryClass(Path labelled, ImageFiles found) {
        Set<Integer> there =
                IntStream.range(0, found.size()).mapToObj(found::label).collect(Collectors.toSet());
        for (int label = 0; label < found.classes().size(); label++) {
            if (!there.contains(label)) {
                int missing = label;
                requireSome(
                        labelled.resolve(found.classes().get(label)),
                        0,
                        found.skipped().stream()
                                .filter(image -> image.label() == missing)
                                .toList());
            }
        }
    }

    static void requireSome(Path folder, ImageFiles found) {
        requireSome(folder, found.size(), found.skipped());
    }

    static void requireSomeUnlabelled(Path folder, ImageFiles training) {
        requireSome(
                folder,
                IntStream.range(0, training.size())
                        .filter(i -> training.label(i) == Dataset.UNKNOWN)
                        .count(),
                training.skipped().stream()
                        .filter(image -> image.label() == Dataset.UNKNOWN)
                        .toList());
    }

    static void requireSome(Path folder, long images, List<SkippedImage> skipped) {
        if (images == 0) {
            throw new DataException("%s must have images that can be decoded, but has %s."
                    .formatted(
                            folder,
                            skipped.isEmpty()
                                    ? "no images"
                                    : "none among %d: %s %s"
                                            .formatted(
                                                    skipped.size(),
                                                    skipped.get(0).source(),
                                                    skipped.get(0).reason())));
        }
    }

    static void requireOneClassEach(ImageFiles labelled) {
        Map<String, Integer> seen = new HashMap<>();
        List<String> found = new ArrayList<>();
        for (int i = 0; i < labelled.size(); i++) {
            Integer before = seen.putIfAbsent(labelled.contentSha256(i), i);
            if (before != null && labelled.label(before) != labelled.label(i)) {
                found.add("%s must be an image of one class, but %s has the same content."
                        .formatted(labelled.source(i), labelled.source(before)));
            }
        }
        if (!found.isEmpty()) {
            int more = found.size() - CONTRADICTIONS;
            throw new DataException(found.stream().limit(CONTRADICTIONS).collect(Collectors.joining("\n"))
                    + (more > 0 ? "\nSo have %,d more.".formatted(more) : ""));
        }
    }

    private static List<Path> imagesBeside(Path folder) {
        return ImageFolders.children(folder).stream()
                .filter(child -> ImageFolders.endsLike(child, PhotoFolders.ENDINGS) && !Files.isDirectory(child))
                .toList();
    }

    static void warnOfImagesBeside(Path folder) {
        List<Path> beside = imagesBeside(folder);
        if (!beside.isEmpty()) {
            log.warn(
                    "{} images lie in {} beside the folders of the classes and are not used; the first is {}",
                    beside.size(),
                    folder,
                    beside.get(0).getFileName());
        }
    }

    static void warnOfLeaks(ImageFiles train, ImageFiles test) {
        Map<String, String> labelled = new HashMap<>();
        IntStream.range(0, train.size())
                .filter(i -> train.label(i) != Dataset.UNKNOWN)
                .forEach(i -> labelled.putIfAbsent(train.contentSha256(i), train.source(i)));
        int[] leaks = IntStream.range(0, test.size())
                .filter(i -> labelled.containsKey(test.contentSha256(i)))
                .toArray();
        if (leaks.length > 0) {
            log.warn(
                    "{} test images are labelled images too, so that the test flatters; the first is {}, which is {}",
                    leaks.length,
                    test.source(leaks[0]),
                    labelled.get(test.contentSha256(leaks[0])));
        }
    }
}

package io.github.finessl.data;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A share of labelled images for tests: those of each class with the smallest SHA-256, whatever their files are called. Copies stay
 * together; at least one image of a class that has two, and never all of them.
 */
final class TestShare {

    private TestShare() {}

    /**
     * The sources of the images that become the test part.
     *
     * @param share from 0 to below 1
     * @throws DataException naming the folder, if no class has two images
     */
    static Set<String> of(Path folder, ImageFiles labelled, double share) {
        Set<String> chosen = new HashSet<>();
        for (int label = 0; label < labelled.classes().size(); label++) {
            chosen.addAll(of(labelled, label, share));
        }
        if (chosen.isEmpty()) {
            throw new DataException(
                    "%s must have a class with two images or more for a share of them to be test images, but has none."
                            .formatted(folder));
        }
        chosen.addAll(of(labelled, Dataset.STRANGER, share));
        return chosen;
    }

    private static Set<String> of(ImageFiles labelled, int label, double share) {
        int[] images = IntStream.range(0, labelled.size())
                .filter(i -> labelled.label(i) == label)
                .toArray();
        List<String> contents = IntStream.of(images)
                .mapToObj(labelled::contentSha256)
                .distinct()
                .sorted()
                .toList();
        if (contents.isEmpty()) {
            return Set.of();
        }
        long count = Math.min(Math.max(1, Math.round(share * contents.size())), contents.size() - 1);
        Set<String> taken = Set.copyOf(contents.subList(0, (int) count));
        return IntStream.of(images)
                .filter(i -> taken.contains(labelled.contentSha256(i)))
                .mapToObj(labelled::source)
                .collect(Collectors.toSet());
    }
}

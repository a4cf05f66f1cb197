package io.github.finessl.data;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An image that a data set names but cannot give, and so leaves out.
 *
 * @param source its file
 * @param label the label that it would have
 * @param reason completes the sentence "the file ..."
 * @param missing whether there is no such file, so that the set is incomplete rather than damaged
 */
public record SkippedImage(String source, int label, String reason, boolean missing) {

    /** Groups images by the reason that they are left out for, the most frequent first. */
    public static Map<String, List<SkippedImage>> byReason(List<SkippedImage> images) {
        Map<String, List<SkippedImage>> found = images.stream()
                .collect(Collectors.groupingBy(SkippedImage::reason, LinkedHashMap::new, Collectors.toList()));
        return found.entrySet().stream()
                .sorted(Comparator.comparingInt(reason -> -reason.getValue().size()))
                .collect(Collectors.toMap(
                        Map.Entry::getKey, Map.Entry::getValue, (one, other) -> one, LinkedHashMap::new));
    }
}

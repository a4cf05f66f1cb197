package io.github.finessl;

import io.github.finessl.data.DataSource;
import io.github.finessl.data.SkippedImage;
import io.github.finessl.report.Unreadable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Reports on images that a data set leaves out because they cannot be read. */
public final class LeftOut {

    private static final int REASONS_TO_PRINT = 10;

    private LeftOut() {}

    /**
     * The number of left-out images by reason, with an example of each, in lines for people; no lines where none are
     * left out.
     */
    public static List<String> lines(DataSource source) {
        List<SkippedImage> skipped = source.skipped();
        if (skipped.isEmpty()) {
            return List.of();
        }
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%,d image%s of %s cannot be read and %s left out:",
                skipped.size(),
                skipped.size() == 1 ? "" : "s",
                source.name(),
                skipped.size() == 1 ? "is" : "are"));
        Map<String, List<SkippedImage>> byReason = SkippedImage.byReason(skipped);
        byReason.entrySet().stream()
                .limit(REASONS_TO_PRINT)
                .forEach(reason -> lines.add(String.format(
                        Locale.ROOT,
                        "  %,6d  %s %s",
                        reason.getValue().size(),
                        reason.getValue().get(0).source(),
                        reason.getKey() + (reason.getValue().size() == 1 ? "" : ", for one"))));
        if (byReason.size() > REASONS_TO_PRINT) {
            lines.add("  and others for %d more reasons".formatted(byReason.size() - REASONS_TO_PRINT));
        }
        return lines;
    }

    /** The number of left-out images by reason, for a record; null where there are none. */
    static Map<String, Integer> counts(DataSource source) {
        Map<String, Integer> counts = new TreeMap<>();
        SkippedImage.byReason(source.skipped()).forEach((reason, images) -> counts.put(reason, images.size()));
        return counts.isEmpty() ? null : counts;
    }

    /**
     * Writes the list of left-out images into a model's folder, where there are any, in the place of an earlier list.
     */
    static void list(List<SkippedImage> skipped, Path folder) throws IOException {
        Path file = folder.resolve(Unreadable.FILE);
        if (skipped.isEmpty()) {
            Files.deleteIfExists(file);
        } else {
            Unreadable.writeCsv(
                    file,
                    skipped.stream()
                            .map(image -> new Unreadable(image.source(), image.reason()))
                            .toList());
        }
    }
}

package io.github.finessl.cli;

import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.serve.PhotoSorter;
import io.github.finessl.serve.PhotoSorter.Means;
import io.github.finessl.serve.PhotoSorter.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** The options of a command that sorts photos into the folders of their classes, and the photos sorted so far. */
final class Sorting {

    @Option(
            names = "--sort-into",
            required = true,
            paramLabel = "<folder>",
            description = {
                "copy each photo into the folder of its class in this folder, or into 'unsure'.",
                "Without --yes it is only said what would be copied.",
                "Nothing is overwritten: photo.jpg becomes photo-2.jpg where another photo has its name."
            })
    private Path into;

    @Option(
            names = "--link",
            paramLabel = "<kind>",
            description = "with --sort-into: link instead of copying, hard (on the same disk) or symbolic")
    private String link;

    @Option(names = "--yes", description = "with --sort-into: copy, or link, instead of only saying so")
    private boolean yes;

    private final Map<String, Integer> counts = new TreeMap<>();
    private int there;
    private PhotoSorter sorter;

    /**
     * Prepares the sorting.
     *
     * @param sources folders that the photos come from
     */
    void open(List<Path> sources) throws IOException {
        for (Path source : sources) {
            if (Files.isDirectory(source) && real(into).startsWith(source.toRealPath())) {
                throw new OptionException(
                        "--sort-into=%s cannot be used: it is inside of %s, so that the sorted photos would be sorted again."
                                .formatted(into, source));
            }
        }
        sorter = new PhotoSorter(into, means());
    }

    /** The path without links, of a folder that need not be there. */
    private static Path real(Path folder) throws IOException {
        Path absolute = folder.toAbsolutePath().normalize();
        if (Files.exists(absolute) || absolute.getParent() == null) {
            return absolute.toRealPath();
        }
        return real(absolute.getParent()).resolve(absolute.getFileName());
    }

    private Means means() {
        if (link == null) {
            return Means.COPY;
        }
        return switch (link.toLowerCase(Locale.ROOT)) {
            case "hard" -> Means.HARD_LINK;
            case "symbolic" -> Means.SYMBOLIC_LINK;
            default -> throw new OptionException("--link=%s cannot be used: it is hard or symbolic.".formatted(link));
        };
    }

    Path into() {
        return into;
    }

    boolean isDryRun() {
        return !yes;
    }

    /** Sorts a photo, or finds where it would go. */
    Place sort(Path photo, String word) throws IOException {
        Place place = yes ? sorter.sort(photo, word) : sorter.place(photo, word);
        if (place.there()) {
            there++;
        } else {
            counts.merge(word, 1, Integer::sum);
        }
        return place;
    }

    /** The sentences that sum up what was done. */
    String summary(int unreadable) {
        int all = counts.values().stream().mapToInt(Integer::intValue).sum();
        String done = "%s%s".formatted(yes ? "" : "would be ", link == null ? "copied" : "linked");
        String folders = counts.entrySet().stream()
                .map(each -> String.format(Locale.ROOT, "%,d into %s", each.getValue(), each.getKey()))
                .collect(Collectors.joining(", "));
        return String.format(Locale.ROOT, "%,d photo%s %s", all, all == 1 ? "" : "s", done)
                + (all == 0 ? "." : ": " + folders + ".")
                + (there == 0 ? "" : String.format(Locale.ROOT, " There already: %,d.", there))
                + (unreadable == 0 ? "" : String.format(Locale.ROOT, " Cannot be read: %,d.", unreadable))
                + (yes ? "" : " Nothing was written; --yes does it.");
    }
}

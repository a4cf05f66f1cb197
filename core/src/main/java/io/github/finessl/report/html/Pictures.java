package io.github.finessl.report.html;

import io.github.finessl.report.Prediction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Pictures under one heading, such as the test images of one class that were taken for another.
 *
 * @param id that a link leads to
 * @param more how many are not shown, in words; empty where none are left
 */
record Pictures(String id, String title, List<Tile> tiles, String more) {
    private static final int MISTAKES = 60;
    private static final int LABELLED = 120;

    private static final int GROUP = 6;

    /** The anchor of the pictures of a mistake. */
    static String id(int truth, int predicted) {
        return "mistake-" + truth + "-" + predicted;
    }

    /** Test images that were taken for another class, the most frequent mistakes and of each the surest answers first. */
    static List<Pictures> ofMistakes(List<Prediction> test, List<String> classes, Thumbnails thumbnails)
            throws IOException {
        List<List<Prediction>> mistakes = test.stream()
                .filter(each -> each.predicted() != each.label())
                .collect(Collectors.groupingBy(
                        each -> List.of(each.label(), each.predicted()),
                        () -> new TreeMap<List<Integer>, List<Prediction>>(
                                Comparator.comparing((List<Integer> pair) -> pair.get(0))
                                        .thenComparing(pair -> pair.get(1))),
                        Collectors.toList()))
                .values()
                .stream()
                .sorted(Comparator.comparing((List<Prediction> some) -> some.size())
                        .reversed())
                .toList();
        List<Pictures> groups = new ArrayList<>();
        int left = MISTAKES;
        for (List<Prediction> some : mistakes) {
            List<Prediction> shown = some.stream()
                    .sorted(Comparator.comparing(Prediction::confidence).reversed())
                    .limit(Math.min(GROUP, left))
                    .toList();
            if (shown.isEmpty()) {
                break;
            }
            left -= shown.size();
            int truth = some.get(0).label();
            int predicted = some.get(0).predicted();
            List<Tile> tiles = new ArrayList<>();
            for (Prediction each : shown) {
                tiles.add(Tile.ofMistake(each, classes, thumbnails));
            }
            groups.add(new Pictures(
                    id(truth, predicted),
                    classes.get(truth) + " taken for " + classes.get(predicted),
                    tiles,
                    more(some.size() - shown.size())));
        }
        return groups;
    }

    /** Labelled images of each class. */
    static List<Pictures> ofLabelled(List<LabelledImage> labelled, List<String> classes, Thumbnails thumbnails)
            throws IOException {
        int each = Math.min(GROUP, LABELLED / classes.size());
        Map<Integer, List<LabelledImage>> byClass = labelled.stream()
                .collect(Collectors.groupingBy(LabelledImage::label, TreeMap::new, Collectors.toList()));
        List<Pictures> groups = new ArrayList<>();
        for (Map.Entry<Integer, List<LabelledImage>> some : byClass.entrySet()) {
            List<Tile> tiles = new ArrayList<>();
            for (LabelledImage image : some.getValue()
                    .subList(0, Math.min(Math.max(1, each), some.getValue().size()))) {
                tiles.add(Tile.ofLabelled(image, classes, thumbnails));
            }
            String name = classes.get(some.getKey());
            groups.add(new Pictures(
                    "labelled-" + some.getKey(),
                    name,
                    tiles,
                    more(some.getValue().size() - tiles.size())));
        }
        return groups;
    }

    private static String more(int left) {
        return left == 0 ? "" : "and " + Wording.count(left) + " more";
    }
}

package io.github.finessl.report.html;

import io.github.finessl.report.FolderFacts;
import io.github.finessl.report.FolderFacts.ClassImages;
import io.github.finessl.report.FolderFacts.Copies;
import io.github.finessl.report.FolderFacts.Picture;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The part of the report that says what is in the folders.
 *
 * @param warnings what should be mended, in sentences
 * @param few the classes with few labelled images, in words; empty where there are none
 * @param copies how many pictures are there more than once, in words; empty where none is
 * @param groups the first of them
 * @param alike pairs of classes that are hard to tell apart
 */
record Folders(
        List<String> warnings,
        List<Row> classes,
        Optional<String> few,
        Optional<String> copies,
        List<Group> groups,
        List<Pair> alike) {

    private static final int GROUPS = 12;
    private static final int PICTURES = 6;

    /** The numbers of a class's images. */
    record Row(String name, String labelled, String test) {}

    /** Pictures that are the same. */
    record Group(String title, List<Tile> tiles) {}

    /** Two classes, and how often they are confused. */
    record Pair(String one, String other, String confused) {}

    static Optional<Folders> of(FolderFacts facts, Thumbnails thumbnails) throws IOException {
        if (facts.classes().isEmpty()) {
            return Optional.empty();
        }
        List<Group> groups = new ArrayList<>();
        for (Copies each :
                facts.copies().subList(0, Math.min(GROUPS, facts.copies().size()))) {
            groups.add(group(each, thumbnails));
        }
        List<String> few = facts.withFewLabels().stream().map(ClassImages::name).toList();
        return Optional.of(new Folders(
                facts.warnings(),
                facts.classes().stream()
                        .map(each -> new Row(each.name(), Wording.count(each.labelled()), Wording.count(each.test())))
                        .toList(),
                few.isEmpty() ? Optional.empty() : Optional.of(Wording.list(few)),
                facts.copies().isEmpty()
                        ? Optional.empty()
                        : Optional.of(Wording.count(facts.copies().size(), "picture is", "pictures are")),
                groups,
                facts.alike().stream()
                        .map(each -> new Pair(each.one(), each.other(), Wording.wholePercent(each.confused())))
                        .toList()));
    }

    private static Group group(Copies copies, Thumbnails thumbnails) throws IOException {
        String kind =
                copies.identical() ? "the same file" : "nearly the same, cosine " + Wording.figure(copies.cosine());
        String count = Wording.count(copies.pictures().size(), "picture", "pictures");
        String why = (copies.isLeak() ? ", labelled and test" : "") + (copies.isContradiction() ? ", two labels" : "");
        List<Tile> tiles = new ArrayList<>();
        for (Picture each : copies.pictures()
                .subList(0, Math.min(PICTURES, copies.pictures().size()))) {
            tiles.add(Tile.ofCopy(each, thumbnails));
        }
        return new Group(count + ", " + kind + why, tiles);
    }
}

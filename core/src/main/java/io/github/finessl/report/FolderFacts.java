package io.github.finessl.report;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The facts about a training's images that can be known before it: how many of each class there are, which pictures are there
 * more than once, which classes look alike, and what could not be read.
 *
 * @param classes in label order
 * @param unlabelled number of unlabelled images
 * @param copies groups of pictures that are the same or nearly so, the serious ones first
 * @param alike pairs of classes whose labelled images are hard to tell apart, the hardest first
 * @param unreadable files that were left out
 */
public record FolderFacts(
        List<ClassImages> classes,
        int unlabelled,
        List<Copies> copies,
        List<AlikeClasses> alike,
        List<Unreadable> unreadable) {

    /** Facts of no images. */
    public static final FolderFacts NONE = new FolderFacts(List.of(), 0, List.of(), List.of(), List.of());

    /** Fewer labelled images of a class than these are few. */
    public static final int FEW = 3;

    /** The parts of a training's images. */
    public enum Part {
        LABELLED,
        UNLABELLED,
        TEST;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** The number of a class's images. */
    public record ClassImages(String name, int labelled, int test) {}

    /**
     * An image among its copies.
     *
     * @param label name of its class; empty for an unlabelled one
     */
    public record Picture(String image, Part part, Optional<String> label) {}

    /**
     * Pictures that are the same.
     *
     * @param cosine the least of those by which the group hangs together; 1 where the files' content is the same
     * @param pictures two or more
     */
    public record Copies(boolean identical, double cosine, List<Picture> pictures) {

        /** Whether a labelled picture is a test image too, so that the accuracy flatters. */
        @JsonIgnore
        public boolean isLeak() {
            return parts().containsAll(EnumSet.of(Part.LABELLED, Part.TEST));
        }

        /** Whether the same picture has two labels. */
        @JsonIgnore
        public boolean isContradiction() {
            return pictures.stream()
                            .map(Picture::label)
                            .flatMap(Optional::stream)
                            .distinct()
                            .count()
                    > 1;
        }

        /** Whether it should be mended before a training. */
        @JsonIgnore
        public boolean isSerious() {
            return isLeak() || isContradiction();
        }

        /** The parts that the pictures lie in. */
        public Set<Part> parts() {
            return pictures.stream()
                    .map(Picture::part)
                    .collect(Collectors.toCollection(() -> EnumSet.noneOf(Part.class)));
        }
    }

    /**
     * Two classes that look alike.
     *
     * @param confused the part of their labelled images, 0 to 1, that are nearer to the mean of the other class than to that of
     *     the others of their own; half of them where the classes are one
     */
    public record AlikeClasses(String one, String other, double confused) {}

    /** The names of classes with fewer than {@value #FEW} labelled images. */
    public List<ClassImages> withFewLabels() {
        return classes.stream().filter(each -> each.labelled() < FEW).toList();
    }

    /** The number of test images that are labelled images too. */
    public int leakedTestImages() {
        return (int) copies.stream()
                .filter(Copies::isLeak)
                .flatMap(group -> group.pictures().stream())
                .filter(picture -> picture.part() == Part.TEST)
                .count();
    }

    /** The number of pictures that have two labels. */
    public int contradictions() {
        return (int) copies.stream().filter(Copies::isContradiction).count();
    }

    /** What should be mended before a training, in sentences. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        int leaked = leakedTestImages();
        if (leaked > 0) {
            warnings.add("%,d test image%s or nearly so: the accuracy flatters."
                    .formatted(leaked, leaked == 1 ? " is a labelled image too" : "s are labelled images too"));
        }
        int contradictions = contradictions();
        if (contradictions > 0) {
            warnings.add("%,d picture%s two labels, on copies that are the same or nearly so."
                    .formatted(contradictions, contradictions == 1 ? " has" : "s have"));
        }
        return warnings;
    }
}

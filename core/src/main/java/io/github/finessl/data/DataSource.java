package io.github.finessl.data;

import io.github.finessl.augment.Normalisation;
import java.util.List;
import java.util.stream.Stream;

/**
 * A data set's two parts, kept apart: splits and training loaders take the source and use {@code train} alone.
 *
 * @param name as the user gave it
 * @param kind what its files are
 * @param bringsSplit whether its labelled images are those with a label and its unlabelled ones those without
 * @param strangers images known to be of none of the classes, which nothing is trained on
 */
public record DataSource(
        String name, Kind kind, boolean bringsSplit, Dataset train, Dataset test, KnownStrangers strangers) {

    /** The kinds of data sets, told apart by their files. */
    public enum Kind {
        CIFAR("CIFAR records"),
        FOLDERS("a folder of images for each class"),
        PHOTOS("folders of photos"),
        LISTS("lists of images"),
        FOOD101("FOOD-101 as unpacked"),
        SEMI_AVES("Semi-Aves with its official lists"),
        GROCERY("Grocery Store with its lists"),
        MEMORY("in memory");

        private final String description;

        Kind(String description) {
            this.description = description;
        }

        @Override
        public String toString() {
            return description;
        }
    }

    public DataSource {
        ClassNames.require(name, train.classes());
        if (!train.classes().equals(test.classes())) {
            throw new DataException("The training and test parts of %s must have the same classes, but have %s and %s."
                    .formatted(name, train.classes(), test.classes()));
        }
    }

    /** A data set without known strangers. */
    public DataSource(String name, Kind kind, boolean bringsSplit, Dataset train, Dataset test) {
        this(name, kind, bringsSplit, train, test, KnownStrangers.none(train.classes()));
    }

    /** A data set made in memory of two parts, to be split at will. */
    public DataSource(String name, Dataset train, Dataset test) {
        this(name, Kind.MEMORY, false, train, test);
    }

    /** The images that all parts leave out because they cannot be read. */
    public List<SkippedImage> skipped() {
        return Stream.of(train, test, strangers.training(), strangers.test())
                .flatMap(part -> part.skipped().stream())
                .toList();
    }

    /** Class names in label order. */
    public List<String> classes() {
        return train.classes();
    }

    /** The constants that the reference normalises a data set with: CIFAR's own by name, otherwise ImageNet's. */
    public static Normalisation normalisation(String name) {
        if (name.startsWith("cifar100")) {
            return Normalisation.CIFAR100;
        }
        return name.startsWith("cifar10") ? Normalisation.CIFAR10 : Normalisation.IMAGENET;
    }
}

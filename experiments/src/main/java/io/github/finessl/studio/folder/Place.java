package io.github.finessl.studio.folder;

/** The part of the folder that a photo lies in, which says what is known of it. */
public sealed interface Place {

    /** The part of photos whose class is not known. */
    record Unlabelled() implements Place {}

    /**
     * The part of photos of a class.
     *
     * @param className in composed form
     */
    record Labelled(String className) implements Place {}

    /** The part of photos that are known to be of none of the classes. */
    record NoClass() implements Place {}

    /**
     * The part of photos of a class that test models and are not labelled here.
     *
     * @param className in composed form
     */
    record Test(String className) implements Place {}

    /** {@link Unlabelled}. */
    Place UNLABELLED = new Unlabelled();

    /** {@link NoClass}. */
    Place NO_CLASS = new NoClass();

    /** A photo's place among those of a class. */
    static Place labelled(String className) {
        return new Labelled(className);
    }
}

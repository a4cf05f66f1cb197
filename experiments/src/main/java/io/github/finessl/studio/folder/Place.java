package io.github.finessl.studio.folder;

import java.text.Normalizer;

/** The part of the folder that a photo lies in, which says what is known of it. */
public sealed interface Place {

    /** The part of photos whose class is not known. */
    record Unlabelled() implements Place {}

    /**
     * The part of photos of a class.
     *
     * @param className in composed form, which it is given
     */
    record Labelled(String className) implements Place {
        public Labelled {
            className = composed(className);
        }
    }

    /** The part of photos that are known to be of none of the classes. */
    record NoClass() implements Place {}

    /**
     * The part of photos of a class that test models and are not labelled here.
     *
     * @param className in composed form, which it is given
     */
    record Test(String className) implements Place {
        public Test {
            className = composed(className);
        }
    }

    /** {@link Unlabelled}. */
    Place UNLABELLED = new Unlabelled();

    /** {@link NoClass}. */
    Place NO_CLASS = new NoClass();

    /** A photo's place among those of a class. */
    static Place labelled(String className) {
        return new Labelled(className);
    }

    /** A name in the form (NFC) in which names are compared: macOS writes é as two characters where others write one. */
    static String composed(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFC);
    }
}

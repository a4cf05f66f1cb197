package io.github.finessl.studio.learn;

import io.github.finessl.InstantGuesses;
import io.github.finessl.LabelCheck;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.Preparation;
import io.github.finessl.studio.photo.StudioPhoto;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The photos of a library whose features are known, with the labels of one moment.
 *
 * @param classes names of the classes with labelled photos, in order
 * @param labelled photos with a class
 * @param names of their classes
 * @param ofLabelled their features [L, D]
 * @param open photos that have no label yet
 * @param ofOpen their features [n, D]
 */
record LabelledFeatures(
        List<String> classes,
        List<StudioPhoto> labelled,
        List<String> names,
        float[][] ofLabelled,
        List<StudioPhoto> open,
        float[][] ofOpen) {

    static LabelledFeatures of(PhotoLibrary library, Preparation preparation) {
        List<StudioPhoto> labelled = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<float[]> ofLabelled = new ArrayList<>();
        List<StudioPhoto> open = new ArrayList<>();
        List<float[]> ofOpen = new ArrayList<>();
        for (StudioPhoto photo : library.all()) {
            Optional<float[]> features = preparation.features(photo);
            if (features.isPresent() && photo.place() instanceof Place.Labelled of) {
                labelled.add(photo);
                names.add(of.className());
                ofLabelled.add(features.get());
            } else if (features.isPresent() && photo.isOpen()) {
                open.add(photo);
                ofOpen.add(features.get());
            }
        }
        return new LabelledFeatures(
                List.copyOf(new TreeSet<>(names)),
                labelled,
                names,
                ofLabelled.toArray(float[][]::new),
                open,
                ofOpen.toArray(float[][]::new));
    }

    /** Whether there are two classes to tell apart. */
    boolean canTell() {
        return classes.size() > 1;
    }

    /** The labels of the labelled photos as indices of classes [L]. */
    int[] labels() {
        return names.stream().mapToInt(classes::indexOf).toArray();
    }

    /** Guesses from the labels, of two classes at least. */
    InstantGuesses guesses() {
        return InstantGuesses.of(ofLabelled, labels(), ofOpen, classes.size());
    }

    /** A check of the labels, of two classes at least. */
    LabelCheck check() {
        return new LabelCheck(ofLabelled, labels(), ofOpen, classes.size());
    }
}

package io.github.finessl.studio.learn;

import io.github.finessl.report.LabelCurve;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.Preparation;
import io.github.finessl.studio.photo.StudioPhoto;
import java.util.List;
import java.util.Optional;

/**
 * How right the instant guesses are with fewer labels than there are, and whether more would help: on the photos in {@code test},
 * or else on labelled photos that are held out in turn. Works in the background when it is asked; thread-safe.
 */
public final class LabelGrowth implements AutoCloseable {

    private final PhotoLibrary library;
    private final Preparation preparation;
    private final OnDemand<Optional<LabelCurve>> curve =
            new OnDemand<>("finessl-studio-growth", Optional.empty(), this::curve);

    /**
     * What is known of it.
     *
     * @param looking whether another curve is being computed
     * @param curve empty before the first one, and for fewer than two classes
     * @param outlook whether more labels will help
     */
    public record State(boolean looking, Optional<LabelCurve> curve, Optional<LabelCurve.Outlook> outlook) {}

    /** The growth of a library's labels. */
    public LabelGrowth(PhotoLibrary library, Preparation preparation) {
        this.library = library;
        this.preparation = preparation;
    }

    /** Adds what is called, by the worker, when there is another curve. */
    public void onChange(Runnable listener) {
        curve.onChange(listener);
    }

    /** Tells that labels or features are others now. */
    public void changed() {
        curve.changed();
    }

    /** Computes the curve, in the background, if labels have changed since it was. */
    public void refresh() {
        curve.refresh();
    }

    /** What is known. */
    public State state() {
        Optional<LabelCurve> found = curve.found();
        return new State(curve.isLooking(), found, found.map(LabelCurve::outlook));
    }

    private Optional<LabelCurve> curve() {
        LabelledFeatures known = LabelledFeatures.of(library, preparation);
        return known.canTell() ? Optional.of(curve(known)) : Optional.empty();
    }

    private LabelCurve curve(LabelledFeatures known) {
        List<StudioPhoto> test = library.all().stream()
                .filter(photo -> photo.place() instanceof Place.Test of
                        && known.classes().contains(of.className())
                        && preparation.features(photo).isPresent())
                .toList();
        if (test.size() < Judge.ENOUGH) {
            return known.check().curve();
        }
        return known.check()
                .curve(
                        test.stream()
                                .map(photo -> preparation.features(photo).orElseThrow())
                                .toArray(float[][]::new),
                        test.stream()
                                .mapToInt(photo -> known.classes()
                                        .indexOf(photo.className().orElseThrow()))
                                .toArray());
    }

    /** Waits for the curve that is being computed. */
    @Override
    public void close() {
        curve.close();
    }
}

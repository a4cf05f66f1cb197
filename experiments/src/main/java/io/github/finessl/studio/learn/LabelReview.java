package io.github.finessl.studio.learn;

import io.github.finessl.report.LabelVotes;
import io.github.finessl.studio.folder.CheckedLabels;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.folder.StudioException;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.Preparation;
import io.github.finessl.studio.photo.StudioPhoto;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The labels that look wrong: of labelled photos that the other photos take for another class, by {@link
 * io.github.finessl.LabelCheck}, as the report of a training finds them. Those that a person has found right are left out. Works in
 * the background when it is asked; thread-safe.
 */
public final class LabelReview implements AutoCloseable {

    private final PhotoLibrary library;
    private final Preparation preparation;
    private final CheckedLabels checked;
    private final OnDemand<Found> review =
            new OnDemand<>("finessl-studio-review", new Found(List.of(), 0, 0), this::look);

    /**
     * A labelled photo whose label looks wrong.
     *
     * @param answer the class that the other photos make of it
     * @param share of the other photos' votes for its own label, 0 to 1
     * @param answerShare of their votes for the answer
     */
    public record Doubtful(StudioPhoto photo, String answer, double share, double answerShare) {}

    /**
     * What was found the last time.
     *
     * @param compared labelled photos that were looked at
     * @param alone labelled photos that could not be, being the only ones of their classes
     */
    private record Found(List<Doubtful> doubtful, int compared, int alone) {}

    /**
     * The labels that look wrong.
     *
     * @param looking whether others may be found at any moment
     * @param doubtful the most doubtful first
     * @param compared labelled photos that were looked at
     * @param alone labelled photos that could not be, being the only ones of their classes
     */
    public record State(boolean looking, List<Doubtful> doubtful, int compared, int alone) {}

    /** A review of a library's labels. */
    public LabelReview(PhotoLibrary library, Preparation preparation, CheckedLabels checked) {
        this.library = library;
        this.preparation = preparation;
        this.checked = checked;
    }

    /** Adds what is called, by the worker, when it has looked. */
    public void onChange(Runnable listener) {
        review.onChange(listener);
    }

    /** Tells that labels or features are others now. */
    public void changed() {
        review.changed();
    }

    /** Looks at all labels again, in the background, if they have changed since it did. */
    public void refresh() {
        review.refresh();
    }

    /** The labels that look wrong, of those that are still as they were when they were looked at. */
    public State state() {
        Found now = review.found();
        Map<String, StudioPhoto> photos = new HashMap<>();
        library.all().forEach(photo -> photos.put(photo.id(), photo));
        List<Doubtful> open = now.doubtful().stream()
                .filter(each -> photos.containsKey(each.photo().id()))
                .filter(each -> photos.get(each.photo().id())
                        .place()
                        .equals(each.photo().place()))
                .filter(each -> !isRight(each.photo()))
                .toList();
        return new State(review.isLooking(), open, now.compared(), now.alone());
    }

    private boolean isRight(StudioPhoto photo) {
        return checked.isRight(photo.sha256().orElse(""), photo.className().orElse(""));
    }

    /**
     * Notes that a photo's label is right, or takes that back.
     *
     * @throws StudioException if the photo has no label, or that cannot be written
     */
    public void right(StudioPhoto photo, boolean isRight) {
        if (!(photo.place() instanceof Place.Labelled of) || photo.sha256().isEmpty()) {
            throw new StudioException("%s has no label to be checked.".formatted(photo.path()));
        }
        checked.set(photo.sha256().get(), of.className(), isRight);
        review.tell();
    }

    private Found look() {
        LabelledFeatures known = LabelledFeatures.of(library, preparation);
        return known.canTell()
                ? found(known)
                : new Found(List.of(), 0, known.labelled().size());
    }

    private static Found found(LabelledFeatures known) {
        List<Optional<LabelVotes>> votes = known.check().votes();
        record Vote(StudioPhoto photo, LabelVotes votes) {}
        List<Vote> wrong = new ArrayList<>();
        for (int i = 0; i < votes.size(); i++) {
            if (votes.get(i).filter(LabelVotes::lookWrong).isPresent()) {
                wrong.add(new Vote(known.labelled().get(i), votes.get(i).get()));
            }
        }
        wrong.sort(Comparator.comparingDouble((Vote vote) -> vote.votes().odds())
                .reversed()
                .thenComparing(vote -> vote.photo().path()));
        int compared = (int) votes.stream().filter(Optional::isPresent).count();
        return new Found(
                wrong.stream()
                        .map(vote -> new Doubtful(
                                vote.photo(),
                                known.classes().get(vote.votes().answer()),
                                vote.votes().share(),
                                vote.votes().answerShare()))
                        .toList(),
                compared,
                votes.size() - compared);
    }

    /** Waits for the look that is being taken. */
    @Override
    public void close() {
        review.close();
    }
}

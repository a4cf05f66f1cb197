package io.github.finessl.studio.web;

import io.github.finessl.studio.learn.LabelReview;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.StudioPhoto;
import io.github.finessl.web.Body;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;

/** The requests that show labels that look wrong, and say of them that they are right. */
final class ReviewApi {

    private static final int MOST_SHOWN = 200;

    private final PhotoLibrary library;
    private final LabelReview review;

    /**
     * A labelled photo whose label looks wrong.
     *
     * @param answer the class that the other photos make of it
     * @param share of the other photos' votes for its own label
     * @param answerShare of their votes for the answer
     */
    private record Shown(String id, String name, String className, String answer, double share, double answerShare) {}

    /**
     * The labels that look wrong.
     *
     * @param looking whether others may be found at any moment
     * @param photos the most doubtful first, not more than {@value #MOST_SHOWN}
     * @param inAll how many there are
     * @param compared labelled photos that were looked at
     * @param alone labelled photos that are the only ones of their classes
     */
    private record Review(boolean looking, List<Shown> photos, int inAll, int compared, int alone) {}

    /** A word on a label. */
    private record Word(String photo, Boolean right) {}

    ReviewApi(PhotoLibrary library, LabelReview review) {
        this.library = library;
        this.review = review;
    }

    void addTo(RoutesConfig routes) {
        routes.get("/api/review", request -> {
            review.refresh();
            Body.answer(request, shown());
        });
        routes.post("/api/review/right", this::right);
    }

    private Review shown() {
        LabelReview.State state = review.state();
        return new Review(
                state.looking(),
                state.doubtful().stream()
                        .limit(MOST_SHOWN)
                        .map(ReviewApi::shown)
                        .toList(),
                state.doubtful().size(),
                state.compared(),
                state.alone());
    }

    private static Shown shown(LabelReview.Doubtful each) {
        StudioPhoto photo = each.photo();
        return new Shown(
                photo.id(),
                photo.name(),
                photo.className().orElse(""),
                each.answer(),
                each.share(),
                each.answerShare());
    }

    private void right(Context request) {
        Word word = Body.read(request, Word.class);
        review.right(library.photo(Body.part("photo", word.photo())), Body.part("right", word.right()));
        Body.answer(request, true);
    }
}

package io.github.finessl.studio.web;

import io.github.finessl.serve.Classification.Guess;
import io.github.finessl.studio.learn.Learning;
import io.github.finessl.studio.learn.ModelAnswers;
import io.github.finessl.web.Body;
import io.github.finessl.web.Refused;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;
import java.util.concurrent.Semaphore;

/** The requests that train models, list and compare them, put one to use and try it. */
final class ModelApi {

    private static final int MOST_PHOTO_BYTES = 50 << 20;
    private static final int MOST_ANSWERS = 5;

    private final Learning learning;
    private final Semaphore trying = new Semaphore(1);

    /** A class and its probability. */
    private record Answer(String className, double probability) {
        static Answer of(Guess guess) {
            return new Answer(guess.label(), guess.probability());
        }
    }

    /** The answer for a photo, the likeliest class first, by a model. */
    private record Answers(String model, List<Answer> answers) {}

    /**
     * A wish for a training.
     *
     * @param goOn whether the one that was stopped is to go on
     * @param setAside whether some of the labelled photos are to test the model
     */
    private record TrainingWish(boolean goOn, boolean setAside) {}

    /** A wish for a model. */
    private record ModelWish(String number) {}

    ModelApi(Learning learning) {
        this.learning = learning;
    }

    void addTo(RoutesConfig routes) {
        routes.get(
                "/api/models", request -> Body.answer(request, learning.models().all()));
        routes.get(
                "/api/models/unreadable",
                request -> Body.answer(request, learning.models().unreadable()));
        routes.get(
                "/api/history",
                request -> Body.answer(request, learning.history().history()));
        routes.get("/api/compare", this::compare);
        routes.get("/api/growth", request -> {
            learning.growth().refresh();
            Body.answer(request, learning.growth().state());
        });
        routes.post("/api/models/use", request -> {
            learning.models()
                    .use(Body.part("number", Body.read(request, ModelWish.class).number()));
            Body.answer(request, learning.history().history());
        });
        routes.post("/api/train", this::train);
        routes.post("/api/train/stop", request -> {
            learning.trainings().stop();
            Body.answer(request, learning.trainings().state());
        });
        routes.post(Guard.TRY, this::answer);
    }

    private void compare(Context request) {
        Body.answer(
                request,
                learning.history()
                        .compare(
                                Body.part("one", request.queryParam("one")),
                                Body.part("other", request.queryParam("other"))));
    }

    private void train(Context request) {
        TrainingWish wish = Body.read(request, TrainingWish.class);
        if (wish.goOn()) {
            learning.trainings().goOn();
        } else {
            learning.trainings().begin(wish.setAside());
        }
        Body.answer(request, learning.trainings().state());
    }

    private void answer(Context request) {
        if (!trying.tryAcquire()) {
            throw new Refused(429, "Another photo is being tried; one at a time.");
        }
        try {
            ModelAnswers.Answer answer = learning.answers().ask(Body.bytes(request, MOST_PHOTO_BYTES));
            Body.answer(
                    request,
                    new Answers(
                            answer.model(),
                            answer.classification().top(MOST_ANSWERS).stream()
                                    .map(Answer::of)
                                    .toList()));
        } finally {
            trying.release();
        }
    }
}

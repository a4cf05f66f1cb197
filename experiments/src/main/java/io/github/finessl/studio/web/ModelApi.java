package io.github.finessl.studio.web;

import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.ImageDecoder;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Precision;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.studio.folder.StudioException;
import io.github.finessl.studio.learn.TrainedModel;
import io.github.finessl.studio.learn.Trainings;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.web.Body;
import io.github.finessl.web.Refused;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;

/** The requests that train models, list them, try them and export them. */
final class ModelApi implements AutoCloseable {

    private static final int MOST_PHOTO_BYTES = 50 << 20;

    private final PhotoLibrary library;
    private final Trainings trainings;
    private final Precision precision;
    private final Semaphore trying = new Semaphore(1);
    private FineSslModel model;

    /** A class and its probability. */
    private record Answer(String className, double probability) {}

    /** The answer for a photo, the likeliest class first, by a model. */
    private record Answers(String model, List<Answer> answers) {}

    /** A wish for a model, or for a training to go on. */
    private record ModelWish(String number, boolean goOn) {}

    /** A file that was written. */
    private record Written(String file) {}

    ModelApi(PhotoLibrary library, Trainings trainings, Precision precision) {
        this.library = library;
        this.trainings = trainings;
        this.precision = precision;
    }

    void addTo(RoutesConfig routes) {
        routes.get("/api/models", request -> Body.answer(request, TrainedModel.all(library.folder())));
        routes.post("/api/train", this::train);
        routes.post("/api/train/stop", request -> {
            trainings.stop();
            Body.answer(request, trainings.state());
        });
        routes.post("/api/models/export", this::export);
        routes.post(Guard.TRY, this::answer);
    }

    private void train(Context request) {
        if (Body.read(request, ModelWish.class).goOn()) {
            trainings.goOn();
        } else {
            trainings.begin();
        }
        Body.answer(request, trainings.state());
    }

    private void export(Context request) {
        String number = String.valueOf(Body.read(request, ModelWish.class).number());
        Path folder = TrainedModel.folder(library.folder(), number);
        Path file = folder.resolveSibling(number + ".onnx");
        try (FineSslModel loaded = FineSslModel.load(folder, KernelChoice.open(precision))) {
            loaded.exportOnnx(file);
        } catch (IOException e) { // its message is a sentence that names the file
            throw new StudioException(e.getMessage(), e);
        }
        Body.answer(
                request, new Written(library.folder().home().relativize(file).toString()));
    }

    private void answer(Context request) {
        if (!trying.tryAcquire()) {
            throw new Refused(429, "Another photo is being tried; one at a time.");
        }
        try {
            byte[] bytes = Body.bytes(request, MOST_PHOTO_BYTES);
            RgbImage pixels = ImageDecoder.PHOTO.decode(bytes, "The photo");
            FineSslModel newest = newest();
            Classification answer = newest.classify(pixels.toBufferedImage());
            List<Answer> answers = IntStream.range(0, answer.classes().size())
                    .mapToObj(i -> new Answer(
                            answer.classes().get(i), answer.probabilities().get(i)))
                    .sorted(Comparator.comparingDouble(Answer::probability).reversed())
                    .limit(5)
                    .toList();
            Body.answer(request, new Answers(newest.folder().getFileName().toString(), answers));
        } finally {
            trying.release();
        }
    }

    private synchronized FineSslModel newest() {
        List<TrainedModel> models = TrainedModel.all(library.folder());
        if (models.isEmpty()) {
            throw new Refused(409, "There is no model yet to try: train one first.");
        }
        Path folder = TrainedModel.folder(library.folder(), models.get(0).number());
        if (model != null && !model.folder().equals(folder)) {
            model.close();
            model = null;
        }
        if (model == null) {
            model = FineSslModel.load(folder, KernelChoice.open(precision));
        }
        return model;
    }

    @Override
    public synchronized void close() {
        if (model != null) {
            model.close();
        }
    }
}

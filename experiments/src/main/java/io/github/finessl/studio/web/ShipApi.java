package io.github.finessl.studio.web;

import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Precision;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.studio.folder.StudioException;
import io.github.finessl.studio.learn.AnswerTable;
import io.github.finessl.studio.learn.Decisions;
import io.github.finessl.studio.learn.Judge;
import io.github.finessl.studio.learn.Learning;
import io.github.finessl.studio.learn.ModelAnswers;
import io.github.finessl.studio.learn.PhotoSorting;
import io.github.finessl.studio.learn.Price;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.web.Body;
import io.github.finessl.web.Refused;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The requests that choose the threshold by its price, and take the model in use and its answers elsewhere. */
final class ShipApi {

    private final PhotoLibrary library;
    private final Learning learning;
    private final Precision precision;

    /**
     * What can be taken elsewhere, and how.
     *
     * @param answers how many photos the model in use has answered
     * @param folder of the model; empty without one
     * @param unsureBelow the threshold that was chosen for it, 0 for none
     * @param knowsNone whether it has a rule for photos of no class
     * @param prices of thresholds; empty where there are too few photos to tell
     * @param onTest whether these photos are those in {@code test}, rather than those labelled since the training
     * @param judged how many they are
     * @param onnx whether the ONNX file is there as the model is now
     * @param sorted the folder that photos would be sorted into
     * @param bytes that copies of all photos take
     */
    private record Shipping(
            ModelAnswers.State answers,
            String folder,
            double unsureBelow,
            boolean knowsNone,
            List<Price> prices,
            boolean onTest,
            int judged,
            boolean onnx,
            String sorted,
            long bytes,
            PhotoSorting.State sorting) {}

    /** A wish for a model. */
    private record ModelWish(String number) {}

    /** A wish for a model's threshold. */
    private record ThresholdWish(String number, Double threshold) {}

    /** A wish for sorted photos. */
    private record SortingWish(boolean unknown) {}

    /** A file that was written. */
    private record Written(String file) {}

    ShipApi(PhotoLibrary library, Learning learning, Precision precision) {
        this.library = library;
        this.learning = learning;
        this.precision = precision;
    }

    void addTo(RoutesConfig routes) {
        routes.get("/api/ship", request -> Body.answer(request, shipping()));
        routes.post("/api/models/threshold", this::threshold);
        routes.post("/api/models/export", this::export);
        routes.get("/api/photos.csv", this::table);
        routes.post("/api/sort", request -> {
            learning.sorting().begin(Body.read(request, SortingWish.class).unknown());
            Body.answer(request, learning.sorting().state());
        });
        routes.post("/api/sort/stop", request -> {
            learning.sorting().stop();
            Body.answer(request, learning.sorting().state());
        });
    }

    private Shipping shipping() {
        ModelAnswers.State answers = learning.answers().state();
        Optional<Path> folder = answers.model().map(learning.models()::folder);
        Judge.Exam last = learning.judge().exam();
        Judge.Exam exam =
                last.model().equals(answers.model()) ? last : new Judge.Exam(answers.model(), false, List.of());
        return new Shipping(
                answers,
                folder.map(Path::toString).orElse(""),
                answers.model().map(learning.models()::unsureBelow).orElse(0.0),
                folder.filter(each -> ModelFolder.read(each).refusal().isPresent())
                        .isPresent(),
                exam.isEnough() ? Price.of(exam.photos()) : List.of(),
                exam.onTest(),
                exam.photos().size(),
                answers.model().filter(this::hasOnnx).isPresent(),
                learning.sorting().target().toString(),
                learning.sorting().bytes(),
                learning.sorting().state());
    }

    /** Whether the file is there, and written since the model's threshold was. */
    private boolean hasOnnx(String number) {
        try {
            Path card = learning.models().folder(number).resolve(ModelFolder.CARD);
            return Files.isRegularFile(onnx(number))
                    && Files.getLastModifiedTime(onnx(number)).compareTo(Files.getLastModifiedTime(card)) >= 0;
        } catch (IOException e) {
            return false;
        }
    }

    private Path onnx(String number) {
        return learning.models().folder(number).resolveSibling(number + ".onnx");
    }

    private void threshold(Context request) {
        ThresholdWish wish = Body.read(request, ThresholdWish.class);
        learning.models().unsureBelow(Body.part("number", wish.number()), Body.part("threshold", wish.threshold()));
        Body.answer(request, shipping());
    }

    private void export(Context request) {
        String number = Body.part("number", Body.read(request, ModelWish.class).number());
        Path file = onnx(number);
        try (FineSslModel loaded = FineSslModel.load(learning.models().folder(number), KernelChoice.open(precision))) {
            loaded.exportOnnx(file);
        } catch (IOException e) { // its message is a sentence that names the file
            throw new StudioException(e.getMessage(), e);
        }
        Body.answer(
                request, new Written(library.folder().home().relativize(file).toString()));
    }

    private static boolean isUnknown(Context request) {
        String text = request.queryParam("unknown");
        if (text != null && !Set.of("true", "false").contains(text)) {
            throw new Refused(400, "unknown must be true or false.");
        }
        return "true".equals(text);
    }

    /** The answers for all photos, as a file to be saved; a browser asks for it by following a link. */
    private void table(Context request) throws IOException {
        ModelAnswers.State state = learning.answers().state();
        if (state.model().isEmpty()) {
            throw new Refused(409, "There is no model yet that answers: train one first.");
        }
        if (state.done() < state.all()) {
            throw new Refused(
                    409,
                    "The model has looked at %d of %d photos: wait until it has seen all."
                            .formatted(state.done(), state.all()));
        }
        Decisions decisions = Decisions.of(learning.answers(), learning.models(), isUnknown(request));
        StringBuilder csv = new StringBuilder();
        new AnswerTable(library, decisions).write(csv);
        request.header("Cache-Control", "no-store")
                .header("Content-Disposition", "attachment; filename=\"photos.csv\"")
                .contentType("text/csv; charset=utf-8")
                .result(csv.toString().getBytes(StandardCharsets.UTF_8));
    }
}

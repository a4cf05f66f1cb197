package io.github.finessl.serve;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.DataException;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.ImageDecoder;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.export.ExportedModel;
import io.github.finessl.export.OnnxExport;
import io.github.finessl.export.OnnxForm;
import io.github.finessl.io.Daemon;
import io.github.finessl.io.FineSslException;
import io.github.finessl.io.Overwriting;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.model.FineTunedModel;
import io.github.finessl.model.Heads;
import io.github.finessl.report.EvaluationResult;
import io.github.finessl.report.Prediction;
import io.github.finessl.ssl.Method;
import io.github.finessl.ssl.MethodChoice;
import io.github.finessl.ssl.Methods;
import io.github.finessl.ssl.WeakPredictions;
import io.github.finessl.train.HeadStart;
import io.github.finessl.train.SavedModel;
import io.github.finessl.tuning.LinearProbe;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.TuningChoice;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A trained model that classifies photos.
 *
 * <pre>{@code
 * try (FineSslModel model = FineSslModel.load(Path.of("my-model"))) {
 *     Classification answer = model.classify(Path.of("photo.jpg"));
 *     System.out.println(answer.label() + " " + answer.confidence());
 * }
 * }</pre>
 *
 * <p>Thread-safe: any number of threads may classify at a time. Photos are decoded and resized by the threads that ask; the
 * model computes one batch at a time, on all its cores.
 */
public final class FineSslModel implements AutoCloseable {

    /** The number of photos that the model computes at a time at most. */
    public static final int LARGEST_BATCH = 16;

    /** Images at a time; fewer are computed in one of the smaller batches. */
    private static final int[] BATCHES = {1, 4, 8, LARGEST_BATCH};

    private final ModelCard card;
    private final Path folder;
    private final Encoder encoder;
    private final Tuning tuning;
    private final SavedModel saved;
    private final Method method;
    private final Kernels kernels;
    private final FineTunedModel model;
    private final Augmentation view;
    private final Map<Integer, INDArray> batches = new HashMap<>();

    /** Computes for all: native libraries give each thread that calls them a team of threads of its own. */
    private final ExecutorService computer = Executors.newSingleThreadExecutor(Daemon.named("finessl-model"));

    /** A listener to the classification of a list of photos, called in its order. */
    public interface Listener {
        /** The photo is of a class. */
        void classified(Photo photo, Classification answer);

        /** The photo cannot be used; {@code reason} is a sentence that names it. */
        void unreadable(Photo photo, String reason);
    }

    /** A photo as the model takes it: decoded, resized and normalised. */
    public static final class Prepared {
        private final float[] pixels;

        private Prepared(float[] pixels) {
            this.pixels = pixels;
        }
    }

    /**
     * The model's prediction for a photo.
     *
     * @param probabilities of the main head [C]
     * @param trust the confidence that the method weighs the photo by
     * @param fit the largest logit of the main head
     */
    record Answer(double[] probabilities, double trust, double fit) {}

    /** A photo that was decoded, or what kept it from being: one of both is null. */
    private record Decoded(Photo photo, float[] pixels, String fault) {}

    private FineSslModel(ModelCard card, Path folder, Parts parts, Kernels kernels) {
        this.card = card;
        this.folder = folder;
        this.kernels = kernels;
        encoder = parts.encoder();
        tuning = parts.tuning();
        saved = parts.saved();
        method = parts.method();
        view = new Augmentation(card.resolution(), card.normalisation());
        model = new FineTunedModel(encoder, tuning, method, saved.parameters(), DataType.FLOAT, kernels);
    }

    /** What a card does not hold, the encoder being at the card's resolution. */
    private record Parts(Encoder encoder, Tuning tuning, SavedModel saved, Method method) {}

    private static FineSslModel of(
            Path folder, Kernels kernels, Optional<MethodChoice> ownMethod, Optional<TuningChoice> ownTuning) {
        ModelCard card = ModelFolder.read(folder);
        ImageDecoder.loadAhead();
        Encoder ofFile = ModelFolder.encoder(folder, card);
        try {
            Encoder encoder = ofFile.atResolution(card.resolution());
            int classes = card.classes().size();
            Tuning tuning = ownTuning
                    .filter(choice -> choice.text().equals(card.origin().tuning()))
                    .orElseGet(() -> TuningChoice.of(card.origin().tuning()))
                    .prompts(card.prompts())
                    .make(encoder, classes);
            SavedModel saved = SavedModel.read(folder.resolve(card.parameters()), encoder, tuning, classes);
            Method method = method(card, ownMethod);
            return new FineSslModel(card, folder, new Parts(encoder, tuning, saved, method), kernels);
        } catch (IllegalArgumentException e) {
            throw ModelFolder.damaged(folder, e.getMessage(), e);
        }
    }

    /**
     * A model of an encoder and class vectors that was never trained and has no folder.
     *
     * @param encoderFile in the place of the folder
     * @param encoder at the card's resolution
     * @param kernels are the model's from now on, which closes them
     */
    public static FineSslModel untrained(
            ModelCard card, Path encoderFile, Encoder encoder, HeadStart.Semantic head, Kernels kernels) {
        SavedModel saved = new SavedModel(
                0,
                Map.of(
                        Heads.WEIGHT,
                        head.weights(),
                        Heads.SCALE,
                        head.scale().map(Heads::scale).orElseGet(Heads::scaleStart)));
        return new FineSslModel(
                card,
                encoderFile,
                new Parts(encoder, new LinearProbe(), saved, method(card, Optional.empty())),
                kernels);
    }

    /**
     * Loads a model with the fastest arithmetic that this machine has.
     *
     * @param folder that {@code finessl train} left
     * @throws ModelException if the folder is no model's, or a file is missing or was changed
     */
    public static FineSslModel load(Path folder) {
        return load(folder, KernelChoice.open(Precision.AUTO));
    }

    /**
     * Loads a model.
     *
     * @param kernels are the model's from now on, which closes them
     * @throws ModelException if the folder is no model's, or a file is missing or was changed
     */
    public static FineSslModel load(Path folder, Kernels kernels) {
        return load(folder, kernels, Optional.empty(), Optional.empty());
    }

    /**
     * Loads a model that may have a user's own method or strategy.
     *
     * @param kernels are the model's from now on, which closes them
     * @param method is taken if the model's has its name
     * @param tuning is taken if the model's has its spelling
     * @throws ModelException if the folder is no model's, or a file is missing or was changed
     */
    public static FineSslModel load(Path folder, Kernels kernels, MethodChoice method, TuningChoice tuning) {
        return load(folder, kernels, Optional.of(method), Optional.of(tuning));
    }

    private static FineSslModel load(
            Path folder, Kernels kernels, Optional<MethodChoice> method, Optional<TuningChoice> tuning) {
        try {
            return of(folder, kernels, method, tuning);
        } catch (RuntimeException | Error e) {
            kernels.close();
            throw e;
        }
    }

    private static Method method(ModelCard card, Optional<MethodChoice> own) {
        String name = card.origin().method();
        int classes = card.classes().size();
        if (own.isPresent() && own.get().name().equals(name)) {
            return own.get().with(card.settings()).make(1, 0, classes);
        }
        return Methods.make(name, card.settings(), 0, classes);
    }

    /** The folder that the model was loaded from. */
    public Path folder() {
        return folder;
    }

    /** The model's card: what it is and where it comes from. */
    public ModelCard card() {
        return card;
    }

    /** The model's encoder, at its resolution. */
    public Encoder encoder() {
        return encoder;
    }

    /** The names of the classes that the model tells apart. */
    public List<String> classes() {
        return card.classes();
    }

    /**
     * Classifies a photo, turned upright as its camera says.
     *
     * @throws DataException if it cannot be read
     */
    public Classification classify(Path photo) {
        return classification(answers(List.of(pixels(Photo.of(photo).pixels().decode(view.shortSide()))))
                .get(0));
    }

    /** Classifies an image; what is transparent counts as white. */
    public Classification classify(BufferedImage image) {
        return classification(answers(List.of(pixels(RgbImage.of(image)))).get(0));
    }

    /**
     * Classifies many photos. The next ones are decoded while the model computes.
     *
     * @param listener is called by this thread
     */
    public void classify(List<Photo> photos, Listener listener) {
        answer(photos, (photo, answer) -> listener.classified(photo, classification(answer)), listener::unreadable);
    }

    /**
     * Decodes a photo and makes it what the model takes, on the thread that asks, for {@link #classify(List)}.
     *
     * @throws DataException if it cannot be read
     */
    public Prepared prepare(Photo photo) {
        return new Prepared(pixels(photo.pixels().decode(view.shortSide())));
    }

    /** Classifies photos that this model has prepared, {@value #LARGEST_BATCH} at a time. */
    public List<Classification> classify(List<Prepared> photos) {
        List<Classification> classifications = new ArrayList<>();
        for (int from = 0; from < photos.size(); from += LARGEST_BATCH) {
            List<Prepared> batch = photos.subList(from, Math.min(photos.size(), from + LARGEST_BATCH));
            answers(batch.stream().map(photo -> photo.pixels).toList())
                    .forEach(answer -> classifications.add(classification(answer)));
        }
        return classifications;
    }

    /**
     * Tests the model on images whose classes are known.
     *
     * @param images of the model's classes, such as {@code photos.test()}; those that cannot be read do not count
     */
    public EvaluationResult evaluate(Dataset images) {
        List<Prediction> predictions = new ArrayList<>();
        answer(
                Photo.all(images),
                (photo, answer) -> {
                    double[] probabilities = calibrated(answer);
                    int label = WeakPredictions.argmax(probabilities);
                    predictions.add(new Prediction(photo.name(), photo.truth(), label, probabilities[label]));
                },
                (photo, reason) -> {});
        return EvaluationResult.of(predictions, card.classes().size());
    }

    /** Writes the model as one ONNX file that takes pixels from 0 to 1 and gives logits and probabilities. */
    public void exportOnnx(Path file) throws IOException {
        exportOnnx(new OnnxForm(OnnxForm.OLDEST, OnnxForm.Pixels.ZERO_TO_ONE, true), file);
    }

    /**
     * Writes the model as one ONNX file; see {@link OnnxExport}.
     *
     * @return the form that it was written in
     * @throws ModelException if the file is one of a model's, or it cannot be exported
     */
    public OnnxForm exportOnnx(OnnxForm form, Path file) throws IOException {
        ModelFolder.requireOutside(folder, file);
        Overwriting.EXPORTED_MODEL.require(file);
        ExportedModel exported;
        try {
            exported = new ExportedModel(
                    encoder,
                    tuning,
                    saved.parameters(),
                    card.classes(),
                    card.normalisation(),
                    card.flip(),
                    card.origin(),
                    card.certainty());
        } catch (IllegalArgumentException e) {
            throw new ModelException("The model cannot be exported: " + e.getMessage() + ".", e);
        }
        return OnnxExport.write(exported, form, file);
    }

    Method method() {
        return method;
    }

    /** Takes an answer, or the reason why there is none. */
    interface ForPhoto<T> {
        void accept(Photo photo, T what);
    }

    void answer(List<Photo> photos, ForPhoto<Answer> answered, ForPhoto<String> unreadable) {
        int threads = Runtime.getRuntime().availableProcessors();
        ExecutorService decoders = Executors.newFixedThreadPool(threads, Daemon.named("finessl-decode"));
        try {
            Deque<Future<Decoded>> ahead = new ArrayDeque<>();
            List<Decoded> waiting = new ArrayList<>();
            int submitted = 0;
            for (int done = 0; done < photos.size(); done++) {
                while (submitted < photos.size() && ahead.size() < 2 * LARGEST_BATCH) {
                    Photo photo = photos.get(submitted++);
                    ahead.add(decoders.submit(() -> decoded(photo)));
                }
                waiting.add(result(ahead.remove()));
                if (waiting.size() == LARGEST_BATCH || done == photos.size() - 1) {
                    answerDecoded(waiting, answered, unreadable);
                    waiting.clear();
                }
            }
        } finally {
            decoders.shutdownNow();
        }
    }

    private Decoded decoded(Photo photo) {
        try {
            return new Decoded(photo, pixels(photo.pixels().decode(view.shortSide())), null);
        } catch (DataException e) {
            return new Decoded(photo, null, e.getMessage());
        }
    }

    private void answerDecoded(List<Decoded> photos, ForPhoto<Answer> answered, ForPhoto<String> unreadable) {
        List<Answer> answers = answers(photos.stream()
                .filter(photo -> photo.fault() == null)
                .map(Decoded::pixels)
                .toList());
        int next = 0;
        for (Decoded photo : photos) {
            if (photo.fault() == null) {
                answered.accept(photo.photo(), answers.get(next++));
            } else {
                unreadable.accept(photo.photo(), photo.fault());
            }
        }
    }

    private Classification classification(Answer answer) {
        return new Classification(
                card.classes(), Arrays.stream(calibrated(answer)).boxed().toList(), answer.fit());
    }

    private double[] calibrated(Answer answer) {
        return card.calibration()
                .map(calibration -> calibration.apply(answer.probabilities()))
                .orElse(answer.probabilities());
    }

    private float[] pixels(RgbImage image) {
        float[] pixels = new float[3 * card.resolution() * card.resolution()];
        view.test(image, FloatBuffer.wrap(pixels), 0);
        return pixels;
    }

    /** The predictions for at most {@value #LARGEST_BATCH} images. */
    private List<Answer> answers(List<float[]> images) {
        if (images.isEmpty()) {
            return List.of();
        }
        try {
            return result(computer.submit(() -> computed(images)));
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("The model was closed", e);
        }
    }

    /** The result of another thread's task. */
    private static <T> T result(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while photos were being classified", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FineSslException sentence) {
                throw sentence;
            }
            throw new IllegalStateException(e.getCause().toString(), e.getCause());
        }
    }

    private List<Answer> computed(List<float[]> images) {
        int size = Arrays.stream(BATCHES)
                .filter(batch -> batch >= images.size())
                .findFirst()
                .orElseThrow();
        INDArray batch = batches.computeIfAbsent(
                size,
                n -> Nd4j.createUninitializedDetached(DataType.FLOAT, 'c', n, 3, card.resolution(), card.resolution()));
        FloatBuffer values = batch.data().asNioFloat();
        for (int i = 0; i < size; i++) {
            values.put(i * images.get(0).length, images.get(Math.min(i, images.size() - 1)));
        }
        Nd4j.getAffinityManager().tagLocation(batch, AffinityManager.Location.HOST);
        FineTunedModel.Logits logits = model.bothLogits(batch, card.flip());
        WeakPredictions predictions = logits.predictions();
        double[] trust = method.trust(predictions);
        for (int i = 0; i < images.size(); i++) {
            if (!Arrays.stream(predictions.main()[i]).allMatch(Double::isFinite)) {
                throw new ModelException(folder + " should hold a model that answers with numbers, but it gives "
                        + Arrays.toString(predictions.main()[i]) + ".");
            }
        }
        return IntStream.range(0, images.size())
                .mapToObj(i -> new Answer(
                        predictions.main()[i],
                        trust[i],
                        Arrays.stream(logits.main()[i]).max().orElseThrow()))
                .toList();
    }

    /** Closes the model after the photos that it was asked about before, and frees its memory. */
    @Override
    public void close() {
        if (computer.isShutdown()) {
            return;
        }
        Future<?> closed = computer.submit(() -> {
            model.close();
            kernels.close();
            batches.values().forEach(INDArray::close);
        });
        computer.shutdown();
        result(closed);
    }
}

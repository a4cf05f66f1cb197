package io.github.finessl.studio.learn;

import io.github.finessl.FineTuner;
import io.github.finessl.Photos;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.Daemon;
import io.github.finessl.io.FineSslException;
import io.github.finessl.kernel.Precision;
import io.github.finessl.report.StepReport;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.report.TrainingStart;
import io.github.finessl.report.Work;
import io.github.finessl.studio.folder.StudioException;
import io.github.finessl.studio.learn.TrainingState.Phase;
import io.github.finessl.studio.learn.TrainingState.Point;
import io.github.finessl.studio.photo.PhotoLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trainings in the background, one at a time, each into a folder of its own under {@code models}. Labelling goes on meanwhile: a
 * training learns from the labels that there were when it began. Thread-safe.
 */
public final class Trainings implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Trainings.class);
    private static final int MEAN_OF = 10;
    private static final int MOST_POINTS = 200;

    private final PhotoLibrary library;
    private final Path encoder;
    private final Precision precision;
    private final int steps;
    private final ExecutorService worker = Executors.newSingleThreadExecutor(Daemon.named("finessl-studio-train"));
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile TrainingState state;
    private volatile boolean stop;

    /**
     * Trainings on the photos of a library. One that had not come to its end when the studio was last ended can go on.
     *
     * @param encoder ONNX file
     * @param steps of each
     */
    public Trainings(PhotoLibrary library, Path encoder, Precision precision, int steps) {
        this.library = library;
        this.encoder = encoder;
        this.precision = precision;
        this.steps = steps;
        state = TrainedModel.interrupted(library.folder())
                .map(model -> TrainingState.of(Phase.INTERRUPTED, model))
                .orElse(TrainingState.NONE);
    }

    /** Adds what is called, by the training's thread, when the state has changed. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** The state of the last training. */
    public TrainingState state() {
        return state;
    }

    /**
     * Begins a training on the labels that there are now.
     *
     * @param setAside whether some of the labelled photos test the model, where no others do
     * @throws StudioException if one runs, or there are too few labels
     */
    public synchronized void begin(boolean setAside) {
        requireNone();
        library.rescan();
        TrainingPlan plan = TrainingPlan.of(library, steps, setAside);
        String model = TrainedModel.next(library.folder());
        try {
            makeFolder();
            plan.write(TrainedModel.plan(library.folder(), model));
        } catch (IOException e) {
            throw new StudioException(e.getMessage(), e);
        }
        run(model, plan);
    }

    /**
     * Goes on with the training that was stopped or interrupted, on the labels that it began with.
     *
     * @throws StudioException if there is none, or its photos are not there any more
     */
    public synchronized void goOn() {
        requireNone();
        if (!state.canGoOn()) {
            throw new StudioException("There is no stopped training to go on with.");
        }
        library.rescan();
        run(
                state.model(),
                TrainingPlan.read(TrainedModel.plan(library.folder(), state.model()))
                        .orElseThrow(() -> new StudioException(
                                "The training cannot go on: the list of its photos is not there any more.")));
    }

    private void requireNone() {
        if (state.phase().isRunning()) {
            throw new StudioException("A training is running already.");
        }
    }

    private void run(String model, TrainingPlan plan) {
        Photos photos = LabelledSnapshot.of(plan, library);
        stop = false;
        change(TrainingState.of(Phase.WORKING, model));
        worker.execute(() -> train(model, plan, photos));
    }

    /** Stops the training after its step; nothing happens where none runs. */
    public void stop() {
        stop = true;
        if (state.phase() == Phase.STEPPING || state.phase() == Phase.WORKING) {
            change(state.with(Phase.STOPPING, state.work(), state.done(), state.all()));
        }
    }

    private void train(String model, TrainingPlan plan, Photos photos) {
        Path folder = TrainedModel.folder(library.folder(), model);
        Live live = new Live(plan.steps());
        try {
            FineTuner tuner = FineTuner.of(encoder)
                    .steps(plan.steps())
                    .precision(precision)
                    .into(folder)
                    .listener(live)
                    .stop(() -> stop)
                    .build();
            boolean finished = tuner.train(photos).isPresent();
            keep(plan, TrainedModel.plan(library.folder(), model));
            change(
                    finished
                            ? state.with(Phase.FINISHED, Optional.empty(), live.inAll, live.inAll)
                            : state.with(Phase.STOPPED, Optional.empty(), live.taken, live.inAll));
        } catch (FineSslException | IOException e) {
            change(state.failed(e.getMessage(), live.taken, live.inAll));
        } catch (RuntimeException | Error e) {
            log.error("The training of {} ended", folder, e);
            change(state.failed(e.toString(), live.taken, live.inAll));
        }
    }

    /** Others may have taken the models' folder away meanwhile, which a training makes anew. */
    private static void keep(TrainingPlan plan, Path file) throws IOException {
        if (!Files.exists(file)) {
            plan.write(file);
        }
    }

    private void makeFolder() {
        Path models = library.folder().models();
        if (Files.isSymbolicLink(models)) {
            throw new StudioException("%s must be a folder, but is a link.".formatted(models));
        }
        try {
            AtomicFile.makeDirectories(models);
        } catch (IOException e) {
            throw new StudioException(
                    "%s cannot be made for the model: %s.".formatted(models, AtomicFile.reason(e)), e);
        }
    }

    private void change(TrainingState now) {
        state = now;
        listeners.forEach(Runnable::run);
    }

    /** A listener that keeps the state. */
    private final class Live implements TrainingListener {
        private long begin;
        private int first;
        private int taken;
        private int inAll;
        private double loss;
        private double right;
        private double confident;
        private int count;

        Live(int steps) {
            inAll = steps;
        }

        @Override
        public void working(Work work, int done, int all) {
            change(state.with(stop ? Phase.STOPPING : Phase.WORKING, Optional.of(work), done, all));
        }

        @Override
        public void started(TrainingStart start) {
            begin = System.nanoTime();
            first = start.done();
            taken = first;
            inAll = start.steps();
            change(state.with(stop ? Phase.STOPPING : Phase.STEPPING, Optional.empty(), first, inAll));
        }

        @Override
        public void step(StepReport report) {
            count++;
            taken = report.step();
            double weight = 1.0 / Math.min(count, MEAN_OF);
            loss += (report.loss() - loss) * weight;
            right += (report.batchAccuracy() - right) * weight;
            confident += (report.maskRate().orElse(-1) - confident) * weight;
            List<Point> curve = new ArrayList<>(state.curve());
            if (report.step() % Math.max(1, inAll / MOST_POINTS) == 0) {
                curve.add(new Point(report.step(), loss, right, confident));
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            double left = seconds / (report.step() - first) * (inAll - report.step());
            change(new TrainingState(
                    stop ? Phase.STOPPING : Phase.STEPPING,
                    state.model(),
                    Optional.empty(),
                    report.step(),
                    inAll,
                    left,
                    curve,
                    "",
                    false));
        }

        @Override
        public void message(String line) {
            log.debug("{}", line);
        }
    }

    /** Stops the training, if one runs, and waits until it has left a checkpoint. */
    @Override
    public void close() {
        stop();
        Daemon.end(worker);
    }
}

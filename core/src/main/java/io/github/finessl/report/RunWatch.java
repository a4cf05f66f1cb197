package io.github.finessl.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listener that keeps the curve of a run in files as it goes: {@code curve.csv}, and an event file for TensorBoard.
 *
 * <p>A directory has one event file. A run that is resumed begins a new one with the points that it has so far, as what the
 * old one says of later steps is about to happen again; the times of these points are that of the resumption.
 */
public final class RunWatch implements TrainingListener, AutoCloseable {
    /** The curve's file in the run's directory. */
    public static final String CURVE = "curve.csv";

    private static final Logger log = LoggerFactory.getLogger(RunWatch.class);

    /** The largest number of classes for which each has a curve: more curves are unreadable. */
    private static final int CLASSES_APART = 20;

    private static final String TEST_ACCURACY = "accuracy/test";

    private final Path directory;
    private final List<String> classes;
    private final List<CurvePoint> points;
    private final EventFile events;

    /**
     * Creates the files, with the curve so far.
     *
     * @param directory of the run
     * @param classes their names
     * @param soFar the points of a run that is resumed
     * @throws IOException naming the file that cannot be written
     */
    public RunWatch(Path directory, List<String> classes, List<CurvePoint> soFar) throws IOException {
        this.directory = directory;
        this.classes = List.copyOf(classes);
        points = new ArrayList<>(soFar);
        List<Path> old = EventFile.allIn(directory);
        events = EventFile.create(directory);
        try {
            for (CurvePoint point : soFar) {
                events.scalars(point.step(), scalars(point));
            }
            for (Path file : old) {
                Files.delete(file);
            }
            CurveFile.write(directory.resolve(CURVE), points);
        } catch (IOException e) {
            events.close();
            throw e;
        }
    }

    @Override
    public void step(StepReport report) {}

    /**
     * Adds the point to the files.
     *
     * @throws UncheckedIOException naming the file that cannot be written
     */
    @Override
    public void point(CurvePoint point) {
        points.add(point);
        try {
            events.scalars(point.step(), scalars(point));
            CurveFile.write(directory.resolve(CURVE), points);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Adds the final test results to the event file: accuracy and confusion matrix. Nothing, where there are none.
     *
     * @param step that training ended with
     * @throws IOException naming the file
     */
    public void finished(long step, EvaluationResult evaluation) throws IOException {
        if (evaluation.top1().isEmpty()) {
            return;
        }
        events.scalars(step, Map.of(TEST_ACCURACY, evaluation.top1().getAsDouble()));
        try {
            Charts.checkFonts();
        } catch (IllegalStateException e) {
            log.warn("{} is left without the confusion matrix: {}", events.path(), e.getMessage());
            return;
        }
        events.image(step, "confusion", ConfusionImage.draw(evaluation, classes));
    }

    private Map<String, Double> scalars(CurvePoint point) {
        Map<String, Double> scalars = new LinkedHashMap<>();
        scalars.put("loss/total", point.loss());
        point.lossParts().forEach((part, value) -> scalars.put("loss/" + part.replaceFirst("^loss\\.", ""), value));
        scalars.put("accuracy/batch", point.batchAccuracy());
        scalars.put("accuracy/pseudo-labels", point.pseudoLabelAccuracy());
        scalars.put(TEST_ACCURACY, point.testAccuracy());
        scalars.put("pseudo-labels/mask-rate", point.maskRate());
        if (point.pseudoLabels() != null) {
            scalars.put("pseudo-labels/confidence", point.pseudoLabels().confidence());
            scalars.put("pseudo-labels/entropy", point.pseudoLabels().entropy());
            scalars.putAll(shares(point.pseudoLabels().counts()));
        }
        scalars.values().removeIf(value -> value == null);
        return scalars;
    }

    private Map<String, Double> shares(List<Integer> counts) {
        Map<String, Double> shares = new LinkedHashMap<>();
        int all = counts.stream().mapToInt(count -> count).sum();
        if (classes.size() <= CLASSES_APART && all > 0) {
            for (int k = 0; k < classes.size(); k++) {
                shares.put("pseudo-labels/class/" + classes.get(k), counts.get(k) / (double) all);
            }
        }
        return shares;
    }

    @Override
    public void close() throws IOException {
        events.close();
    }
}

package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.finessl.report.CurvePoint.PseudoLabels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.Summary;

class RunWatchTest {
    private static final List<String> CLASSES = List.of("cat", "고양이, 큰", "dog");

    private static final CurvePoint SUPERVISED =
            new CurvePoint(3, 1.5, Map.of("loss.labelled", 1.5), 0.25, null, null, 0.5, null);
    private static final CurvePoint WHOLE = new CurvePoint(
            6,
            2.5,
            Map.of("loss.unlabelled", 2.5),
            0.75,
            0.125,
            0.875,
            null,
            new PseudoLabels(0.625, 1.25, List.of(3, 1, 0)));

    @TempDir
    private Path temporary;

    private Path directory;

    @BeforeEach
    void aRun() {
        directory = temporary.resolve("run");
    }

    @Test
    void everyFigureOfAPointIsInBothFiles() throws IOException {
        try (RunWatch watch = new RunWatch(directory, CLASSES, List.of())) {
            watch.point(SUPERVISED);
            watch.point(WHOLE);
        }
        assertThat(EventRecords.scalars(directory))
                .isEqualTo(Map.ofEntries(
                        Map.entry("loss/total", Map.of(3L, 1.5f, 6L, 2.5f)),
                        Map.entry("loss/labelled", Map.of(3L, 1.5f)),
                        Map.entry("loss/unlabelled", Map.of(6L, 2.5f)),
                        Map.entry("accuracy/batch", Map.of(3L, 0.25f, 6L, 0.75f)),
                        Map.entry("accuracy/pseudo-labels", Map.of(6L, 0.125f)),
                        Map.entry("accuracy/test", Map.of(3L, 0.5f)),
                        Map.entry("pseudo-labels/mask-rate", Map.of(6L, 0.875f)),
                        Map.entry("pseudo-labels/confidence", Map.of(6L, 0.625f)),
                        Map.entry("pseudo-labels/entropy", Map.of(6L, 1.25f)),
                        Map.entry("pseudo-labels/class/cat", Map.of(6L, 0.75f)),
                        Map.entry("pseudo-labels/class/고양이, 큰", Map.of(6L, 0.25f)),
                        Map.entry("pseudo-labels/class/dog", Map.of(6L, 0f))));
        assertThat(directory.resolve("curve.csv")).hasContent("""
                step,loss,loss.labelled,loss.unlabelled,batchAccuracy,pseudoLabelAccuracy,maskRate,testAccuracy,\
                pseudoLabelConfidence,pseudoLabelEntropy
                3,1.5,1.5,,0.25,,,0.5,,
                6,2.5,,2.5,0.75,0.125,0.875,,0.625,1.25
                """);
    }

    @Test
    void manyClassesHaveNoCurvesOfTheirOwn() throws IOException {
        assertThat(tags(20)).contains("pseudo-labels/class/k19");
        assertThat(tags(21)).contains("pseudo-labels/entropy").noneMatch(tag -> tag.contains("class"));
    }

    private Iterable<String> tags(int classes) throws IOException {
        List<String> names = IntStream.range(0, classes).mapToObj(k -> "k" + k).toList();
        PseudoLabels labels = new PseudoLabels(0.5, 1, Collections.nCopies(classes, 1));
        try (RunWatch watch = new RunWatch(directory, names, List.of())) {
            watch.point(new CurvePoint(1, 1, Map.of(), 1, null, null, null, labels));
        }
        return EventRecords.scalars(directory).keySet();
    }

    @Test
    void aResumedRunReplacesWhatWasWrittenSinceItsCheckpoint() throws IOException {
        try (RunWatch killed = new RunWatch(directory, CLASSES, List.of())) {
            killed.point(SUPERVISED);
            killed.point(WHOLE);
        }
        Path old = EventRecords.only(directory);
        String whole = Files.readString(directory.resolve("curve.csv"));

        try (RunWatch resumed = new RunWatch(directory, CLASSES, List.of(SUPERVISED))) {
            assertThat(EventRecords.only(directory)).isNotEqualTo(old);
            assertThat(EventRecords.scalars(directory).get("loss/total")).containsOnlyKeys(3L);
            assertThat(Files.readAllLines(directory.resolve("curve.csv"))).hasSize(2);
            resumed.point(WHOLE);
        }
        assertThat(EventRecords.scalars(directory).get("loss/total")).containsOnlyKeys(3L, 6L);
        assertThat(directory.resolve("curve.csv")).hasContent(whole);
    }

    @Test
    void theEndAddsTestAccuracyAndConfusionMatrix() throws IOException {
        try (RunWatch watch = new RunWatch(directory, CLASSES, List.of())) {
            watch.point(WHOLE);
            watch.finished(6, EvaluationResult.of(new int[] {0, 1, 2, 2}, new int[] {0, 0, 2, 2}, 3));
        }
        assertThat(EventRecords.scalars(directory).get("accuracy/test")).isEqualTo(Map.of(6L, 0.75f));
        List<Event> events = EventRecords.read(EventRecords.only(directory));
        Event last = events.get(events.size() - 1);
        assertThat(last.getStep()).isEqualTo(6);
        Summary.Value confusion = last.getSummary().getValue(0);
        assertThat(confusion.getTag()).isEqualTo("confusion");
        assertThat(confusion.getImage().getEncodedImageString().size()).isPositive();
    }

    @Test
    void aCurveThatCannotBeWrittenEndsTheRun() throws IOException {
        Path curve = directory.resolve("curve.csv");
        try (RunWatch watch = new RunWatch(directory, CLASSES, List.of())) {
            Files.delete(curve);
            Files.createDirectories(curve.resolve("in the way"));
            assertThatExceptionOfType(UncheckedIOException.class)
                    .isThrownBy(() -> watch.point(WHOLE))
                    .havingCause()
                    .isExactlyInstanceOf(IOException.class)
                    .withMessageStartingWith("The curve " + curve + " could not be written: ")
                    .withMessageEndingWith(".");
        }
    }
}

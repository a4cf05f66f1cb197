package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.finessl.kernel.nd4j.Nd4jKernels;
import io.github.finessl.report.CurvePoint;
import io.github.finessl.report.EventRecords;
import io.github.finessl.report.RunWatch;
import io.github.finessl.report.StepReport;
import io.github.finessl.report.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a run that is watched tell its curve, however often it was begun. */
class WatchedTrainingTest {
    private static final TrainingListener NOBODY = report -> {};

    @TempDir
    private Path directory;

    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private SmallRun run(String name) {
        return new SmallRun(checkpoint(name)).steps(20).checkpointEvery(9).evaluateEvery(7);
    }

    private Path checkpoint(String name) {
        return directory.resolve(name).resolve("checkpoint.zip");
    }

    private TrainingOutcome train(String name, TrainingListener listener, BooleanSupplier stop) throws IOException {
        try (Nd4jKernels kernels = new Nd4jKernels();
                Trainer trainer = new Trainer(run(name).with(kernels));
                RunWatch watch = new RunWatch(directory.resolve(name), List.of("a", "b", "c"), trainer.curve())) {
            return trainer.train(watch.and(listener), stop);
        }
    }

    private void kill(String name, int step) {
        assertThatExceptionOfType(Killed.class)
                .isThrownBy(() -> train(
                        name,
                        report -> {
                            if (report.step() == step) {
                                throw new Killed();
                            }
                        },
                        () -> false));
    }

    @Test
    void afterAKillTheFilesAreThoseOfARunInOneGo() throws IOException {
        TrainingOutcome straight = train("straight", NOBODY, () -> false);

        kill("killed", 8);
        kill("killed", 12);
        assertThat(EventRecords.scalars(directory.resolve("killed")).get("loss/total"))
                .as("goes beyond the checkpoint")
                .containsKey(11L);
        TrainingOutcome resumed = train("killed", NOBODY, () -> false);

        assertThat(resumed.curve()).isEqualTo(straight.curve());
        assertThat(directory.resolve("killed/curve.csv"))
                .hasSameTextualContentAs(directory.resolve("straight/curve.csv"));
        assertThat(EventRecords.scalars(directory.resolve("killed")))
                .isEqualTo(EventRecords.scalars(directory.resolve("straight")));
        assertFilesTell("straight", straight);
        assertThat(EventRecords.scalars(directory.resolve("straight")).get("accuracy/test"))
                .containsOnlyKeys(7L, 14L);
    }

    @Test
    void afterAStopTheFilesHaveEveryPointOnce() throws IOException {
        int[] asked = {0};
        assertThat(train("stopped", NOBODY, () -> ++asked[0] == 5).finished()).isFalse();
        TrainingOutcome outcome = train("stopped", NOBODY, () -> false);
        assertThat(outcome.finished()).isTrue();
        assertFilesTell("stopped", outcome);
    }

    @Test
    void watchingChangesNothing() throws IOException {
        train("watched", NOBODY, () -> false);
        SmallRun alone = run("alone");
        alone.train();
        ResumeTest.assertSame(run("watched").state(), alone.state());
    }

    @Test
    void theListenerHearsThePointsOfTheCurve() {
        List<CurvePoint> heard = new ArrayList<>();
        TrainingOutcome outcome = run("heard")
                .train(
                        new TrainingListener() {
                            @Override
                            public void step(StepReport report) {}

                            @Override
                            public void point(CurvePoint point) {
                                heard.add(point);
                            }
                        },
                        () -> false);
        assertThat(heard).isEqualTo(outcome.curve()).isNotEmpty();
    }

    private void assertFilesTell(String name, TrainingOutcome outcome) throws IOException {
        Path folder = directory.resolve(name);
        Set<Long> steps = EventRecords.scalars(folder).get("loss/total").keySet();
        assertThat(steps)
                .containsExactlyElementsOf(outcome.curve().stream()
                        .map(point -> (long) point.step())
                        .toList());
        List<String> rows = Files.readAllLines(folder.resolve("curve.csv"));
        assertThat(rows.subList(1, rows.size()))
                .extracting(row -> Long.valueOf(row.substring(0, row.indexOf(','))))
                .containsExactlyElementsOf(steps);
    }
}

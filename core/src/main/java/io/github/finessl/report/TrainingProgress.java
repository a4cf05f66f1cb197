package io.github.finessl.report;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalDouble;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * A display of a training's progress: a progress bar to a person, a plain line now and then to a file.
 *
 * <p>Numbers are running means over about ten steps, as those of a single batch jump.
 */
public final class TrainingProgress implements TrainingListener, AutoCloseable {

    /** The meaning of the figures in one line, to be printed before the first of them. */
    static final String LEGEND =
            "Shown below, averaged over about ten steps: the loss (FineSSL's growing margins can raise it"
                    + " at first); right, the labelled images classified correctly; confident, the unlabelled images whose"
                    + " pseudo-label has a probability of at least zeta.";

    private static final Duration LINE_INTERVAL = Duration.ofSeconds(10);

    /** Shows the state after a step in one way or another. */
    private interface Display {
        void show(int step, String numbers, Duration left);

        default void close() {}
    }

    private final Display display;
    private final int firstStep;
    private final int steps;
    private final long start = System.nanoTime();
    private final RunningMean loss = new RunningMean();
    private final RunningMean batchAccuracy = new RunningMean();
    private final RunningMean pseudoLabelAccuracy = new RunningMean();
    private final RunningMean maskRate = new RunningMean();
    private long images;

    /**
     * Creates a display and starts its clock.
     *
     * @param task the run's name
     * @param done steps done before, where a run is resumed
     * @param steps in all
     * @param terminal whether to draw a bar rather than write lines
     * @param out for the lines; the bar goes to the terminal
     */
    public TrainingProgress(String task, int done, int steps, boolean terminal, PrintStream out) {
        this.firstStep = done;
        this.steps = steps;
        this.display = terminal ? new Bar(task, done, steps) : new Lines(task, steps, out);
    }

    @Override
    public void step(StepReport report) {
        loss.add(report.loss());
        batchAccuracy.add(report.batchAccuracy());
        report.pseudoLabelAccuracy().ifPresent(pseudoLabelAccuracy::add);
        report.maskRate().ifPresent(maskRate::add);
        images += report.images();
        double seconds = (System.nanoTime() - start) / 1e9;
        double secondsLeft = seconds / (report.step() - firstStep) * (steps - report.step());
        display.show(report.step(), numbers(images / seconds), Duration.ofMillis(Math.round(1000 * secondsLeft)));
    }

    private String numbers(double imagesPerSecond) {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "loss %.3f", loss.mean));
        appendPercent(text, "right", batchAccuracy.value());
        appendPercent(text, "pseudo-labels right", pseudoLabelAccuracy.value());
        appendPercent(text, "confident", maskRate.value());
        return text.append(String.format(Locale.ROOT, "  %.1f images/s", imagesPerSecond))
                .toString();
    }

    private static void appendPercent(StringBuilder text, String name, OptionalDouble fraction) {
        fraction.ifPresent(f -> text.append(String.format(Locale.ROOT, "  %s %.0f%%", name, 100 * f)));
    }

    /** Ends the bar, so that what is printed next starts on a new line. */
    @Override
    public void close() {
        display.close();
    }

    private static final class RunningMean {
        private double mean;
        private int count;

        void add(double value) {
            count++;
            mean += (value - mean) / Math.min(count, 10);
        }

        OptionalDouble value() {
            return count == 0 ? OptionalDouble.empty() : OptionalDouble.of(mean);
        }
    }

    private static final class Bar implements Display {
        private final ProgressBar bar;

        Bar(String task, int done, int steps) {
            bar = new ProgressBarBuilder()
                    .setTaskName(task)
                    .setInitialMax(steps)
                    .startsFrom(done, Duration.ZERO)
                    .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                    .setUpdateIntervalMillis(500)
                    .build();
        }

        @Override
        public void show(int step, String numbers, Duration left) {
            bar.stepTo(step);
            bar.setExtraMessage(numbers);
        }

        @Override
        public void close() {
            bar.close();
        }
    }

    private static final class Lines implements Display {
        private final String task;
        private final int steps;
        private final PrintStream out;
        private long last = System.nanoTime();

        Lines(String task, int steps, PrintStream out) {
            this.task = task;
            this.steps = steps;
            this.out = out;
        }

        @Override
        public void show(int step, String numbers, Duration left) {
            if (step < steps && System.nanoTime() - last < LINE_INTERVAL.toNanos()) {
                return;
            }
            last = System.nanoTime();
            out.printf(
                    Locale.ROOT,
                    "%s  step %,d/%,d  %s  %d:%02d left%n",
                    task,
                    step,
                    steps,
                    numbers,
                    left.toMinutes(),
                    left.toSecondsPart());
        }
    }
}

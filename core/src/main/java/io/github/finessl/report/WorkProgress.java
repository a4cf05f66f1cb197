package io.github.finessl.report;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A display of work beside the steps, with the time left: a bar to a person, else a line every two seconds at most. */
final class WorkProgress implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofSeconds(2);

    private final Work what;
    private final int all;
    private final PrintStream out;
    private final Optional<ProgressBar> bar;
    private final long begin = System.nanoTime();
    private long told = begin;
    private int first = -1;
    private int done;

    WorkProgress(Work what, int all, boolean terminal, PrintStream out) {
        this.what = what;
        this.all = all;
        this.out = out;
        bar = terminal
                ? Optional.of(new ProgressBarBuilder()
                        .setTaskName(what.toString())
                        .setInitialMax(all)
                        .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                        .setUpdateIntervalMillis(500)
                        .build())
                : Optional.empty();
    }

    /** Whether this shows the work that has come so far. */
    boolean isOf(Work work, int soFar, int inAll) {
        return what == work && all == inAll && soFar >= done;
    }

    /** Shows how much is done; work of less than two seconds is not worth a line. */
    void show(int soFar) {
        first = first < 0 ? soFar : first;
        done = soFar;
        bar.ifPresent(shown -> shown.stepTo(soFar));
        long now = System.nanoTime();
        if (bar.isEmpty() && now - told >= INTERVAL.toNanos()) {
            told = now;
            out.printf(Locale.ROOT, "%s  %,d of %,d  %s%n", what, done, all, left(now - begin));
        }
    }

    private String left(long nanos) {
        if (done <= first) {
            return "";
        }
        Duration left = Duration.ofNanos((long) ((double) nanos / (done - first) * (all - done)));
        return "%d:%02d left".formatted(left.toMinutes(), left.toSecondsPart());
    }

    @Override
    public void close() {
        bar.ifPresent(ProgressBar::close);
    }
}

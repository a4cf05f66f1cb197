package io.github.finessl.report;

import java.io.PrintStream;

/** Listeners that show people how training goes. */
public final class Progress {

    private Progress() {}

    /** A progress bar in the terminal. */
    public static TrainingListener bar() {
        return new Shown(true, System.out);
    }

    /** Progress in lines: what is trained, what the figures mean, then one line of figures every ten seconds. */
    public static TrainingListener lines(PrintStream out) {
        return new Shown(false, out);
    }

    /**
     * Progress as a bar for a terminal, else in lines; before either, lines say what is trained and what the figures
     * mean, the latter once for all trainings that the listener follows.
     *
     * @param terminal whether a person watches, so that a bar makes sense
     */
    public static TrainingListener of(boolean terminal, PrintStream out) {
        return new Shown(terminal, out);
    }

    private static final class Shown implements TrainingListener {
        private final boolean terminal;
        private final PrintStream out;
        private TrainingProgress progress;
        private WorkProgress work;
        private boolean explained;

        Shown(boolean terminal, PrintStream out) {
            this.terminal = terminal;
            this.out = out;
        }

        @Override
        public void started(TrainingStart start) {
            closeAll();
            out.printf("%s%n", start);
            if (!explained) {
                out.printf("%s%n", TrainingProgress.LEGEND);
                explained = true;
            }
            progress = new TrainingProgress(start.run(), start.done(), start.steps(), terminal, out);
        }

        @Override
        public void working(Work what, int done, int all) {
            if (work == null || !work.isOf(what, done, all)) {
                closeAll();
                work = new WorkProgress(what, all, terminal, out);
            }
            work.show(done);
        }

        private void closeAll() {
            if (work != null) {
                work.close();
                work = null;
            }
            if (progress != null) {
                progress.close();
                progress = null;
            }
        }

        @Override
        public void step(StepReport report) {
            progress.step(report);
        }

        @Override
        public void message(String line) {
            if (work != null) {
                closeAll();
            }
            out.printf("%s%n", line);
        }

        @Override
        public void ended() {
            closeAll();
        }
    }
}

package io.github.finessl.experiments.run;

import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.Daemon;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A handler that turns Ctrl-C, SIGTERM and the end of the launcher into a request to stop, and to write a checkpoint before.
 *
 * <p>The JVM ends once {@link #finish} was called, with the exit code given there; or at once, if no run has asked yet
 * whether to stop, and so has nothing to save.
 */
public final class Interrupt {

    /** A step of a large encoder can take a minute. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile boolean requested;
    private volatile boolean polled;
    private volatile Exit exit = Exit.INTERRUPTED;

    /** Installs a handler for this process's signals. */
    public static Interrupt install() {
        Interrupt interrupt = new Interrupt();
        Runtime.getRuntime().addShutdownHook(new Thread(interrupt::onShutdown, "interrupt"));
        interrupt.followLauncher();
        return interrupt;
    }

    /** Whether the run should write a checkpoint and end. */
    public boolean isRequested() {
        polled = true;
        return requested;
    }

    /** Ends the process with an exit code. */
    public void finish(Exit exit) {
        this.exit = exit;
        finished.countDown();
        System.exit(exit.code());
    }

    private void onShutdown() {
        if (finished.getCount() > 0 && polled) {
            requested = true;
            System.err.println("\nStopping once what has begun is finished or saved; kill -9 "
                    + ProcessHandle.current().pid() + " stops at once, without that.");
            awaitFinish();
        }
        AtomicFile.removeUnfinished();
        Runtime.getRuntime().halt(exit.code());
    }

    private void awaitFinish() {
        try {
            if (!finished.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                System.err.println("It could not be finished or saved within " + PATIENCE.toMinutes() + " minutes.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops the process when the launcher ends: one that was killed outright cannot pass a signal on. */
    private void followLauncher() {
        Long launcher = Long.getLong("finessl.launcher");
        if (launcher != null) {
            Daemon.named("launcher-watch")
                    .newThread(() -> {
                        ProcessHandle.of(launcher)
                                .ifPresent(process -> process.onExit().join());
                        System.exit(exit.code());
                    })
                    .start();
        }
    }
}

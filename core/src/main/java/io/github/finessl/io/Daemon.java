package io.github.finessl.io;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** Daemon threads, which never keep the program alive. */
public final class Daemon {

    private Daemon() {}

    /** A factory of daemon threads of this name. */
    public static ThreadFactory named(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Shuts an executor down and waits for its running tasks, so that none can touch our arrays any more. */
    public static void end(ExecutorService executor) {
        executor.shutdown();
        boolean interrupted = false;
        while (true) {
            try {
                if (executor.awaitTermination(1, TimeUnit.HOURS)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The exception of a task, as it was where it is unchecked, so that its message reaches the user. */
    public static RuntimeException unwrap(ExecutionException e) {
        if (e.getCause() instanceof RuntimeException cause) {
            cause.addSuppressed(new IllegalStateException(
                    "Rethrown in thread " + Thread.currentThread().getName()));
            return cause;
        }
        return new IllegalStateException(e.getCause().getMessage(), e.getCause());
    }
}

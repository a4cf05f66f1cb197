package io.github.finessl.data.loading;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** Threads that never keep the program alive. */
final class Daemon {

    private Daemon() {}

    static ThreadFactory named(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Lets running tasks end and waits for them, so that none can touch our arrays any more. */
    static void end(ExecutorService executor) {
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

    /** The worker's own exception where it is unchecked, so that its message reaches the user. */
    static RuntimeException unwrap(ExecutionException e) {
        if (e.getCause() instanceof RuntimeException cause) {
            cause.addSuppressed(new IllegalStateException(
                    "Rethrown in thread " + Thread.currentThread().getName()));
            return cause;
        }
        return new IllegalStateException(e.getCause().getMessage(), e.getCause());
    }
}

package io.github.finessl.studio.photo;

import io.github.finessl.io.Daemon;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work in the background that is done anew whenever it is asked for. Who asks several times before it begins is answered once.
 * Thread-safe.
 */
public final class Background implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Background.class);

    private final String name;
    private final Runnable work;
    private final ScheduledThreadPoolExecutor worker;
    private final AtomicBoolean asked = new AtomicBoolean();
    private final AtomicBoolean askedForLater = new AtomicBoolean();
    private volatile boolean closing;

    /**
     * Work that nobody has asked for yet.
     *
     * @param name of its thread
     */
    public Background(String name, Runnable work) {
        this.name = name;
        this.work = work;
        worker = new ScheduledThreadPoolExecutor(1, Daemon.named(name));
        worker.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Asks for the work. */
    public void ask() {
        ask(Duration.ZERO, asked);
    }

    /** Asks for the work after a while, whatever is asked for until then; who asks in between for later is answered then too. */
    public void askLater(Duration wait) {
        ask(wait, askedForLater);
    }

    private synchronized void ask(Duration wait, AtomicBoolean isAsked) {
        if (!closing && isAsked.compareAndSet(false, true)) {
            var coming = worker.schedule(() -> run(isAsked), wait.toMillis(), TimeUnit.MILLISECONDS);
            log.trace("{} will run: {}", name, coming);
        }
    }

    private void run(AtomicBoolean isAsked) {
        isAsked.set(false);
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            log.error("{} ended early", name, e);
        }
    }

    /** Whether the work is to come to its end soon. */
    public boolean isClosing() {
        return closing;
    }

    /** Waits for the work that is being done, and does none that was asked for. */
    @Override
    public void close() {
        synchronized (this) {
            closing = true;
        }
        Daemon.end(worker);
    }
}

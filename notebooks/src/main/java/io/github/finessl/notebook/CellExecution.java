package io.github.finessl.notebook;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jdk.jshell.execution.DirectExecutionControl;

/**
 * An execution engine for JShell that runs snippets in one thread of this JVM and keeps what the last one returned or
 * threw: JShell itself hands on no more than its text.
 */
final class CellExecution extends DirectExecutionControl {

    private final ExecutorService cells = Executors.newSingleThreadExecutor(this::thread);
    private Thread thread;
    private boolean running;
    private boolean interrupted;
    private Object value;
    private Throwable thrown;

    private Thread thread(Runnable work) {
        Thread created = new Thread(work, "cells");
        created.setDaemon(true);
        synchronized (this) {
            thread = created;
        }
        return created;
    }

    @Override
    protected String invoke(Method snippet) throws Exception {
        begin();
        Future<Object> call = cells.submit(() -> {
            // Services and resources are looked up by it.
            Thread.currentThread()
                    .setContextClassLoader(snippet.getDeclaringClass().getClassLoader());
            return snippet.invoke(null);
        });
        try {
            value = call.get();
            return valueString(value);
        } catch (ExecutionException e) {
            thrown = e.getCause() instanceof InvocationTargetException inSnippet ? inSnippet.getCause() : e.getCause();
            throw new InvocationTargetException(thrown);
        } finally {
            end();
        }
    }

    private synchronized void begin() {
        value = null;
        thrown = null;
        interrupted = false;
        running = true;
    }

    private synchronized void end() {
        running = false;
    }

    /** Interrupts the running snippet's thread, or stops the thread if an interrupt before did not end the snippet. */
    @SuppressWarnings("deprecation") // Nothing else ends an endless loop. From JDK 20 on it is refused.
    synchronized void interrupt() {
        if (!running) {
            return;
        }
        if (interrupted) {
            thread.stop();
        } else {
            interrupted = true;
            thread.interrupt();
        }
    }

    /** Whether the last snippet was interrupted. */
    synchronized boolean interrupted() {
        return interrupted;
    }

    /** The value that the last snippet returned, or null. */
    Object value() {
        return value;
    }

    /** The throwable that the last snippet threw, or null. */
    Throwable thrown() {
        return thrown;
    }

    /** The text that shows a value: an array's elements, a quoted string, or its {@code toString}. */
    static String text(Object value) {
        return valueString(value);
    }
}

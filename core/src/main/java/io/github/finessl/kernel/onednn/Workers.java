package io.github.finessl.kernel.onednn;

import io.github.finessl.io.Daemon;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * Threads that share the tasks of one call: the caller and its helpers, each with tools of its own, take the next task
 * until none is left. Whole pieces of work run on one core, in its own cache, and meet once a call; OpenMP would have the
 * cores meet after every small primitive, and waits for that either asleep or at full speed.
 */
final class Workers implements AutoCloseable {

    /**
     * The time in which a helper looks for the next call before it sleeps: calls of a training step follow each other
     * closely.
     */
    private static final long SPIN_NANOS = 50_000;

    /** Rows of a piece: enough for fast products, few enough to share the work evenly. */
    private static final long PIECE_ROWS = 256;

    /** A product of fewer rows leaves registers empty. */
    private static final long LEAST_ROWS = 16;

    /** A piece of work. */
    interface Task {
        void run(OneDnnTools tools, int index);
    }

    /** A range of rows, images or the like. */
    interface Piece {
        void run(OneDnnTools tools, long from, long count);
    }

    private final List<OneDnnTools> tools = new ArrayList<>();
    private final List<Thread> helpers = new ArrayList<>();
    private final NativeOps openMp = openMp();
    private volatile Call current;
    private volatile boolean closed;

    /** @param maker makes the tools of one thread */
    Workers(int threads, Supplier<OneDnnTools> maker) {
        for (int i = 0; i < threads; i++) {
            tools.add(maker.get());
        }
        for (int i = 1; i < threads; i++) {
            OneDnnTools own = tools.get(i);
            Thread helper = Daemon.named("kernels-" + i).newThread(() -> help(own));
            helpers.add(helper);
            helper.start();
        }
    }

    private static NativeOps openMp() {
        Nd4j.getExecutioner(); // loads the native library
        return NativeOpsHolder.getInstance().getDeviceNativeOps();
    }

    int count() {
        return tools.size();
    }

    /** Runs tasks 0 to {@code tasks - 1}, in any order, and returns when all are done. One call at a time. */
    synchronized void run(int tasks, Task task) {
        if (closed) {
            throw new IllegalStateException("these kernels are closed");
        }
        withoutOpenMp(() -> {
            Call call = new Call(task, tasks);
            if (tasks > 1) {
                current = call;
                helpers.forEach(LockSupport::unpark);
            }
            call.work(tools.get(0));
            call.await();
            return call;
        });
    }

    /**
     * Does work in which OpenMP has one thread, ND4J's and, where both libraries share one OpenMP, as on Linux, oneDNN's:
     * its others would wait for their next task at full speed, on the cores of the helpers.
     */
    <T> T withoutOpenMp(Supplier<T> work) {
        int threads = openMp.ompGetMaxThreads();
        openMp.setOmpNumThreads(1);
        try {
            return work.get();
        } finally {
            openMp.setOmpNumThreads(threads);
        }
    }

    /** Cuts into pieces of nearly equal size, as many for each thread. */
    void inPieces(long all, long most, long least, Piece task) {
        long count = pieces(all, most, least);
        run((int) count, (own, piece) -> {
            long from = piece * all / count;
            task.run(own, from, (piece + 1) * all / count - from);
        });
    }

    /**
     * The number of pieces that {@link #inPieces} makes; none is larger than {@code most}, or smaller than {@code
     * least} where it can be helped.
     */
    long pieces(long all, long most, long least) {
        long rounds = (all - 1) / most / count() + 1;
        return Math.max(1, Math.min(rounds * count(), all / least));
    }

    /** Cuts rows into pieces that products are fast on. */
    void inPiecesOfRows(long rows, Piece task) {
        inPieces(rows, PIECE_ROWS, LEAST_ROWS, task);
    }

    /** The number of pieces that {@link #inPiecesOfRows} makes. */
    long piecesOfRows(long rows) {
        return pieces(rows, PIECE_ROWS, LEAST_ROWS);
    }

    /** Cuts tokens [images, rows, width] into pieces of whole images. */
    void inPiecesOfImages(Rows tokens, Piece task) {
        inPieces(tokens.images(), Math.max(1, PIECE_ROWS / tokens.rows()), 1, task);
    }

    private void help(OneDnnTools own) {
        openMp.setOmpNumThreads(1);
        Call last = null;
        long idleSince = System.nanoTime();
        while (!closed) {
            Call call = current;
            if (call != last) {
                call.work(own);
                last = call;
                idleSince = System.nanoTime();
            } else if (System.nanoTime() - idleSince < SPIN_NANOS) {
                Thread.onSpinWait();
            } else {
                LockSupport.park(this);
                idleSince = System.nanoTime();
            }
        }
    }

    private static final class Call {
        private final Task task;
        private final int tasks;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger left;
        private final Thread caller = Thread.currentThread();
        private volatile Throwable failure;

        Call(Task task, int tasks) {
            this.task = task;
            this.tasks = tasks;
            left = new AtomicInteger(tasks);
        }

        @SuppressWarnings("CatchingUnchecked") // Whatever a task throws is the caller's to see.
        void work(OneDnnTools tools) {
            for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
                try {
                    task.run(tools, i);
                } catch (Throwable e) {
                    failure = e;
                }
                if (left.decrementAndGet() == 0) {
                    LockSupport.unpark(caller);
                }
            }
        }

        void await() {
            long begin = System.nanoTime();
            while (left.get() > 0) {
                if (System.nanoTime() - begin < SPIN_NANOS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
            if (failure instanceof Error error) {
                throw error;
            }
            if (failure instanceof RuntimeException exception) {
                throw exception;
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        helpers.forEach(LockSupport::unpark);
        for (Thread helper : helpers) {
            join(helper);
        }
        tools.forEach(OneDnnTools::close);
    }

    private static void join(Thread helper) {
        boolean interrupted = false;
        while (helper.isAlive()) {
            try {
                helper.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

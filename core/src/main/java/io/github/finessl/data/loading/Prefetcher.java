package io.github.finessl.data.loading;

import io.github.finessl.io.Daemon;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A prefetcher, which makes the batches of consecutive steps ahead of time on a thread of its own, and has the loader take
 * more threads where the consumer waits.
 *
 * <p>The loader is not closed with it and must not be used otherwise meanwhile. For one consumer thread.
 */
public final class Prefetcher implements AutoCloseable {

    /** The part of the time between two batches that a consumer may wait. */
    private static final double MAY_WAIT = 0.05;

    private final BatchLoader loader;
    private final int depth;
    private final long end;
    private final ExecutorService worker = Executors.newSingleThreadExecutor(Daemon.named("finessl-prefetch"));
    private final Deque<Future<StepBatch>> ahead = new ArrayDeque<>();
    private long submitted;
    private long taken;
    private long last;
    private long waited;

    /**
     * Creates a prefetcher, which starts working at once.
     *
     * @param first the first step that {@link #next} returns
     * @param end the step after the last
     * @param depth how many batches to be ahead at most, 1 or 2; below the loader's number of slots
     */
    public Prefetcher(BatchLoader loader, long first, long end, int depth) {
        if (depth < 1 || depth > 2 || depth >= loader.options().slots()) {
            worker.shutdown();
            throw new IllegalArgumentException("Depth must be 1 or 2 and below the loader's %d slots, not %d"
                    .formatted(loader.options().slots(), depth));
        }
        this.loader = loader;
        this.depth = depth;
        this.end = end;
        this.submitted = first;
        for (int i = 0; i < depth; i++) {
            submit();
        }
    }

    /**
     * The next batch; the arrays of the one before are given up with this call.
     *
     * @throws io.github.finessl.data.DataException if an image cannot be read
     * @throws NoSuchElementException after the last step
     */
    public StepBatch next() {
        if (ahead.isEmpty()) {
            throw new NoSuchElementException("There is no step " + end);
        }
        long start = System.nanoTime();
        try {
            StepBatch batch = ahead.remove().get();
            adapt(start, System.nanoTime());
            submit();
            return batch;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for a batch", e);
        } catch (ExecutionException e) {
            throw Daemon.unwrap(e);
        } finally {
            waited += System.nanoTime() - start;
        }
    }

    /** The first batches are always waited for. */
    private void adapt(long asked, long now) {
        if (taken++ >= depth && now - asked > MAY_WAIT * (now - last)) {
            loader.hurry();
        }
        last = now;
    }

    /** The total time that callers have waited in {@link #next}. */
    public Duration waited() {
        return Duration.ofNanos(waited);
    }

    /** Stops after the batch in progress; batches not yet taken are dropped. */
    @Override
    public void close() {
        ahead.forEach(batch -> batch.cancel(false));
        ahead.clear();
        Daemon.end(worker);
    }

    private void submit() {
        if (submitted < end) {
            long step = submitted++;
            ahead.add(worker.submit(() -> loader.load(step)));
        }
    }
}

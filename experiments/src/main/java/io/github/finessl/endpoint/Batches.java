package io.github.finessl.endpoint;

import io.github.finessl.io.Daemon;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A queue of questions that are answered in batches, whoever asks them. Thread-safe.
 *
 * <p>Questions are prepared on as many threads as there are cores, and wait then. A batch takes what waits, and waits itself, a short
 * time at most, until it has as many questions as were open when the last batch was answered: whoever asks alone never waits, and
 * clients that ask again as soon as they are answered come to share batches.
 *
 * @param <P> a question, prepared
 * @param <A> an answer
 */
final class Batches<P, A> implements AutoCloseable {

    private final Function<List<P>, List<A>> answers;
    private final int largest;
    private final int capacity;
    private final Duration window;
    private final AtomicInteger unanswered = new AtomicInteger();
    private final BlockingQueue<Waiting<P, A>> prepared = new LinkedBlockingQueue<>();
    private final ExecutorService preparing =
            Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), Daemon.named("finessl-prepare"));
    private final Thread answering = Daemon.named("finessl-answer").newThread(this::answerAll);

    /** A question that waits for its answer; without a question, the end: nothing is behind it. */
    private record Waiting<P, A>(Optional<P> question, CompletableFuture<A> answer) {}

    /**
     * An empty queue.
     *
     * @param answers gives an answer for each question of a batch, in order; is called by one thread
     * @param largest questions of a batch
     * @param capacity questions without an answer, of which there are never more
     * @param window the longest that a batch waits for more questions
     */
    Batches(Function<List<P>, List<A>> answers, int largest, int capacity, Duration window) {
        this.answers = answers;
        this.largest = largest;
        this.capacity = capacity;
        this.window = window;
        answering.start();
    }

    /**
     * Asks.
     *
     * @param questions each prepared on another thread; what one throws its answer ends with
     * @return their answers to come, in order; empty if too many questions wait
     */
    Optional<List<CompletableFuture<A>>> ask(List<Supplier<P>> questions) {
        if (unanswered.addAndGet(questions.size()) > capacity) {
            unanswered.addAndGet(-questions.size());
            return Optional.empty();
        }
        return Optional.of(questions.stream().map(this::ask).toList());
    }

    private CompletableFuture<A> ask(Supplier<P> question) {
        CompletableFuture<A> answer = new CompletableFuture<>();
        preparing.execute(() -> {
            try {
                prepared.add(new Waiting<>(Optional.of(question.get()), answer));
            } catch (RuntimeException | Error e) {
                fail(answer, e);
            }
        });
        return answer;
    }

    /** How many questions have no answer yet. */
    int unanswered() {
        return unanswered.get();
    }

    /** How many questions wait for a batch. */
    int prepared() {
        return prepared.size();
    }

    private void answerAll() {
        int expected = 1;
        while (true) {
            List<Waiting<P, A>> batch = next(expected);
            expected = Math.min(
                    largest, answer(batch.stream().filter(each -> !isEnd(each)).toList()));
            if (isEnd(batch.get(batch.size() - 1))) {
                return;
            }
        }
    }

    private static boolean isEnd(Waiting<?, ?> waiting) {
        return waiting.question().isEmpty();
    }

    /** What waits, or comes before the window closes. */
    private List<Waiting<P, A>> next(int expected) {
        List<Waiting<P, A>> batch = new ArrayList<>();
        try {
            batch.add(prepared.take());
            long end = System.nanoTime() + window.toNanos();
            prepared.drainTo(batch, largest - 1);
            while (batch.size() < expected && !isEnd(batch.get(batch.size() - 1))) {
                Waiting<P, A> next = prepared.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (next == null) {
                    break;
                }
                batch.add(next);
            }
            return batch;
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    /** Answers, and returns how many questions were open until then. */
    private int answer(List<Waiting<P, A>> batch) {
        if (batch.isEmpty()) {
            return 0;
        }
        List<A> found;
        try {
            found = answers.apply(
                    batch.stream().map(each -> each.question().orElseThrow()).toList());
        } catch (RuntimeException | Error e) {
            batch.forEach(each -> fail(each.answer(), e));
            return batch.size();
        }
        int open = unanswered.getAndAdd(-batch.size());
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).answer().complete(found.get(i));
        }
        return open;
    }

    private void fail(CompletableFuture<A> answer, Throwable fault) {
        unanswered.decrementAndGet();
        answer.completeExceptionally(fault);
    }

    /** Answers what was asked before; nothing may be asked any more. */
    @Override
    public void close() {
        Daemon.end(preparing);
        prepared.add(new Waiting<>(Optional.empty(), new CompletableFuture<>()));
        try {
            answering.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

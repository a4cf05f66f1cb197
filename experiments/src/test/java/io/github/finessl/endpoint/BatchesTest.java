package io.github.finessl.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Questions of many who ask at a time. */
@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BatchesTest {

    private static final Duration LONG = Duration.ofMinutes(10);

    /** The sizes of the batches that were answered. */
    private final List<Integer> sizes = new CopyOnWriteArrayList<>();

    /** Each lets one batch be answered. */
    private final Semaphore turns = new Semaphore(0);

    private Batches<Integer, String> batches;

    private void open(int largest, int capacity, Duration window) {
        batches = new Batches<>(this::answer, largest, capacity, window);
    }

    private List<String> answer(List<Integer> questions) {
        turns.acquireUninterruptibly();
        sizes.add(questions.size());
        if (questions.contains(-1)) {
            throw new IllegalStateException("it cannot answer -1");
        }
        return questions.stream().map(number -> "answer to " + number).toList();
    }

    @AfterEach
    void close() {
        turns.release(1_000);
        batches.close();
    }

    private List<CompletableFuture<String>> ask(int from, int count) {
        return batches.ask(IntStream.range(from, from + count)
                        .mapToObj(number -> (Supplier<Integer>) () -> number)
                        .toList())
                .orElseThrow();
    }

    private static void awaitAll(List<CompletableFuture<String>> answers) {
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).join();
    }

    /** Waits until a batch is being answered. */
    private void awaitTurn() throws InterruptedException {
        while (!turns.hasQueuedThreads()) {
            Thread.sleep(1);
        }
    }

    @Test
    void everybodyGetsTheAnswerToTheOwnQuestion() {
        open(4, 100, Duration.ofMillis(1));
        turns.release(100);
        List<CompletableFuture<String>> answers = ask(0, 23);
        for (int i = 0; i < 23; i++) {
            assertThat(answers.get(i).join()).isEqualTo("answer to " + i);
        }
        assertThat(sizes).allMatch(size -> size <= 4);
        assertThat(sizes.stream().mapToInt(Integer::intValue).sum()).isEqualTo(23);
        assertThat(batches.unanswered()).isZero();
    }

    /** The first goes alone; what is asked meanwhile shares a batch. */
    @Test
    void whatWaitsIsAnsweredTogether() throws InterruptedException {
        open(4, 100, Duration.ZERO);
        List<CompletableFuture<String>> first = ask(0, 1);
        awaitTurn();
        List<CompletableFuture<String>> others =
                IntStream.range(1, 7).mapToObj(i -> ask(i, 1).get(0)).toList();
        while (batches.prepared() < 6) {
            Thread.sleep(1);
        }
        turns.release(3);
        awaitAll(first);
        awaitAll(others);
        assertThat(sizes).containsExactly(1, 4, 2);
    }

    /** With a window that never closes, who asks alone is still answered, whatever was asked before. */
    @Test
    void whoAsksAloneNeverWaits() {
        open(16, 100, LONG);
        turns.release(100);
        for (int i = 0; i < 3; i++) {
            assertThat(ask(i, 1).get(0).join()).isEqualTo("answer to " + i);
        }
        assertThat(sizes).containsExactly(1, 1, 1);
    }

    /** Four who ask again as soon as they are answered; two batches of two would take as long as one of four. */
    @Test
    void whoAsksAgainAtOnceComesToShareABatch() throws InterruptedException {
        open(16, 100, LONG);
        List<CompletableFuture<String>> one = ask(0, 1);
        awaitTurn();
        List<CompletableFuture<String>> three = ask(1, 3);
        while (batches.prepared() < 3) {
            Thread.sleep(1);
        }
        turns.release(1);
        awaitAll(one);
        assertThat(three).noneMatch(CompletableFuture::isDone); // four were open, and so four are waited for
        List<CompletableFuture<String>> again = ask(4, 1);
        turns.release(1);
        awaitAll(again);
        awaitAll(three);
        assertThat(sizes).containsExactly(1, 4);
    }

    @Test
    void aWindowCloses() throws InterruptedException {
        open(16, 100, Duration.ofMillis(20));
        List<CompletableFuture<String>> one = ask(0, 1);
        awaitTurn();
        List<CompletableFuture<String>> three = ask(1, 3);
        turns.release(10);
        awaitAll(one);
        awaitAll(three); // though a fourth was expected
        assertThat(batches.unanswered()).isZero();
    }

    @Test
    void moreThanTheCapacityIsNotTaken() throws InterruptedException {
        open(4, 5, Duration.ZERO);
        assertThat(batches.ask(IntStream.range(0, 6)
                        .mapToObj(number -> (Supplier<Integer>) () -> number)
                        .toList()))
                .isEmpty();
        assertThat(batches.unanswered()).isZero();
        List<CompletableFuture<String>> taken = ask(0, 5);
        assertThat(batches.unanswered()).isEqualTo(5);
        assertThat(batches.ask(List.of(() -> 6))).isEmpty();
        assertThat(batches.unanswered()).isEqualTo(5);
        turns.release(6);
        awaitAll(taken);
        assertThat(ask(7, 1).get(0).join()).isEqualTo("answer to 7");
    }

    @Test
    void aQuestionThatCannotBePreparedSpoilsNoOther() {
        open(4, 100, Duration.ZERO);
        turns.release(100);
        List<CompletableFuture<String>> answers = batches.ask(List.of(
                        () -> 1,
                        () -> {
                            throw new IllegalArgumentException("damaged");
                        },
                        () -> 3))
                .orElseThrow();
        assertThat(answers.get(0).join()).isEqualTo("answer to 1");
        assertThat(answers.get(2).join()).isEqualTo("answer to 3");
        assertThatThrownBy(() -> answers.get(1).join())
                .isInstanceOf(CompletionException.class)
                .hasRootCauseMessage("damaged");
        assertThat(batches.unanswered()).isZero();
    }

    @Test
    void aBatchThatFailsTellsAllAndEndsNothing() {
        open(4, 100, Duration.ZERO);
        turns.release(100);
        assertThatThrownBy(() -> ask(-1, 1).get(0).join()).hasRootCauseMessage("it cannot answer -1");
        assertThat(ask(1, 1).get(0).join()).isEqualTo("answer to 1");
        assertThat(batches.unanswered()).isZero();
    }

    @Test
    void closingAnswersWhatWasAsked() {
        open(4, 100, LONG);
        List<CompletableFuture<String>> answers = ask(0, 9);
        turns.release(100);
        batches.close();
        assertThat(answers).allMatch(CompletableFuture::isDone).noneMatch(CompletableFuture::isCompletedExceptionally);
    }
}

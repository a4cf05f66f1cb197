package io.github.finessl.endpoint;

import io.github.finessl.data.DataException;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.FineSslModel.Prepared;
import io.github.finessl.serve.Photo;
import io.github.finessl.web.Body;
import io.github.finessl.web.Refused;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/** The answers to {@code POST /classify}. */
final class Classify {

    /** The part of the heap that uploads may take. */
    private static final int PART_OF_HEAP = 4;

    /** An upload is held as it came, and once more taken out of its form. */
    private static final int COPIES = 2;

    private static final int KIB = 1024;

    private final FineSslModel model;
    private final Batches<Prepared, Classification> batches;
    private final Settings.Limits limits;
    private final Metrics metrics;
    private final Executor sending;

    /** The memory that is left for uploads, in KiB. */
    private final Semaphore memory;

    /**
     * The answers of a model.
     *
     * @param sending runs what may have to wait for the client
     */
    Classify(
            FineSslModel model,
            Batches<Prepared, Classification> batches,
            Settings.Limits limits,
            Metrics metrics,
            Executor sending) {
        this.model = model;
        this.batches = batches;
        this.limits = limits;
        this.metrics = metrics;
        this.sending = sending;
        memory = new Semaphore(
                Math.max(kib(limits.upload()), (int) (Runtime.getRuntime().maxMemory() / PART_OF_HEAP / KIB)));
    }

    private static int kib(long bytes) {
        return (int) (COPIES * bytes / KIB) + 1;
    }

    /** Answers a request once the model has. */
    void answer(Context request) {
        Question question = Question.of(request, model.card());
        long length = request.req().getContentLengthLong();
        int upload = kib(length < 0 ? limits.upload() : Math.min(length, limits.upload()));
        if (!memory.tryAcquire(upload)) {
            throw busy(request);
        }
        CompletableFuture<?> answer;
        try {
            answer = answer(request, Uploads.of(request, limits), question);
        } catch (RuntimeException | Error e) {
            memory.release(upload);
            throw e;
        }
        request.future(() -> answer.whenComplete((content, fault) -> memory.release(upload))
                .thenAcceptAsync(content -> Body.answer(request, content), sending));
    }

    private static Refused busy(Context request) {
        request.header("Retry-After", "1");
        return new Refused(503, "Too many photos are waiting; try again.");
    }

    private CompletableFuture<?> answer(Context request, Uploads uploads, Question question) {
        List<Supplier<Prepared>> photos = uploads.photos().stream()
                .map(photo -> Photo.of(photo.bytes(), photo.name()))
                .map(photo -> (Supplier<Prepared>) () -> model.prepare(photo))
                .toList();
        List<CompletableFuture<Answer>> answers = batches.ask(photos).orElseThrow(() -> busy(request)).stream()
                .map(found -> answer(found, question))
                .toList();
        return uploads.several() ? ofForm(uploads.photos(), answers) : answers.get(0);
    }

    private CompletableFuture<Answer> answer(CompletableFuture<Classification> found, Question question) {
        return found.whenComplete((classification, fault) -> {
                    if (fault instanceof DataException) {
                        metrics.unreadable();
                    }
                })
                .thenApply(classification -> {
                    Answer answer = Answer.of(classification, question);
                    metrics.answered(answer);
                    return answer;
                });
    }

    private static CompletableFuture<Answer.Several> ofForm(
            List<Uploads.Upload> photos, List<CompletableFuture<Answer>> answers) {
        List<CompletableFuture<Answer.OfForm>> all = new ArrayList<>();
        for (int i = 0; i < photos.size(); i++) {
            String name = photos.get(i).name();
            all.add(answers.get(i)
                    .<Answer.OfForm>thenApply(answer -> new Answer.Named(name, answer))
                    .exceptionally(fault -> unreadable(name, fault)));
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                .thenApply(done -> new Answer.Several(
                        all.stream().map(CompletableFuture::join).toList()));
    }

    private static Answer.OfForm unreadable(String name, Throwable fault) {
        if (fault.getCause() instanceof DataException bad) {
            return new Answer.Unreadable(name, bad.getMessage());
        }
        throw new CompletionException(fault.getCause());
    }
}

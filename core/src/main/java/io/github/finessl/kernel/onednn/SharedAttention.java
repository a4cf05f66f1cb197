package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.onednn.OneDnnAttention.ScoreBias;
import io.github.finessl.kernel.onednn.OneDnnAttention.Shape;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Attention on all threads, which share images, or, where those are too few, their queries, or their heads if there is a bias or
 * there are few queries. Prompts and bias may be null.
 */
final class SharedAttention {
    /** Fewer are not worth a thread. */
    private static final long LEAST_QUERIES = 4;

    private final Workers workers;

    SharedAttention(Workers workers) {
        this.workers = workers;
    }

    /** What is done with some queries of an image, by the same thread, once they have their answers. */
    interface Answered {
        void queries(OneDnnTools tools, long image, long from, long count);
    }

    /** A bias [heads, Tq, T + P] or [1, Tq, T + P] as it lies in memory; null of null. */
    static ScoreBias bias(INDArray orNull) {
        return orNull == null ? null : new ScoreBias(Floats.address(orNull), orNull.size(0) > 1);
    }

    /** {@link Kernels#attention}. */
    void forward(int heads, Rows q, Rows k, Rows v, Rows promptK, Rows promptV, ScoreBias bias, Rows out) {
        Shape one = Shape.ofOneImage(q, k, promptK, heads);
        if (q.images() >= workers.count()) {
            workers.inPiecesOfImages(
                    k,
                    (tools, from, count) -> tools.attention()
                            .forward(
                                    one.of(count),
                                    q.images(from, count),
                                    k.images(from, count),
                                    v.images(from, count),
                                    promptK,
                                    promptV,
                                    bias,
                                    out.images(from, count)));
            return;
        }
        if (bias == null && one.queries() >= LEAST_QUERIES * workers.count()) {
            byQueries(one, q, k, v, promptK, promptV, out, (tools, image, from, count) -> {});
            return;
        }
        int groups = Math.min(heads, workers.count());
        workers.run((int) q.images() * groups, (tools, piece) -> {
            long image = piece / groups;
            long first = (long) piece % groups * heads / groups;
            long next = ((long) piece % groups + 1) * heads / groups;
            long column = first * one.width();
            tools.attention()
                    .forward(
                            one.ofHeads(next - first),
                            q.images(image, 1).from(column),
                            k.images(image, 1).from(column),
                            v.images(image, 1).from(column),
                            promptK == null ? null : promptK.from(column),
                            promptV == null ? null : promptV.from(column),
                            bias == null ? null : bias.from(first, one),
                            out.images(image, 1).from(column));
        });
    }

    /** {@link Kernels#attention} without a bias, for fewer images than threads: each takes some queries of an image. */
    void byQueries(Shape one, Rows q, Rows k, Rows v, Rows promptK, Rows promptV, Rows out, Answered answered) {
        long images = Math.max(1, q.images());
        long most = (workers.count() + images - 1) / images;
        long parts = Math.max(1, Math.min(most, one.queries() / LEAST_QUERIES));
        workers.run((int) (q.images() * parts), (tools, piece) -> {
            long image = piece / parts;
            long from = piece % parts * one.queries() / parts;
            long count = (piece % parts + 1) * one.queries() / parts - from;
            tools.attention()
                    .forward(
                            one.ofQueries(count),
                            q.images(image, 1).slice(from, count),
                            k.images(image, 1),
                            v.images(image, 1),
                            promptK,
                            promptV,
                            null,
                            out.images(image, 1).slice(from, count));
            answered.queries(tools, image, from, count);
        });
    }

    /** {@link Kernels#attentionBackward}; dq, dk and dv may be null. */
    void backward(
            Shape one,
            Rows q,
            Rows k,
            Rows v,
            Rows promptK,
            Rows promptV,
            ScoreBias bias,
            Rows dOut,
            Rows dq,
            Rows dk,
            Rows dv,
            PromptSums sums) {
        workers.inPiecesOfImages(
                k,
                (tools, from, count) -> tools.attention()
                        .backward(
                                one.of(count),
                                q.images(from, count),
                                k.images(from, count),
                                v.images(from, count),
                                promptK,
                                promptV,
                                bias,
                                dOut.images(from, count),
                                Rows.imagesOrNull(dq, from, count),
                                Rows.imagesOrNull(dk, from, count),
                                Rows.imagesOrNull(dv, from, count),
                                sums.of(from)));
        sums.addUp(workers);
    }
}

package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.onednn.OneDnnAttention.ScoreBias;
import io.github.finessl.kernel.onednn.OneDnnAttention.Shape;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Attention on all threads, which share images, or, where those are too few, their heads. Prompts and bias may be null. */
final class SharedAttention {
    private final Workers workers;

    SharedAttention(Workers workers) {
        this.workers = workers;
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

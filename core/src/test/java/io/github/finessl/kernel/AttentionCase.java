package io.github.finessl.kernel;

import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The arguments of one attention, q, k and v being views of one [B, T, 3·D] array as the fused projection leaves them. */
record AttentionCase(
        int heads,
        INDArray q,
        INDArray k,
        INDArray v,
        INDArray promptK,
        INDArray promptV,
        INDArray bias,
        INDArray out) {

    static AttentionCase random(
            Random random, DataType type, int batch, int tokens, int queries, int prompts, int heads, int headWidth) {
        int width = heads * headWidth;
        INDArray qkv = Arrays.normal(random, type, batch, tokens, 3L * width);
        return new AttentionCase(
                heads,
                part(qkv, 0, queries, width),
                part(qkv, 1, tokens, width),
                part(qkv, 2, tokens, width),
                prompts == 0 ? null : Arrays.normal(random, type, prompts, width),
                prompts == 0 ? null : Arrays.normal(random, type, prompts, width),
                null,
                Nd4j.create(type, batch, queries, width));
    }

    /** The same with a bias of the scores for each head, or one for all. */
    AttentionCase biased(Random random, boolean perHead) {
        INDArray added = Arrays.normal(random, q.dataType(), perHead ? heads : 1, queries(), keys());
        return new AttentionCase(heads, q, k, v, promptK, promptV, added, out);
    }

    private static INDArray part(INDArray qkv, int index, int tokens, int width) {
        return qkv.get(
                NDArrayIndex.all(),
                NDArrayIndex.interval(0, tokens),
                NDArrayIndex.interval(index * width, (index + 1) * width));
    }

    /** Small cases with the corners: one image, one token, one query, one prompt, none. */
    static List<AttentionCase> small(DataType type, Random random) {
        return List.of(
                random(random, type, 2, 5, 5, 3, 2, 4),
                random(random, type, 3, 4, 1, 2, 2, 3),
                random(random, type, 2, 3, 3, 0, 1, 5),
                random(random, type, 1, 1, 1, 1, 3, 2),
                random(random, type, 1, 4, 4, 7, 1, 2),
                random(random, type, 2, 5, 5, 3, 2, 4).biased(random, true),
                random(random, type, 3, 4, 1, 0, 2, 3).biased(random, false));
    }

    int batch() {
        return (int) q.size(0);
    }

    int queries() {
        return (int) q.size(1);
    }

    int keys() {
        return (int) (k.size(1) + (promptK == null ? 0 : promptK.size(0)));
    }

    AttentionCase map(UnaryOperator<INDArray> f) {
        return new AttentionCase(
                heads,
                f.apply(q),
                f.apply(k),
                f.apply(v),
                f.apply(promptK),
                f.apply(promptV),
                f.apply(bias),
                f.apply(out));
    }

    void forward(Kernels kernels) {
        kernels.attention(q, k, v, promptK, promptV, bias, heads, out);
    }

    /** Where the gradients go; like q, k and v they are views of one array. */
    record Gradients(INDArray dq, INDArray dk, INDArray dv, INDArray dPromptK, INDArray dPromptV) {

        Gradients promptsOnly() {
            return new Gradients(null, null, null, dPromptK.ulike(), dPromptV.ulike());
        }
    }

    Gradients gradients() {
        int width = (int) q.size(2);
        INDArray dQkv = Nd4j.create(q.dataType(), q.size(0), k.size(1), 3L * width);
        int tokens = (int) k.size(1);
        return new Gradients(
                part(dQkv, 0, queries(), width),
                part(dQkv, 1, tokens, width),
                part(dQkv, 2, tokens, width),
                promptK == null ? null : promptK.ulike(),
                promptV == null ? null : promptV.ulike());
    }

    void backward(Kernels kernels, INDArray dOut, Gradients g) {
        kernels.attentionBackward(
                q, k, v, promptK, promptV, bias, heads, dOut, g.dq(), g.dk(), g.dv(), g.dPromptK(), g.dPromptV());
    }
}

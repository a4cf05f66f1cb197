package io.github.finessl.encoder.onnx;

import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer.Linear;
import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Assembles attention pooling: a constant query asks all tokens, and an MLP may follow on the answer. */
final class PoolAssembly {

    private PoolAssembly() {}

    /** An attention pooling and the tokens that it asks. */
    record Found(Pooling.Attention pooling, Piece tokens) {}

    /** The pooling that a piece ends, if it is one. */
    static Optional<Found> of(Piece piece) {
        if (piece.origin() instanceof Piece.Linear out && out.input().origin() instanceof Piece.Pooled pooled) {
            return Optional.of(asked(pooled, out));
        } else if (piece.origin() instanceof Piece.Sum sum) {
            return residual(sum);
        }
        return Optional.empty();
    }

    /** y + mlp(norm y), y being the answer. */
    private static Optional<Found> residual(Piece.Sum sum) {
        for (List<Piece> order : List.of(List.of(sum.left(), sum.right()), List.of(sum.right(), sum.left()))) {
            Piece answer = order.get(0);
            if (answer.origin() instanceof Piece.Linear out
                    && out.input().origin() instanceof Piece.Pooled pooled
                    && order.get(1).origin() instanceof Piece.Linear last) {
                Found found = asked(pooled, out);
                Piece.Normed norm = BlockAssembly.norm2(last)
                        .filter(n -> n.input() == answer)
                        .orElseThrow(() -> new Untraceable(
                                "attention pooling that goes on with something else than an MLP on its norm"));
                var mlp = new Pooling.ResidualMlp(BlockAssembly.norm(norm), BlockAssembly.mlp(last));
                return Optional.of(new Found(with(found.pooling(), mlp), found.tokens()));
            }
        }
        return Optional.empty();
    }

    private static Pooling.Attention with(Pooling.Attention pooling, Pooling.ResidualMlp residual) {
        return new Pooling.Attention(
                pooling.first(),
                pooling.heads(),
                pooling.query(),
                pooling.kv(),
                pooling.keyNorm(),
                pooling.out(),
                Optional.of(residual));
    }

    private static Found asked(Piece.Pooled pooled, Piece.Linear out) {
        Piece.Projection key = pooled.scores().key();
        Piece.Projection value = pooled.value();
        if (key.turn().isPresent()) {
            throw new Untraceable("attention pooling whose keys are turned by their places");
        }
        double expected = 1 / Math.sqrt((double) key.width() / key.heads());
        double factor = pooled.scale() * key.scale() / expected;
        double[] asks = pooled.scores().query();
        var query = new float[asks.length];
        for (int i = 0; i < query.length; i++) {
            query[i] = (float) (factor * asks[i]);
        }
        Piece tokens = ((Piece.Linear) value.linear().origin()).input();
        int in = Math.toIntExact(tokens.width());
        int width = key.width();
        var weight = new float[in * 2 * width];
        var bias = new float[2 * width];
        BlockAssembly.fill(0, 2, key, 1, tokens, weight, bias);
        BlockAssembly.fill(1, 2, value, value.scale(), tokens, weight, bias);
        boolean biased = BlockAssembly.isBiased(key) || BlockAssembly.isBiased(value);
        INDArray kv = Nd4j.create(weight, new long[] {in, 2L * width}, 'c');
        var pooling = new Pooling.Attention(
                key.from(),
                key.heads(),
                Nd4j.createFromArray(query),
                new Linear(kv, biased ? Optional.of(Nd4j.createFromArray(bias)) : Optional.empty()),
                key.norm().map(norm -> BlockAssembly.norm(norm, key, 1)),
                BlockAssembly.linear(out),
                Optional.empty());
        return new Found(pooling, tokens);
    }
}

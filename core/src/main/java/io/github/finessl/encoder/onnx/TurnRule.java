package io.github.finessl.encoder.onnx;

import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.QueryKey;
import io.github.finessl.encoder.VisionTransformer.Rotation;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Recognition of the rule by which DINOv3 turns queries and keys, so that it holds for other grids of patches: entry pair i is
 * turned by an angle that grows evenly along rows, or along columns, and is 0 in the middle of the image.
 *
 * <pre>
 *   θ_i(r, c) = δ_i·(r - (R-1)/2) or δ_i·(c - (C-1)/2),   δ_i = 4π / (R·period_i) or 4π / (C·period_i)
 * </pre>
 *
 * <p>Angles that do not grow from the middle on are left without a rule: whether they count patches, or parts of an image of the
 * size of training, is not in the file.
 *
 * @param rows R of the file's grid; {@code columns} likewise
 * @param before tokens in front of the patches, which are not turned
 * @param steps δ of each pair
 * @param alongRows whether a pair is turned along rows
 */
record TurnRule(int rows, int columns, int before, double[] steps, boolean[] alongRows) {
    private static final double EXACT = 1e-4;
    /** Of fewer rows or columns it cannot be told which way the fastest pair is turned. */
    private static final int LEAST = 4;

    /** Blocks whose rotations have their rule where it is this one. */
    static List<Block> applied(List<Block> blocks, int rows, int columns, int before) {
        IdentityHashMap<Rotation, Rotation> known = new IdentityHashMap<>();
        return blocks.stream()
                .map(block -> block.qk()
                        .flatMap(qk -> qk.rotation()
                                .map(r -> known.computeIfAbsent(r, each -> ruled(each, rows, columns, before)))
                                .map(r -> with(block, qk, r)))
                        .orElse(block))
                .toList();
    }

    private static Block with(Block block, QueryKey qk, Rotation rotation) {
        return new Block(
                block.norm1(),
                block.qkv(),
                Optional.of(new QueryKey(qk.queryNorm(), qk.keyNorm(), Optional.of(rotation), qk.bias())),
                block.attendedNorm(),
                block.out(),
                block.norm2(),
                block.mlp());
    }

    private static Rotation ruled(Rotation rotation, int rows, int columns, int before) {
        return of(rotation, rows, columns, before)
                .map(rule -> new Rotation(rotation.cos(), rotation.sin(), Optional.of(rule::rotation)))
                .orElse(rotation);
    }

    /** The rule of a rotation, if it is this one. */
    static Optional<TurnRule> of(Rotation rotation, int rows, int columns, int before) {
        INDArray cos = rotation.cos();
        if (rows < LEAST || columns < LEAST || cos.size(0) != 1 || cos.size(1) != before + (long) rows * columns) {
            return Optional.empty();
        }
        int pairs = (int) cos.size(2);
        var steps = new double[pairs];
        var alongRows = new boolean[pairs];
        for (int i = 0; i < pairs; i++) {
            double down = between(rotation, before, before + columns, i);
            double across = between(rotation, before, before + 1, i);
            alongRows[i] = Math.abs(down) > Math.abs(across);
            steps[i] = alongRows[i] ? down : across;
        }
        var rule = new TurnRule(rows, columns, before, steps, alongRows);
        return rule.gives(rotation) ? Optional.of(rule) : Optional.empty();
    }

    /** The angle from one token's turn to another's, from -π to π. */
    private static double between(Rotation rotation, int from, int to, int pair) {
        double c = rotation.cos().getDouble(0, from, pair);
        double s = rotation.sin().getDouble(0, from, pair);
        double otherC = rotation.cos().getDouble(0, to, pair);
        double otherS = rotation.sin().getDouble(0, to, pair);
        return Math.atan2(otherS * c - otherC * s, otherC * c + otherS * s);
    }

    private boolean gives(Rotation rotation) {
        Rotation own = rotation(rows, columns);
        return own.cos().equalsWithEps(rotation.cos(), EXACT) && own.sin().equalsWithEps(rotation.sin(), EXACT);
    }

    /** The rotation for a grid of patches. */
    Rotation rotation(int newRows, int newColumns) {
        int pairs = steps.length;
        int tokens = before + newRows * newColumns;
        var cos = new float[tokens * pairs];
        var sin = new float[cos.length];
        for (int t = 0; t < tokens; t++) {
            for (int i = 0; i < pairs; i++) {
                double angle = t < before ? 0 : angle(i, t - before, newRows, newColumns);
                cos[t * pairs + i] = (float) Math.cos(angle);
                sin[t * pairs + i] = (float) Math.sin(angle);
            }
        }
        long[] shape = {1, tokens, pairs};
        return new Rotation(Nd4j.create(cos, shape, 'c'), Nd4j.create(sin, shape, 'c'), Optional.of(this::rotation));
    }

    private double angle(int pair, int patch, int newRows, int newColumns) {
        int row = patch / newColumns;
        int column = patch % newColumns;
        return alongRows[pair]
                ? steps[pair] * rows / newRows * (row - (newRows - 1) / 2.0)
                : steps[pair] * columns / newColumns * (column - (newColumns - 1) / 2.0);
    }
}

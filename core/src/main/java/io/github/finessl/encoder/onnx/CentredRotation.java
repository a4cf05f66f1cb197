package io.github.finessl.encoder.onnx;

import io.github.finessl.encoder.VisionTransformer.Rotation;
import io.github.finessl.encoder.VisionTransformer.RotationRule;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * DINOv3's rule of a rotation: each pair is turned by a frequency times the patch's row, or its column, where these go from
 * -1 to 1 over the image, whatever its size: patch i of n is at 2·(i + ½)/n - 1. Angles that begin with 0 at the first patch,
 * as others have, do not tell what becomes of them in larger images.
 *
 * @param row frequency of each pair along rows; {@code column} likewise
 * @param before tokens in front of the patches, which are not turned
 */
record CentredRotation(double[] row, double[] column, int before, Map<Grid, Rotation> known) implements RotationRule {

    private static final double TOLERANCE = 1e-4;

    /** Fewer patches than this do not tell a frequency from one that is a whole turn faster. */
    private static final int LEAST = 5;

    record Grid(int rows, int columns) {}

    /** The rule that the angles [1, tokens, pairs] of a grid follow, if it is this. */
    static Optional<RotationRule> of(INDArray cos, INDArray sin, int rows, int columns) {
        int pairs = (int) cos.size(2);
        int before = (int) cos.size(1) - rows * columns;
        if (cos.size(0) != 1 || before < 0 || rows < LEAST || columns < LEAST) {
            return Optional.empty();
        }
        var row = new double[pairs];
        var column = new double[pairs];
        for (int p = 0; p < pairs; p++) {
            row[p] = rows / 2.0 * turn(cos, sin, before, before + columns, p);
            column[p] = columns / 2.0 * turn(cos, sin, before, before + 1, p);
        }
        var rule = new CentredRotation(row, column, before, new ConcurrentHashMap<>());
        Rotation same = rule.of(rows, columns);
        return same.cos().equalsWithEps(cos, TOLERANCE) && same.sin().equalsWithEps(sin, TOLERANCE)
                ? Optional.of(rule)
                : Optional.empty();
    }

    /** The angle from one token to another, in ±π. */
    private static double turn(INDArray cos, INDArray sin, long from, long to, int pair) {
        double c0 = cos.getDouble(0, from, pair);
        double s0 = sin.getDouble(0, from, pair);
        double c1 = cos.getDouble(0, to, pair);
        double s1 = sin.getDouble(0, to, pair);
        return Math.atan2(s1 * c0 - c1 * s0, c1 * c0 + s1 * s0);
    }

    @Override
    public Rotation of(int rows, int columns) {
        return known.computeIfAbsent(new Grid(rows, columns), grid -> {
            int pairs = row.length;
            int tokens = before + rows * columns;
            var cos = new float[tokens * pairs];
            var sin = new float[tokens * pairs];
            for (int t = 0; t < tokens; t++) {
                int patch = t - before;
                double y = patch < 0 ? 0 : place(patch / columns, rows);
                double x = patch < 0 ? 0 : place(patch % columns, columns);
                for (int p = 0; p < pairs; p++) {
                    double angle = row[p] * y + column[p] * x;
                    cos[t * pairs + p] = (float) Math.cos(angle);
                    sin[t * pairs + p] = (float) Math.sin(angle);
                }
            }
            long[] shape = {1, tokens, pairs};
            return new Rotation(Nd4j.create(cos, shape, 'c'), Nd4j.create(sin, shape, 'c'), Optional.of(this));
        });
    }

    private static double place(int i, int n) {
        return (2 * i + 1.0) / n - 1;
    }
}

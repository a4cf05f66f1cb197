package io.github.finessl.experiments.tool;

import io.github.finessl.encoder.PixelInput;
import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.Embedding;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.encoder.VisionTransformer.Mlp;
import io.github.finessl.experiments.option.Geometry;
import io.github.finessl.kernel.Activation;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A factory of vision transformers with random weights, the same for each call. */
final class RandomEncoder {

    private RandomEncoder() {}

    /** An encoder of a size. */
    static VisionTransformer of(Geometry geometry) {
        int width = geometry.width();
        int patch = geometry.patch();
        SplittableRandom random = new SplittableRandom(1);
        List<Block> blocks = Stream.generate(() -> new Block(
                        norm(width),
                        linear(width, 3 * width, random),
                        linear(width, width, random),
                        norm(width),
                        new Mlp(
                                linear(width, 4 * width, random),
                                Activation.QUICK_GELU,
                                linear(4 * width, width, random))))
                .limit(Geometry.DEPTH)
                .toList();
        return new VisionTransformer(
                Geometry.IMAGE,
                Geometry.IMAGE,
                patch,
                patch,
                geometry.heads(),
                new Embedding(
                        linear(3 * patch * patch, width, random),
                        Optional.empty(),
                        Optional.of(values(random, .02, width)),
                        Optional.empty(),
                        Optional.of(values(random, .02, geometry.tokens(), width)),
                        Optional.of(norm(width))),
                blocks,
                false,
                new Pooling.ClassToken(),
                Optional.of(norm(width)),
                Optional.empty(),
                Optional.empty(),
                "random " + geometry,
                PixelInput.UNKNOWN);
    }

    private static LayerNorm norm(int width) {
        return new LayerNorm(Nd4j.ones(width).castTo(DataType.FLOAT), zeros(width), 1e-5);
    }

    private static INDArray zeros(int length) {
        return Nd4j.createFromArray(new float[length]);
    }

    private static Linear linear(int in, int out, SplittableRandom random) {
        return new Linear(values(random, 1 / Math.sqrt(in), in, out), Optional.of(zeros(out)));
    }

    private static INDArray values(SplittableRandom random, double bound, long... shape) {
        int length = Math.toIntExact(LongStream.of(shape).reduce(1, Math::multiplyExact));
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
        }
        return Nd4j.create(values, shape, 'c');
    }
}

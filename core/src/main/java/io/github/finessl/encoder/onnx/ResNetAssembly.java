package io.github.finessl.encoder.onnx;

import io.github.finessl.encoder.PixelInput;
import io.github.finessl.encoder.ResNet;
import io.github.finessl.encoder.ResNet.AttentionPool;
import io.github.finessl.encoder.ResNet.BatchNorm;
import io.github.finessl.encoder.ResNet.Block;
import io.github.finessl.encoder.ResNet.Convolution;
import io.github.finessl.encoder.VisionTransformer.Linear;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Reads the pieces of a traced network, from its end to its beginning, as CLIP's ResNet. */
final class ResNetAssembly {

    private static final double SCALE_TOLERANCE = 1e-6;

    private ResNetAssembly() {}

    /**
     * The embedding behind attention pooling.
     *
     * @param tokens what is pooled: the mean over all pixels and the pixels, with positions
     */
    record Embedding(Piece.Linear projection, Piece.Attention attention, Piece tokens) {}

    /**
     * Goes back from an output through what happens to the embedding alone (L2 normalisation, a classifier) to attention
     * pooling; empty if there is none.
     *
     * @throws Untraceable if the output is that of other tokens than the mean's
     */
    static Optional<Embedding> embedding(Value output) {
        if (!(output instanceof View view)) {
            return Optional.empty();
        }
        for (Piece at = view.piece(); ; ) {
            if (at.origin() instanceof Piece.RowWise function) {
                at = function.input();
            } else if (at.origin() instanceof Piece.Normed unit) { // L2 normalisation
                at = unit.input();
            } else if (at.origin() instanceof Piece.Linear linear) {
                if (linear.input().origin() instanceof Piece.Attention attention
                        && tokens(attention).isPresent()) {
                    if (!VitAssembly.isClassToken(view)) {
                        throw new Untraceable("attention pooling of which other tokens than the mean's are taken");
                    }
                    return Optional.of(
                            new Embedding(linear, attention, tokens(attention).get()));
                }
                at = linear.input();
            } else {
                return Optional.empty();
            }
        }
    }

    /** The tokens that attention runs over, if the mean over all tokens is put in front of them. */
    private static Optional<Piece> tokens(Piece.Attention attention) {
        Piece tokens = ((Piece.Linear) attention.value().linear().origin()).input();
        return Optional.of(tokens).filter(t -> t.origin() instanceof Piece.WithMeanToken);
    }

    static ResNet assemble(Embedding embedding, String sha256) {
        Piece at = ((Piece.WithMeanToken) embedding.tokens().origin()).tokens();
        Deque<Block> blocks = new ArrayDeque<>();
        for (Optional<Stage> stage = block(at); stage.isPresent(); stage = block(at)) {
            blocks.addFirst(stage.get().block());
            at = stage.get().input();
        }
        if (blocks.isEmpty()) {
            throw new Untraceable("attention pooling of something else than bottleneck blocks");
        }
        int pool = 1;
        if (at.origin() instanceof Piece.AveragePooled pooled) {
            pool = pooled.side();
            at = pooled.input();
        }
        Deque<Convolution> stem = new ArrayDeque<>();
        while (!at.isImage()) {
            Unit unit = unit(activated(at));
            stem.addFirst(unit.convolution());
            at = unit.input();
        }
        double[] pixel = new double[] {1, 1, 1};
        if (at.origin() instanceof Piece.Rescaled rescaled
                && !(Arrays.equals(rescaled.scale().values(), pixel)
                        && rescaled.shift().isAll(0))) {
            stem.addFirst(onPixels(stem.removeFirst(), rescaled));
        }
        long[] image = at.shape();
        return new ResNet(
                (int) image[2],
                (int) image[3],
                List.copyOf(stem),
                pool,
                stages(blocks),
                attentionPool(embedding),
                sha256,
                PixelInput.UNKNOWN);
    }

    private static List<List<Block>> stages(Deque<Block> blocks) {
        var stages = new ArrayList<List<Block>>();
        for (Block block : blocks) {
            if (stages.isEmpty() || block.downsample().isPresent()) {
                stages.add(new ArrayList<>());
            }
            stages.get(stages.size() - 1).add(block);
        }
        return stages.stream().map(List::copyOf).toList();
    }

    /** A convolution with its norm, and what goes into it. */
    private record Unit(Convolution convolution, Piece input) {}

    /** A block, and what goes into it. */
    private record Stage(Block block, Piece input) {}

    /** The block that ends here; empty where the stem ends. */
    private static Optional<Stage> block(Piece end) {
        if (!(end.origin() instanceof Piece.RowWise) || !(activated(end).origin() instanceof Piece.Sum sum)) {
            return Optional.empty();
        }
        var problems = new ArrayList<String>();
        for (List<Piece> order : List.of(List.of(sum.left(), sum.right()), List.of(sum.right(), sum.left()))) {
            try {
                return Optional.of(block(order.get(0), order.get(1)));
            } catch (Untraceable e) {
                problems.add(e.getMessage());
            }
        }
        throw new Untraceable("a residual block that is no bottleneck (" + String.join("; ", problems) + ")");
    }

    private static Stage block(Piece branch, Piece shortcut) {
        Unit conv3 = unit(branch);
        Piece inner = conv3.input();
        int pool = 1;
        if (inner.origin() instanceof Piece.AveragePooled pooled) {
            pool = pooled.side();
            inner = pooled.input();
        }
        Unit conv2 = unit(activated(inner));
        Unit conv1 = unit(activated(conv2.input()));
        Piece input = conv1.input();
        Optional<Convolution> downsample = Optional.empty();
        if (shortcut != input) {
            Unit unit = unit(shortcut);
            Piece from = unit.input();
            if (pool > 1) {
                if (!(from.origin() instanceof Piece.AveragePooled pooled) || pooled.side() != pool) {
                    throw new Untraceable("a shortcut that does not average " + pool + "×" + pool + " pixels");
                }
                from = pooled.input();
            }
            if (from != input) {
                throw new Untraceable("a shortcut from somewhere else than the block's beginning");
            }
            downsample = Optional.of(unit.convolution());
        }
        Block block = new Block(conv1.convolution(), conv2.convolution(), conv3.convolution(), pool, downsample);
        return new Stage(block, input);
    }

    /** The input of a ReLU. */
    private static Piece activated(Piece piece) {
        if (piece.origin() instanceof Piece.RowWise function && isRelu(function.function(), piece.width())) {
            return function.input();
        }
        throw new Untraceable(
                piece.origin() instanceof Piece.RowWise
                        ? "an activation that is no ReLU"
                        : "a feature map without a ReLU where one is expected");
    }

    private static boolean isRelu(RowFunction function, long width) {
        double[] x = IntStream.range(0, Math.toIntExact(width))
                .mapToDouble(i -> ((i * 37) % 101 - 50) / 10.0 + 0.05)
                .toArray();
        return Arrays.equals(
                function.apply(x), Arrays.stream(x).map(v -> Math.max(v, 0)).toArray());
    }

    private static Unit unit(Piece piece) {
        Optional<BatchNorm> norm = Optional.empty();
        Piece at = piece;
        if (at.origin() instanceof Piece.BatchNormed n) {
            norm = Optional.of(new BatchNorm(
                    VitAssembly.array(n.gain()),
                    VitAssembly.array(n.bias()),
                    VitAssembly.array(n.mean()),
                    VitAssembly.array(n.variance()),
                    n.epsilon()));
            at = n.input();
        }
        if (!(at.origin() instanceof Piece.Convolved c)) {
            throw new Untraceable("something else than a convolution where one is expected");
        }
        return new Unit(
                new Convolution(
                        VitAssembly.array(c.weight()), c.bias().map(VitAssembly::array), norm, c.stride(), c.padding()),
                c.input());
    }

    /** The first convolution takes up a normalisation of the pixels, without a shift where it is padded: w·(a·x + b) = (w·a)·x + w·b. */
    private static Convolution onPixels(Convolution first, Piece.Rescaled rescaled) {
        double[] scale = rescaled.scale().values();
        double[] shift = rescaled.shift().values();
        INDArray weight = first.weight().dup('c');
        double[] bias = first.bias()
                .map(b -> b.toDoubleVector())
                .orElseGet(() -> new double[(int) first.weight().size(0)]);
        int plane = (int) (weight.size(2) * weight.size(3));
        for (int i = 0; i < weight.length(); i++) {
            int channel = i / plane % 3;
            double w = first.weight().getDouble(i);
            bias[i / plane / 3] += w * shift[channel];
            weight.putScalar(i, w * scale[channel]);
        }
        return new Convolution(
                weight,
                Optional.of(Nd4j.createFromArray(bias).castTo(weight.dataType())),
                first.norm(),
                first.stride(),
                first.padding());
    }

    private static AttentionPool attentionPool(Embedding embedding) {
        Piece tokens = embedding.tokens();
        Piece.Attention attention = embedding.attention();
        Piece.Projection query = attention.scores().query();
        Piece.Projection key = attention.scores().key();
        double usual = 1 / Math.sqrt((double) query.width() / query.heads());
        double correction = attention.scale() * query.scale() * key.scale() / usual;
        return new AttentionPool(
                VitAssembly.array(((Piece.WithMeanToken) tokens.origin()).positions()),
                projection(query, Math.abs(correction - 1) < SCALE_TOLERANCE ? 1 : correction, tokens),
                projection(key, 1, tokens),
                projection(attention.value(), attention.value().scale(), tokens),
                new Linear(
                        VitAssembly.array(embedding.projection().weight()),
                        embedding.projection().bias().map(VitAssembly::array)),
                query.heads());
    }

    /** A projection's columns in the order of its heads, scaled. */
    private static Linear projection(Piece.Projection projection, double scale, Piece tokens) {
        Piece.Linear linear = (Piece.Linear) projection.linear().origin();
        if (linear.input() != tokens) {
            throw new Untraceable("queries, keys and values of different inputs");
        }
        float[] from = linear.weight().floats();
        int[] columns = projection.columns();
        int in = Math.toIntExact(tokens.width());
        int all = from.length / in;
        var weight = new float[in * columns.length];
        for (int i = 0; i < in; i++) {
            for (int j = 0; j < columns.length; j++) {
                weight[i * columns.length + j] = (float) (scale * from[i * all + columns[j]]);
            }
        }
        Optional<INDArray> bias = linear.bias().map(b -> {
            float[] biases = b.floats();
            var ordered = new float[columns.length];
            for (int j = 0; j < ordered.length; j++) {
                ordered[j] = (float) (scale * biases[columns[j]]);
            }
            return Nd4j.createFromArray(ordered);
        });
        return new Linear(Nd4j.create(weight, new long[] {in, columns.length}, 'c'), bias);
    }
}

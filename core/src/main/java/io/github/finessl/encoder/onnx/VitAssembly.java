package io.github.finessl.encoder.onnx;

import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.encoder.VisionTransformer.Mlp;
import io.github.finessl.kernel.Activation;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Assembles a vision transformer from the pieces of a traced network, from its end to its beginning. */
final class VitAssembly {

    private static final double SCALE_TOLERANCE = 1e-6;

    private VitAssembly() {}

    /**
     * A traced output as its features, with what the file does to them afterwards.
     *
     * @param norm the final norm, of all tokens or of their mean
     * @param head the linear layer right behind the features; what follows it is left out, and with it {@code exact}
     * @param pooled whether the output is the class token or a mean, not all tokens
     * @param depth residual sums before the features
     */
    record Features(
            Piece norm, Pooling pooling, Optional<Piece.Linear> head, boolean pooled, boolean exact, int depth) {

        boolean ofClassToken() {
            return pooled && pooling instanceof Pooling.ClassToken;
        }
    }

    /**
     * Goes back from an output through everything that happens to each token by itself (a projection, a classifier with
     * its softmax, L2 normalisation, a pooler), up to the norm at the end of the residual stream, before or after which
     * tokens may be averaged.
     *
     * @throws Untraceable if the output is not that of a vision transformer
     */
    static Features features(Value output) {
        if (output instanceof Unknown unknown) {
            throw new Untraceable(unknown.found());
        } else if (!(output instanceof View view)) {
            throw new Untraceable("an output that does not depend on the image");
        } else if (!view.isWhole() && !isClassToken(view)) {
            throw new Untraceable("an output that is neither the class token nor all tokens");
        } else {
            Optional<Piece.Linear> head = Optional.empty();
            int behind = 0;
            Piece piece = view.piece();
            for (Optional<Piece> before = before(piece); before.isPresent(); before = before(piece)) {
                head = piece.origin() instanceof Piece.Linear linear ? Optional.of(linear) : Optional.empty();
                piece = before.get();
                behind++;
            }
            boolean exact = behind == (head.isPresent() ? 1 : 0);
            Pooling pooling = new Pooling.ClassToken();
            if (piece.origin() instanceof Piece.Mean mean) {
                pooling = new Pooling.NormThenMean(mean.first());
                piece = mean.tokens();
            }
            if (!(piece.origin() instanceof Piece.Normed norm)) {
                throw new Untraceable("an output that is no final norm nor computed from one, token by token");
            }
            Piece stream = norm.input();
            if (stream.origin() instanceof Piece.Mean mean) {
                if (!(pooling instanceof Pooling.ClassToken)) {
                    throw new Untraceable("a mean of a mean");
                }
                pooling = new Pooling.MeanThenNorm(mean.first());
                stream = mean.tokens();
            }
            boolean pooled = !(pooling instanceof Pooling.ClassToken) || !view.isWhole();
            return new Features(piece, pooling, head, pooled, exact, depth(stream));
        }
    }

    /** The input of a piece behind the final norm, or nothing if it is the final norm. */
    private static Optional<Piece> before(Piece piece) {
        if (piece.origin() instanceof Piece.Linear linear) {
            return Optional.of(linear.input());
        } else if (piece.origin() instanceof Piece.RowWise function) {
            return Optional.of(function.input());
        } else if (piece.origin() instanceof Piece.Normed norm && !isStream(norm.input())) {
            return Optional.of(norm.input());
        }
        return Optional.empty();
    }

    private static boolean isStream(Piece piece) {
        Piece tokens = piece.origin() instanceof Piece.Mean mean ? mean.tokens() : piece;
        return tokens.origin() instanceof Piece.Sum;
    }

    private static int depth(Piece stream) {
        int depth = 0;
        for (Piece at = stream; at.origin() instanceof Piece.Sum sum; depth++) {
            at = VitAssembly.residual(sum).stream();
        }
        return depth;
    }

    static boolean isClassToken(View view) {
        long[] shape = view.piece().shape();
        if (shape.length != 3) {
            return false;
        }
        Layout first = Layout.of(shape).slice(1, 0, 1, 1).reshape(shape[0], shape[2]);
        return view.layout().size() == first.size()
                && view.layout().reshape(shape[0], shape[2]).equals(first);
    }

    static VisionTransformer assemble(Features features, String sha256) {
        Piece.Normed finalNorm = (Piece.Normed) features.norm().origin();
        Deque<Block> blocks = new ArrayDeque<>();
        boolean layerScale = false;
        Piece stream = finalNorm.input().origin() instanceof Piece.Mean mean ? mean.tokens() : finalNorm.input();
        int heads = 0;
        while (stream.origin() instanceof Piece.Sum mlp) {
            Residual second = residual(mlp);
            if (!(second.stream().origin() instanceof Piece.Sum attention)) {
                throw new Untraceable("a block without attention");
            }
            Residual first = residual(attention);
            Piece.Attention attend = attention(first);
            int found = attend.value().heads();
            if (heads != 0 && found != heads) {
                throw new Untraceable("blocks with " + heads + " and " + found + " heads");
            }
            heads = found;
            blocks.addFirst(block(first, attend, second));
            layerScale |= first.last().scaled() || second.last().scaled();
            stream = first.stream();
        }
        if (blocks.isEmpty()) {
            throw new Untraceable("a network without residual blocks");
        }
        Optional<LayerNorm> preNorm = Optional.empty();
        if (stream.origin() instanceof Piece.Normed norm) {
            preNorm = Optional.of(norm(norm));
            stream = norm.input();
        }
        return embedded(stream, heads, preNorm, blocks, layerScale, features, sha256);
    }

    private static VisionTransformer embedded(
            Piece stream,
            int heads,
            Optional<LayerNorm> preNorm,
            Deque<Block> blocks,
            boolean layerScale,
            Features features,
            String sha256) {
        Piece.Tokens tokens = TokenSequence.tokens(stream);
        if (!(tokens.patches().origin() instanceof Piece.Patches patches)) {
            throw new Untraceable("tokens that are not patches of the image");
        }
        int width = Math.toIntExact(stream.width());
        float[] prefix = tokens.prefix().floats();
        float[] positions = tokens.positions().floats();
        boolean classToken = hasClassToken(features, prefix.length / width, positions, width);
        int registersFrom = classToken ? width : 0;
        for (int i = registersFrom; i < prefix.length; i++) {
            prefix[i] += positions[i];
        }
        float[] kept = Arrays.copyOf(positions, positions.length - prefix.length + registersFrom);
        System.arraycopy(positions, prefix.length, kept, registersFrom, positions.length - prefix.length);
        long[] kernel = patches.weight().shape();
        int pixels = Math.toIntExact(kernel[1] * kernel[2] * kernel[3]);
        INDArray convolution =
                array(patches.weight(), width, pixels).transpose().dup('c');
        long[] image = patches.image().shape();
        return new VisionTransformer(
                (int) image[2],
                (int) image[3],
                (int) kernel[2],
                (int) kernel[3],
                heads,
                new Linear(convolution, patches.bias().map(b -> array(b, width))),
                Optional.empty(),
                classToken ? Optional.of(Nd4j.createFromArray(Arrays.copyOf(prefix, width))) : Optional.empty(),
                prefix.length > registersFrom
                        ? Optional.of(matrix(Arrays.copyOfRange(prefix, registersFrom, prefix.length), width))
                        : Optional.empty(),
                Optional.of(matrix(kept, width)),
                preNorm,
                List.copyOf(blocks),
                layerScale,
                features.pooling(),
                Optional.of(norm((Piece.Normed) features.norm().origin())),
                features.head().map(VitAssembly::linear),
                sha256);
    }

    /**
     * Whether the first token is a class token: where it is the features, or has a position of its own. Any other token
     * in front of the patches counts as a register.
     */
    private static boolean hasClassToken(Features features, int inFront, float[] positions, int width) {
        boolean feature = features.pooling() instanceof Pooling.ClassToken;
        if (feature && inFront == 0) {
            throw new Untraceable(
                    features.pooled()
                            ? "the first patch for the features, and no class token"
                            : "tokens without a class token at their front, and no mean of them");
        }
        if (feature && !features.pooled() && hasPosition(positions, width, inFront * width)) {
            throw new Untraceable(
                    "several tokens with positions in front of the patches (a distillation token?), and no"
                            + " output that is the class token alone");
        }
        return inFront > 0 && (feature || hasPosition(positions, 0, width));
    }

    private static boolean hasPosition(float[] positions, int from, int to) {
        for (int i = from; i < to; i++) {
            if (positions[i] != 0) {
                return true;
            }
        }
        return false;
    }

    /** x + branch(x). */
    private record Residual(Piece stream, Piece.Linear last) {}

    private static Residual residual(Piece.Sum sum) {
        for (List<Piece> order : List.of(List.of(sum.left(), sum.right()), List.of(sum.right(), sum.left()))) {
            if (order.get(1).origin() instanceof Piece.Linear last
                    && beginning(last).filter(b -> b == order.get(0)).isPresent()) {
                return new Residual(order.get(0), last);
            }
        }
        boolean scaled = Stream.of(sum.left(), sum.right())
                .anyMatch(
                        p -> p.origin() instanceof Piece.RowWise f && f.input().origin() instanceof Piece.Linear);
        throw new Untraceable(
                scaled
                        ? "a residual branch that is scaled before it is added (LayerScale)"
                        : "a sum that is no pre-norm residual (x + branch(norm x))");
    }

    /** The input of the norm that a residual branch begins with. */
    private static Optional<Piece> beginning(Piece.Linear last) {
        Piece inner = last.input();
        if (inner.origin() instanceof Piece.Attention attention) {
            inner = attention.value().linear();
        } else if (inner.origin() instanceof Piece.RowWise activation) {
            inner = activation.input();
        }
        return inner.origin() instanceof Piece.Linear first && first.input().origin() instanceof Piece.Normed norm
                ? Optional.of(norm.input())
                : Optional.empty();
    }

    private static Piece.Attention attention(Residual residual) {
        if (!(residual.last().input().origin() instanceof Piece.Attention attention)) {
            throw new Untraceable("a residual branch that is no attention where attention is expected");
        }
        return attention;
    }

    private static Block block(Residual first, Piece.Attention attention, Residual second) {
        if (!(second.last().input().origin() instanceof Piece.RowWise activation)
                || !(activation.input().origin() instanceof Piece.Linear fc1)) {
            throw new Untraceable("a residual branch that is no MLP (linear, activation, linear)");
        }
        Activation known = activation
                .function()
                .asActivation(activation.input().width())
                .orElseThrow(() -> new Untraceable("an activation that is none of QuickGELU, erf GELU and tanh GELU"));
        Piece norm1 = ((Piece.Linear) attention.value().linear().origin()).input();
        return new Block(
                norm((Piece.Normed) norm1.origin()),
                qkv(attention, norm1),
                linear(first.last()),
                norm((Piece.Normed) fc1.input().origin()),
                new Mlp(linear(fc1), known, linear(second.last())));
    }

    /** The three projections side by side; a scale other than 1/√headWidth moves into the queries. */
    private static Linear qkv(Piece.Attention attention, Piece input) {
        Piece.Projection query = attention.scores().query();
        Piece.Projection key = attention.scores().key();
        int width = query.width();
        double expected = 1 / Math.sqrt((double) width / query.heads());
        double correction = attention.scale() * query.scale() * key.scale() / expected;
        if (width != input.width()) {
            throw new Untraceable("attention " + width + " wide on tokens " + input.width() + " wide");
        }
        double queryScale = Math.abs(correction - 1) < SCALE_TOLERANCE ? 1 : correction;
        var weight = new float[width * 3 * width];
        var bias = new float[3 * width];
        fill(0, query, queryScale, input, weight, bias);
        fill(1, key, 1, input, weight, bias);
        fill(2, attention.value(), attention.value().scale(), input, weight, bias);
        boolean biased = Stream.of(query, key, attention.value())
                .anyMatch(p -> ((Piece.Linear) p.linear().origin()).bias().isPresent());
        return new Linear(
                Nd4j.create(weight, new long[] {width, 3L * width}, 'c'),
                biased ? Optional.of(Nd4j.createFromArray(bias)) : Optional.empty());
    }

    private static void fill(
            int part, Piece.Projection projection, double scale, Piece input, float[] weight, float[] bias) {
        Piece.Linear linear = (Piece.Linear) projection.linear().origin();
        if (linear.input() != input) {
            throw new Untraceable("queries, keys and values of different inputs");
        }
        float[] from = linear.weight().floats();
        Optional<float[]> fromBias = linear.bias().map(Constant::floats);
        int[] columns = projection.columns().indices();
        int width = columns.length;
        int all = from.length / width;
        for (int j = 0; j < width; j++) {
            int column = columns[j];
            for (int i = 0; i < width; i++) {
                weight[(i * 3 + part) * width + j] = (float) (scale * from[i * all + column]);
            }
            bias[part * width + j] =
                    (float) (scale * fromBias.map(b -> b[column]).orElse(0f));
        }
    }

    private static LayerNorm norm(Piece.Normed norm) {
        return new LayerNorm(array(norm.gain()), array(norm.bias()), norm.epsilon());
    }

    private static Linear linear(Piece.Linear linear) {
        return new Linear(array(linear.weight()), linear.bias().map(VitAssembly::array));
    }

    static INDArray array(Constant constant, long... shape) {
        float[] floats = constant.floats();
        if (floats.length == 0) {
            throw new Untraceable("weights without elements");
        }
        // Not reshaped: SameDiff would copy what looks like a view.
        return Nd4j.create(floats, shape.length == 0 ? constant.shape() : shape, 'c');
    }

    private static INDArray matrix(float[] rows, int width) {
        return Nd4j.create(rows, new long[] {rows.length / width, width}, 'c');
    }
}

package io.github.finessl.encoder.onnx;

import io.github.finessl.encoder.PixelInput;
import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.Embedding;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Assembles a vision transformer from the pieces of a traced network, from its end to its beginning. */
final class VitAssembly {

    private VitAssembly() {}

    /**
     * A traced output as its features, with what the file does to them afterwards.
     *
     * @param stream that leaves the last block
     * @param norm the final norm, of all tokens or of what they are pooled to, if there is one
     * @param pooledNorm one more norm, of what they are pooled to, if there is one
     * @param head the linear layer right behind the features; what follows it is left out, and with it {@code exact}
     * @param pooled whether the output is one token, not all of them
     * @param depth residual sums before the features
     */
    record Features(
            Piece stream,
            Optional<Piece.Normed> norm,
            Pooling pooling,
            Optional<Piece.Normed> pooledNorm,
            Optional<Piece.Linear> head,
            boolean pooled,
            boolean exact,
            int depth) {

        boolean ofClassToken() {
            return pooled && pooling instanceof Pooling.ClassToken;
        }
    }

    /**
     * Goes back from an output through everything that happens to each token by itself (a projection, a classifier with
     * its softmax, L2 normalisation, a pooler), up to the norm at the end of the residual stream, before or after which
     * tokens may be pooled.
     *
     * @throws Untraceable if the output is not that of a vision transformer
     */
    static Features features(Value output) {
        if (output instanceof Unknown unknown) {
            throw new Untraceable(unknown.found());
        } else if (output instanceof Probed probed) {
            throw new Untraceable(probed.found());
        } else if (!(output instanceof View view)) {
            throw new Untraceable("an output that does not depend on the image");
        } else if (!isOneToken(view) && !view.isWhole() && !isClassToken(view)) {
            throw new Untraceable("an output that is neither the class token nor all tokens");
        } else {
            return features(view);
        }
    }

    private static Features features(View view) {
        Deque<Piece.Origin> behind = new ArrayDeque<>();
        Piece piece = view.piece();
        for (Optional<Piece> before = before(piece); before.isPresent(); before = before(piece)) {
            behind.push(piece.origin());
            piece = before.get();
        }
        Optional<Piece.Normed> pooledNorm = Optional.empty();
        if (behind.peek() instanceof Piece.Normed again) {
            pooledNorm = Optional.of(again);
            behind.pop();
        }
        Optional<Piece.Linear> head = Optional.empty();
        if (behind.peek() instanceof Piece.Linear linear) {
            head = Optional.of(linear);
            behind.pop();
        }
        boolean exact = behind.isEmpty();
        Optional<PoolAssembly.Found> asked = PoolAssembly.of(piece);
        if (asked.isPresent()) {
            if (!isOneToken(view) && !isClassToken(view)) {
                throw new Untraceable("attention pooling with several queries, and no output of the first alone");
            }
            Piece tokens = asked.get().tokens();
            Optional<Piece.Normed> norm = tokens.origin() instanceof Piece.Normed n ? Optional.of(n) : Optional.empty();
            Piece stream = norm.map(Piece.Normed::input).orElse(tokens);
            return new Features(stream, norm, asked.get().pooling(), pooledNorm, head, true, exact, depth(stream));
        }
        Pooling pooling = new Pooling.ClassToken();
        if (piece.origin() instanceof Piece.Mean mean) {
            pooling = new Pooling.NormThenMean(mean.first());
            piece = mean.tokens();
        }
        Optional<Piece.Normed> norm = piece.origin() instanceof Piece.Normed n ? Optional.of(n) : Optional.empty();
        Piece stream = norm.map(Piece.Normed::input).orElse(piece);
        if (stream.origin() instanceof Piece.Mean mean) {
            if (!(pooling instanceof Pooling.ClassToken)) {
                throw new Untraceable("a mean of a mean");
            }
            pooling = new Pooling.MeanThenNorm(mean.first());
            stream = mean.tokens();
        }
        if (!(stream.origin() instanceof Piece.Sum)) {
            throw new Untraceable("an output that is no final norm nor computed from one, token by token");
        }
        boolean pooled = !(pooling instanceof Pooling.ClassToken) || !view.isWhole();
        return new Features(stream, norm, pooling, pooledNorm, head, pooled, exact, depth(stream));
    }

    /** A piece of one token an image, in whatever shape. */
    private static boolean isOneToken(View view) {
        long[] shape = view.piece().shape();
        return shape.length == 3
                && shape[1] == 1
                && view.layout().size() == Layout.of(shape).size()
                && view.layout().reshape(shape).equals(Layout.of(shape));
    }

    /** The input of a piece behind the final norm, or nothing if it is the final norm. */
    private static Optional<Piece> before(Piece piece) {
        if (PoolAssembly.of(piece).isPresent()) {
            return Optional.empty();
        } else if (piece.origin() instanceof Piece.Linear linear) {
            return Optional.of(linear.input());
        } else if (piece.origin() instanceof Piece.RowWise function) {
            return Optional.of(function.input());
        } else if (piece.origin() instanceof Piece.Normed norm && !isFinal(norm)) {
            return Optional.of(norm.input());
        }
        return Optional.empty();
    }

    /** Whether a norm is that of the residual stream or its mean. */
    private static boolean isFinal(Piece.Normed norm) {
        Piece tokens = norm.input().origin() instanceof Piece.Mean mean ? mean.tokens() : norm.input();
        return tokens.origin() instanceof Piece.Sum && PoolAssembly.of(tokens).isEmpty();
    }

    private static int depth(Piece stream) {
        int depth = 0;
        for (Piece at = stream; at.origin() instanceof Piece.Sum sum; depth++) {
            at = BlockAssembly.residual(sum).stream();
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
        var assembly = new BlockAssembly();
        Deque<Block> blocks = new ArrayDeque<>();
        boolean layerScale = false;
        Piece stream = features.stream();
        int heads = 0;
        while (stream.origin() instanceof Piece.Sum sum) {
            BlockAssembly.Assembled block = assembly.block(sum);
            if (heads != 0 && block.heads() != heads) {
                throw new Untraceable("blocks with " + heads + " and " + block.heads() + " heads");
            }
            heads = block.heads();
            blocks.addFirst(block.block());
            layerScale |= block.layerScale();
            stream = block.input();
        }
        if (blocks.isEmpty()) {
            throw new Untraceable("a network without residual blocks");
        }
        Optional<LayerNorm> preNorm = Optional.empty();
        if (stream.origin() instanceof Piece.Normed norm && !TokenSequence.arePatches(stream)) {
            preNorm = Optional.of(BlockAssembly.norm(norm));
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
        Optional<LayerNorm> patchNorm = Optional.empty();
        Piece embedded = tokens.patches();
        if (embedded.origin() instanceof Piece.Normed norm) {
            patchNorm = Optional.of(BlockAssembly.norm(norm));
            embedded = norm.input();
        }
        if (!(embedded.origin() instanceof Piece.Patches patches)) {
            throw new Untraceable("tokens that are not patches of the image");
        }
        int width = Math.toIntExact(stream.width());
        float[] prefix = tokens.prefix().floats();
        float[] positions = tokens.positions().floats();
        boolean classToken = hasClassToken(features, tokens, positions, width);
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
                new Embedding(
                        new Linear(convolution, patches.bias().map(b -> array(b, width))),
                        patchNorm,
                        classToken ? Optional.of(Nd4j.createFromArray(Arrays.copyOf(prefix, width))) : Optional.empty(),
                        prefix.length > registersFrom
                                ? Optional.of(matrix(Arrays.copyOfRange(prefix, registersFrom, prefix.length), width))
                                : Optional.empty(),
                        hasPosition(kept, 0, kept.length) ? Optional.of(matrix(kept, width)) : Optional.empty(),
                        preNorm),
                TurnRule.applied(
                        List.copyOf(blocks),
                        (int) (image[2] / kernel[2]),
                        (int) (image[3] / kernel[3]),
                        prefix.length / width),
                layerScale,
                features.pooling(),
                features.norm().map(BlockAssembly::norm),
                features.pooledNorm().map(BlockAssembly::norm),
                features.head().map(BlockAssembly::linear),
                sha256,
                PixelInput.UNKNOWN);
    }

    /**
     * Whether the first token is a class token: where it is the features, or has a position of its own. Any other token
     * in front of the patches counts as a register.
     */
    private static boolean hasClassToken(Features features, Piece.Tokens tokens, float[] positions, int width) {
        int inFront = Math.toIntExact(tokens.prefix().shape()[0]);
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
        if (feature && !features.pooled() && !tokens.alone() && !hasPosition(positions, 0, width)) {
            throw new Untraceable("several tokens in front of the patches of which none is known to be the class token"
                    + " (registers?), and no output that is the features alone");
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

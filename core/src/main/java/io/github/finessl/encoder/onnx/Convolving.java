package io.github.finessl.encoder.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Recognition of the layers of a convolutional network. A feature map is a piece [batch, pixels, channels], whose rows
 * are pixels like the tokens of a transformer; the file sees it as [batch, channels, height, width].
 */
final class Convolving {

    private Convolving() {}

    /** A feature map's shape as the file sees it. */
    private record Map(Piece piece, long batch, long channels, long height, long width) {

        static Map of(View view) {
            long[] shape = view.layout().shape();
            Piece piece = view.piece();
            if (shape.length == 4
                    && (piece.isImage()
                            ? Patching.isWhole(view)
                            : view.layout().equals(layout(shape[0], shape[1], shape[2], shape[3])))) {
                return new Map(piece, shape[0], shape[1], shape[2], shape[3]);
            }
            throw new Untraceable("a convolution or pooling of something else than a feature map");
        }

        static Layout layout(long batch, long channels, long height, long width) {
            return Layout.of(batch, height, width, channels).transpose(0, 3, 1, 2);
        }

        View computed(Piece.Origin origin, long newChannels, long newHeight, long newWidth) {
            if (newHeight < 1 || newWidth < 1) {
                throw new Untraceable("a feature map of " + height + "×" + width + " pixels that shrinks to nothing");
            }
            return new View(
                    new Piece(origin, batch, Math.multiplyExact(newHeight, newWidth), newChannels),
                    layout(batch, newChannels, newHeight, newWidth));
        }
    }

    /** A convolution of the image's patches, or of a feature map. */
    static View convolution(Op op) {
        View view = op.view(0);
        Constant weight = view.piece().isImage() ? Patching.inOrder(view, op.constant(1)) : op.constant(1);
        long[] kernel = weight.shape();
        long[] strides = op.integers("strides").orElse(new long[] {1, 1});
        long[] pads = op.integers("pads").orElse(new long[4]);
        boolean padded = Arrays.stream(pads).anyMatch(p -> p != 0) || !isPlain(op);
        if (view.piece().isImage()
                && (kernel.length != 4 || (!padded && Arrays.equals(strides, Arrays.copyOfRange(kernel, 2, 4))))) {
            return Patching.convolution(op);
        }
        Map x = Map.of(view);
        if (kernel.length != 4
                || kernel[1] != x.channels()
                || kernel[2] < 1
                || kernel[3] < 1
                || kernel[0] < 1
                || op.integer("group", 1) != 1
                || !isPlain(op)
                || !isUniform(strides, 2, 1, kernel[2] + kernel[3])
                || !isUniform(pads, 4, 0, Math.max(kernel[2], kernel[3]) - 1)
                || op.integers("dilations")
                        .filter(d -> Arrays.stream(d).anyMatch(v -> v != 1))
                        .isPresent()) {
            throw new Untraceable(
                    "a convolution " + Arrays.toString(kernel) + " of " + x.channels() + " channels with strides "
                            + Arrays.toString(strides) + ", padding " + Arrays.toString(pads) + " and "
                            + op.integer("group", 1) + " groups");
        }
        if (padded
                && x.piece().isImage()
                && !Patching.rescaling(x.piece()).shift().isAll(0)) {
            throw new Untraceable(
                    "pixels normalised inside of the graph in front of a padded convolution, which cannot take that up");
        }
        var convolved = new Piece.Convolved(
                x.piece(),
                weight,
                op.optionalConstant(2).map(b -> Layers.vector(b, kernel[0])),
                Math.toIntExact(strides[0]),
                Math.toIntExact(pads[0]));
        return x.computed(
                convolved,
                kernel[0],
                (x.height() + 2 * pads[0] - kernel[2]) / strides[0] + 1,
                (x.width() + 2 * pads[0] - kernel[3]) / strides[0] + 1);
    }

    private static boolean isPlain(Op op) {
        return List.of("NOTSET", "VALID").contains(op.string("auto_pad", "NOTSET"));
    }

    private static boolean isUniform(long[] numbers, int count, long least, long most) {
        return numbers.length == count
                && Arrays.stream(numbers).allMatch(n -> n == numbers[0] && n >= least && n <= most);
    }

    /** A batch norm with running statistics. */
    static View batchNorm(Op op) {
        View x = op.view(0);
        if (op.integer("training_mode", 0) != 0) {
            throw new Untraceable(
                    "a batch norm in training mode (an export of the model in evaluation mode is needed)");
        } else if (!(x.piece().origin() instanceof Piece.Convolved)) {
            throw new Untraceable("a batch norm of something else than a convolution");
        }
        long channels = Map.of(x).channels();
        var norm = new Piece.BatchNormed(
                x.piece(),
                vector(op, 1, channels),
                vector(op, 2, channels),
                vector(op, 3, channels),
                vector(op, 4, channels),
                op.number("epsilon", 1e-5));
        return new View(x.piece().derive(norm, channels), x.layout());
    }

    private static Constant vector(Op op, int input, long channels) {
        Constant constant = op.constant(input);
        if (!Arrays.equals(constant.shape(), new long[] {channels})) {
            throw new Untraceable(
                    "a batch norm of " + channels + " channels with numbers for " + Arrays.toString(constant.shape()));
        }
        return constant;
    }

    /** The averages of squares that lie side by side. */
    static View averagePool(Op op) {
        View view = op.view(0);
        Map x = Map.of(view);
        long[] kernel = op.integers("kernel_shape").orElse(new long[0]);
        long[] strides = op.integers("strides").orElse(new long[] {1, 1});
        boolean padded = !isPlain(op)
                || op.integers("pads")
                        .filter(p -> Arrays.stream(p).anyMatch(v -> v != 0))
                        .isPresent();
        if (!isUniform(kernel, 2, 1, 1 << 16)
                || !Arrays.equals(kernel, strides)
                || padded
                || x.height() % kernel[0] != 0
                || x.width() % kernel[0] != 0
                || x.piece().isImage()) {
            throw new Untraceable("an average pool " + Arrays.toString(kernel) + " of " + x.height() + "×" + x.width()
                    + " pixels with strides " + Arrays.toString(strides) + (padded ? " and padding" : "")
                    + ", not one of whole squares side by side");
        }
        int side = Math.toIntExact(kernel[0]);
        return side == 1
                ? view
                : x.computed(
                        new Piece.AveragePooled(x.piece(), side), x.channels(), x.height() / side, x.width() / side);
    }

    /** The mean over all tokens [batch, 1, width], if that is what these dimensions are. */
    static Optional<View> mean(View view, int[] dims, boolean keep) {
        Piece piece = view.piece();
        long[] shape = piece.shape();
        int rank = view.layout().rank();
        boolean side = IntStream.range(1, dims.length).allMatch(i -> dims[i] == dims[i - 1] + 1);
        if (shape.length != 3 || piece.isImage() || dims.length == 0 || !side) {
            return Optional.empty();
        }
        long[] seen = view.layout().shape();
        var merged = new long[rank - dims.length + 1];
        long tokens = 1;
        for (int dim : dims) {
            tokens *= seen[dim];
        }
        for (int i = 0; i < merged.length; i++) {
            merged[i] = i < dims[0] ? seen[i] : i == dims[0] ? tokens : seen[i + dims.length - 1];
        }
        int[] order = order(view.layout().reshape(merged), shape);
        if (order.length != 3 || order[dims[0]] != 1) {
            return Optional.empty();
        }
        var mean = new Piece(new Piece.Mean(piece, 0), shape[0], 1, shape[2]);
        Layout layout = Layout.of(mean.shape()).transpose(order);
        var kept = new long[keep ? rank : rank - dims.length];
        for (int i = 0, at = 0; i < rank; i++) {
            boolean reduced = i >= dims[0] && i < dims[0] + dims.length;
            if (keep || !reduced) {
                kept[at++] = reduced ? 1 : seen[i];
            }
        }
        return Optional.of(new View(mean, layout.reshape(kept)));
    }

    /** The mean over all tokens put in front of them. */
    static Optional<View> meanToken(List<Value> parts, int dim) {
        if (parts.size() != 2
                || !(parts.get(0) instanceof View first)
                || !(parts.get(1) instanceof View rest)
                || !(first.piece().origin() instanceof Piece.Mean mean)
                || mean.first() != 0
                || mean.tokens() != rest.piece()) {
            return Optional.empty();
        }
        long[] shape = rest.piece().shape();
        int[] order = order(rest.layout(), shape);
        Layout one = Layout.of(first.piece().shape());
        if (order.length != 3 || order[dim] != 1 || !one.transpose(order).equals(first.layout())) {
            return Optional.empty();
        }
        var joined = new Piece(
                new Piece.WithMeanToken(rest.piece(), Constant.filled(0, shape[1] + 1, shape[2])),
                shape[0],
                shape[1] + 1,
                shape[2]);
        return Optional.of(new View(joined, Layout.of(joined.shape()).transpose(order)));
    }

    /** The view with a constant added to each token, the same for all images. */
    static Optional<View> positioned(View view, Piece.WithMeanToken pooled, Constant added) {
        long[] shape = view.piece().shape();
        int[] order = order(view.layout(), shape);
        if (order.length != 3) {
            return Optional.empty();
        }
        int[] inverse = new int[3];
        for (int i = 0; i < 3; i++) {
            inverse[order[i]] = i;
        }
        Layout canonical = added.layout().broadcast(view.layout().shape()).transpose(inverse);
        double[] sum = added.with(canonical).sameForAll().values();
        double[] before = pooled.positions().values();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += before[i];
        }
        var positioned = new Piece.WithMeanToken(pooled.tokens(), Constant.of(sum, false, shape[1], shape[2]));
        return Optional.of(new View(new Piece(positioned, shape), view.layout()));
    }

    /** The order of a piece's three dimensions in which a view shows all of it; empty if it shows something else. */
    static int[] order(Layout layout, long... shape) {
        if (layout.rank() == 3 && shape.length == 3) {
            for (int[] order : new int[][] {{0, 1, 2}, {1, 0, 2}, {0, 2, 1}, {2, 0, 1}, {1, 2, 0}, {2, 1, 0}}) {
                if (Layout.of(shape).transpose(order).equals(layout)) {
                    return order;
                }
            }
        }
        return new int[0];
    }
}

package io.github.finessl.kernel.onednn;

import static io.github.finessl.kernel.onednn.Floats.address;
import static io.github.finessl.kernel.onednn.Floats.keepAlive;
import static io.github.finessl.kernel.onednn.Floats.on;

import io.github.finessl.kernel.ConvolutionKernels;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The channel-wise operations on feature maps, in f32 on oneDNN; a task is a piece of the pixels. */
final class OneDnnChannels {

    /** Numbers of a piece of pixels: what fits a core's own cache several times. */
    private static final long PIECE_NUMBERS = 1 << 15;

    private final Workers workers;
    private final BatchSums sums;

    OneDnnChannels(Workers workers, BatchSums sums) {
        this.workers = workers;
        this.sums = sums;
    }

    private interface PieceTask {
        void run(OneDnn library, long from, long rows, int piece);
    }

    /** Pieces of the pixels; how many depends on the array alone. */
    private static int pieces(INDArray x) {
        return (int) Math.max(1, Math.min(x.length() / PIECE_NUMBERS, x.length() / x.size(-1)));
    }

    private void inPieces(INDArray x, PieceTask task) {
        long rows = x.length() / x.size(-1);
        long pieces = pieces(x);
        workers.run((int) pieces, (tools, piece) -> {
            long from = piece * rows / pieces;
            task.run(tools.library(), from * x.size(-1), (piece + 1) * rows / pieces - from, piece);
        });
    }

    /** {@link ConvolutionKernels#channelStatistics}. */
    void statistics(INDArray x, INDArray mean, INDArray variance) {
        long in = address(x);
        int width = (int) x.size(-1);
        int pieces = pieces(x);
        long rows = x.length() / width;
        long parts = sums.parts(2L * pieces * width);
        inPieces(
                x,
                (library, from, count, piece) -> pieceStatistics(
                        library,
                        count,
                        width,
                        on(in, from),
                        on(parts, 2L * piece * width),
                        on(parts, (2L * piece + 1) * width)));
        double[] means = new double[width];
        double[] squares = new double[width];
        float[] pieceMean = new float[width];
        float[] pieceVariance = new float[width];
        double seen = 0;
        for (int p = 0; p < pieces; p++) {
            double count = (p + 1) * rows / pieces - p * rows / pieces;
            Floats.at(on(parts, 2L * p * width), width).get(pieceMean);
            Floats.at(on(parts, (2L * p + 1) * width), width).get(pieceVariance);
            double all = seen + count;
            for (int i = 0; i < width; i++) {
                double difference = pieceMean[i] - means[i];
                means[i] += difference * count / all;
                squares[i] += pieceVariance[i] * count + difference * difference * seen * count / all;
            }
            seen = all;
        }
        for (int i = 0; i < width; i++) {
            squares[i] /= rows;
        }
        Floats.put(mean, means);
        Floats.put(variance, squares);
        keepAlive(x);
    }

    private record Statistics(long rows, long width) {}

    /** Mean and variance of a piece; the normalised piece, which comes with them, goes nowhere. */
    private static void pieceStatistics(OneDnn library, long rows, long width, long x, long mean, long variance) {
        long nowhere = library.scratch(MapScratch.PASSED, rows * width * Rows.FLOAT);
        library.primitive(new Statistics(rows, width), () -> {
                    batch_normalization_forward.primitive_desc description =
                            new batch_normalization_forward.primitive_desc(
                                    library.cpu,
                                    dnnl.dnnl_forward_training,
                                    OneDnnOps.map(1, rows, 1, width),
                                    OneDnnOps.map(1, rows, 1, width),
                                    1e-5f,
                                    0,
                                    OneDnn.attributes(),
                                    false);
                    memory.desc vector = OneDnnOps.vector(data_type.f32, width);
                    return library.bind(
                            description,
                            new batch_normalization_forward(description),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC, OneDnnOps.map(1, rows, 1, width)),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, OneDnnOps.map(1, rows, 1, width)),
                            new OneDnn.Argument(dnnl.DNNL_ARG_MEAN, vector),
                            new OneDnn.Argument(dnnl.DNNL_ARG_VARIANCE, vector));
                })
                .run(x, nowhere, mean, variance);
    }

    /** {@link ConvolutionKernels#channelAffine}. */
    void affine(INDArray x, INDArray scale, INDArray shift, INDArray residual, boolean relu, INDArray y) {
        long width = x.size(-1);
        long in = address(x);
        long factor = address(scale);
        long addend = address(shift);
        long other = address(residual);
        long out = address(y);
        inPieces(
                x,
                (library, from, rows, piece) -> pieceAffine(
                        library,
                        rows,
                        width,
                        on(in, from),
                        factor,
                        addend,
                        on(other, from),
                        relu,
                        false,
                        on(out, from)));
        keepAlive(x, scale, shift, residual, y);
    }

    private record ScaleAndShift(long rows, long width, boolean shift, boolean residual, boolean relu, boolean sum) {}

    /** y = act(scale ⊙ x + shift + residual), or, where {@code sum}, y += scale ⊙ x + shift. */
    private static void pieceAffine(
            OneDnn library,
            long rows,
            long width,
            long x,
            long scale,
            long shift,
            long residual,
            boolean relu,
            boolean sum,
            long y) {
        ScaleAndShift key = new ScaleAndShift(rows, width, shift != 0, residual != 0, relu, sum);
        OneDnnPrimitive primitive = library.primitive(key, () -> prepare(library, key));
        if (shift == 0) {
            primitive.run(x, scale, y);
        } else if (residual == 0) {
            primitive.run(x, scale, y, shift);
        } else {
            primitive.run(x, scale, y, shift, residual);
        }
    }

    private static OneDnnPrimitive prepare(OneDnn library, ScaleAndShift s) {
        memory.desc matrix = OneDnnOps.matrix(data_type.f32, s.rows(), s.width());
        memory.desc vector = OneDnnOps.matrix(data_type.f32, 1, s.width());
        List<OneDnn.Argument> arguments = new ArrayList<>(List.of(
                new OneDnn.Argument(dnnl.DNNL_ARG_SRC_0, matrix),
                new OneDnn.Argument(dnnl.DNNL_ARG_SRC_1, vector),
                new OneDnn.Argument(dnnl.DNNL_ARG_DST, matrix)));
        post_ops after = new post_ops();
        if (s.sum()) {
            after.append_sum();
        }
        if (s.shift()) {
            addTo(after, arguments, vector);
        }
        if (s.residual()) {
            addTo(after, arguments, matrix);
        }
        if (s.relu()) {
            after.append_eltwise(dnnl.dnnl_eltwise_relu, 0f, 0f);
        }
        primitive_attr attributes = OneDnn.attributes();
        attributes.set_post_ops(after);
        binary.primitive_desc description =
                new binary.primitive_desc(library.cpu, dnnl.dnnl_binary_mul, matrix, vector, matrix, attributes, false);
        return library.bind(description, new binary(description), arguments.toArray(OneDnn.Argument[]::new));
    }

    private static void addTo(post_ops after, List<OneDnn.Argument> arguments, memory.desc addend) {
        int base = dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (after.len() + 1);
        after.append_binary(dnnl.dnnl_binary_add, addend);
        arguments.add(new OneDnn.Argument(base | dnnl.DNNL_ARG_SRC_1, addend));
    }

    /** {@link ConvolutionKernels#channelSums}. */
    void sums(INDArray dy, INDArray y, INDArray x, INDArray centre, INDArray sum, INDArray product) {
        long width = x.size(-1);
        long gradient = address(dy);
        long result = address(y);
        long in = address(x);
        long mean = address(centre);
        INDArray one = Nd4j.ones(DataType.FLOAT, 2 * width);
        long variance = address(one);
        int pieces = pieces(x);
        long parts = sums.parts(2L * pieces * width);
        inPieces(x, (library, from, rows, piece) -> {
            long nowhere = library.scratch(MapScratch.PASSED, rows * width * Rows.FLOAT);
            long dz = on(gradient, from);
            if (result != 0) {
                ReluGradient.pass(library, rows * width, dz, on(result, from), nowhere);
                dz = nowhere;
            }
            Products key = new Products(rows, width);
            library.primitive(key, () -> prepare(library, key))
                    .run(
                            on(in, from),
                            dz,
                            mean,
                            variance,
                            variance, // any scale: that of the gradient with respect to x, which goes nowhere
                            library.scratch(MapScratch.STAGED, rows * width * Rows.FLOAT),
                            on(parts, 2L * piece * width),
                            on(parts, (2L * piece + 1) * width));
        });
        BatchSums.addUp(pieces, 2 * width, parts, product);
        BatchSums.addUp(pieces, 2 * width, on(parts, width), sum);
        keepAlive(dy, y, x, centre, one);
    }

    private record Products(long rows, long width) {}

    /** A batch norm's gradient with respect to its gain is Σ dz ⊙ (x − mean) where the variance is 1. */
    private static OneDnnPrimitive prepare(OneDnn library, Products p) {
        memory.desc matrix = OneDnnOps.map(1, p.rows(), 1, p.width());
        memory.desc vector = OneDnnOps.vector(data_type.f32, p.width());
        int flags = dnnl.dnnl_use_global_stats | dnnl.dnnl_use_scale | dnnl.dnnl_use_shift;
        batch_normalization_forward.primitive_desc forward = new batch_normalization_forward.primitive_desc(
                library.cpu, dnnl.dnnl_forward_training, matrix, matrix, 0f, flags, OneDnn.attributes(), false);
        batch_normalization_backward.primitive_desc description = new batch_normalization_backward.primitive_desc(
                library.cpu,
                dnnl.dnnl_backward,
                matrix,
                matrix,
                matrix,
                0f,
                flags,
                forward,
                OneDnn.attributes(),
                false);
        return library.bind(
                description,
                new batch_normalization_backward(description),
                new OneDnn.Argument(dnnl.DNNL_ARG_SRC, matrix),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_DST, matrix),
                new OneDnn.Argument(dnnl.DNNL_ARG_MEAN, vector),
                new OneDnn.Argument(dnnl.DNNL_ARG_VARIANCE, vector),
                new OneDnn.Argument(dnnl.DNNL_ARG_SCALE, vector),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SRC, matrix),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SCALE, vector),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SHIFT, vector));
    }

    /** {@link ConvolutionKernels#channelCombination}. */
    void combination(INDArray dy, INDArray y, INDArray x, INDArray a, INDArray b, INDArray c, INDArray dx) {
        long width = dy.size(-1);
        long gradient = address(dy);
        long result = address(y);
        long in = address(x);
        long ofGradient = address(a);
        long ofInput = address(b);
        long constant = address(c);
        long out = address(dx);
        inPieces(dy, (library, from, rows, piece) -> {
            long dz = on(gradient, from);
            if (result != 0 || ofGradient == 0) {
                long passed =
                        ofGradient == 0 ? on(out, from) : library.scratch(MapScratch.PASSED, rows * width * Rows.FLOAT);
                ReluGradient.pass(library, rows * width, dz, on(result, from), passed);
                dz = passed;
            }
            if (ofGradient != 0) {
                pieceAffine(library, rows, width, dz, ofGradient, 0, 0, false, false, on(out, from));
            }
            if (ofInput != 0) {
                pieceAffine(library, rows, width, on(in, from), ofInput, constant, 0, false, true, on(out, from));
            }
        });
        keepAlive(dy, y, x, a, b, c, dx);
    }
}

package io.github.finessl.kernel;

import static io.github.finessl.kernel.OneDnnKernels.keepAlive;

import io.github.finessl.kernel.OneDnnOps.Layout;
import io.github.finessl.kernel.PackedFilters.Plain;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Convolutional networks on oneDNN, in f32: a task is an image or a few, or, of what works channel by channel, a piece of
 * the pixels. Sums over a batch are taken piece by piece, then over the pieces in their order, in double precision.
 */
final class OneDnnConvolutions implements ConvolutionKernels {

    /** Pixels of a convolution's task: the late feature maps of an image are too small to keep a filter busy. */
    private static final long TASK_PIXELS = 196;

    /** Numbers of a piece of pixels: what fits a core's own cache several times. */
    private static final long PIECE_NUMBERS = 1 << 15;

    private enum Scratch {
        PASSED,
        STAGED,
        PARTIAL
    }

    private final Workers workers;
    private final OneDnn buffers;
    private final PackedFilters filters = new PackedFilters();
    /** The number of the layout that each convolution wants its filter in. */
    private final Map<Record, Integer> layouts = new HashMap<>();

    private INDArray ones = Nd4j.ones(DataType.FLOAT, 1);

    /** @param buffers of the thread that calls */
    OneDnnConvolutions(Workers workers, OneDnn buffers) {
        this.workers = workers;
        this.buffers = buffers;
    }

    private static memory.desc map(long images, long height, long width, long channels) {
        return new memory.desc(new long[] {images, channels, height, width}, data_type.f32, format_tag.nhwc);
    }

    private static long address(INDArray a) {
        return a == null ? 0 : Rows.ofDense(a).address();
    }

    /** The address of {@code index} numbers further on; 0 stays 0. */
    private static long on(long address, long index) {
        return address == 0 ? 0 : address + index * Rows.FLOAT;
    }

    @Override
    public synchronized void channelsLast(INDArray images, INDArray y) {
        INDArray dense = images.ordering() == 'c' && !images.isView() ? images : images.dup('c');
        long c = images.size(1);
        long h = images.size(2);
        long w = images.size(3);
        Layout from = new Layout(data_type.f32, 1, h, w, c, c * h * w, w, 1, h * w);
        Layout to = Layout.dense(data_type.f32, 1, h, w, c);
        long in = address(dense);
        long out = address(y);
        workers.run(
                (int) images.size(0),
                (tools, image) -> new OneDnnOps(tools.library())
                        .copy(from, on(in, image * c * h * w), to, on(out, image * c * h * w)));
        keepAlive(dense, y);
    }

    /** A convolution of so many images. */
    private record Convolution(
            long images,
            long height,
            long width,
            long in,
            long out,
            long rows,
            long columns,
            long stride,
            long padding) {

        static Convolution of(INDArray x, Filter f) {
            return new Convolution(
                    x.size(0), x.size(1), x.size(2), f.in(), f.out(), f.height(), f.width(), f.stride(), f.padding());
        }

        Convolution of(long count) {
            return new Convolution(count, height, width, in, out, rows, columns, stride, padding);
        }

        long newHeight() {
            return (height + 2 * padding - rows) / stride + 1;
        }

        long newWidth() {
            return (width + 2 * padding - columns) / stride + 1;
        }

        long inputNumbers() {
            return height * width * in;
        }

        long outputNumbers() {
            return newHeight() * newWidth() * out;
        }

        memory.desc input() {
            return map(images, height, width, in);
        }

        memory.desc output() {
            return map(images, newHeight(), newWidth(), out);
        }

        memory.desc anyFilter() {
            return new memory.desc(new long[] {out, in, rows, columns}, data_type.f32, format_tag.any);
        }

        long[] strides() {
            return new long[] {stride, stride};
        }

        long[] pads() {
            return new long[] {padding, padding};
        }

        /** Without post-ops, as the backward passes want to be told. */
        convolution_forward.primitive_desc hint(OneDnn library) {
            return new convolution_forward.primitive_desc(
                    new convolution_forward.desc(
                            dnnl.dnnl_forward_training,
                            dnnl.dnnl_convolution_direct,
                            input(),
                            anyFilter(),
                            output(),
                            strides(),
                            pads(),
                            pads()),
                    library.cpu);
        }
    }

    private interface ImagesTask {
        void run(OneDnnTools tools, long from, long count, int task);
    }

    /** Cuts the images into tasks of nearly equal size, as many for each thread; at most {@code most} of them. */
    private void inGroups(Convolution c, long most, ImagesTask task) {
        long least = Math.max(1, TASK_PIXELS / (c.newHeight() * c.newWidth()));
        long tasks = Math.max(1, Math.min(most, Math.max(c.images() / least, Math.min(c.images(), workers.count()))));
        workers.run((int) tasks, (tools, i) -> {
            long from = i * c.images() / tasks;
            task.run(tools, from, (i + 1) * c.images() / tasks - from, i);
        });
    }

    private record Forward(Convolution shape, boolean bias, boolean residual, boolean relu) {}

    @Override
    public synchronized void convolve(INDArray x, Filter filter, INDArray residual, boolean relu, INDArray y) {
        Convolution c = Convolution.of(x, filter);
        Plain plain = filters.plain(filter);
        long in = address(x);
        long bias = address(filter.bias());
        long addend = address(residual);
        long out = address(y);
        inGroups(c, Long.MAX_VALUE, (tools, from, count, task) -> {
            Forward key = new Forward(c.of(count), bias != 0, addend != 0, relu);
            OneDnnPrimitive primitive = tools.library().primitive(key, () -> prepare(tools.library(), key));
            long result = on(out, from * c.outputNumbers());
            if (addend != 0) {
                Layout row = Layout.matrix(data_type.f32, 1, count * c.outputNumbers(), count * c.outputNumbers());
                new OneDnnOps(tools.library()).copy(row, on(addend, from * c.outputNumbers()), row, result);
            }
            long source = on(in, from * c.inputNumbers());
            long weight = filters.address(plain, layout(key));
            if (bias == 0) {
                primitive.run(source, weight, result);
            } else {
                primitive.run(source, weight, result, bias);
            }
        });
        keepAlive(x, filter, residual, y);
    }

    private int layout(Record key) {
        synchronized (layouts) {
            return layouts.get(key);
        }
    }

    private void setLayout(Record key, memory.desc wanted) {
        synchronized (layouts) {
            layouts.put(key, filters.layout(wanted));
        }
    }

    /**
     * The residual is what the result's memory held before: another array is an addend that oneDNN 2.5.2 drops where it
     * convolves by plain products (gemm), and that its fastest convolutions (brgconv) do not take; this one all add.
     */
    private OneDnnPrimitive prepare(OneDnn library, Forward f) {
        Convolution c = f.shape();
        post_ops after = new post_ops();
        if (f.residual()) {
            after.append_sum();
        }
        if (f.relu()) {
            after.append_eltwise(1f, dnnl.dnnl_eltwise_relu, 0f, 0f);
        }
        primitive_attr attributes = OneDnn.attributes();
        attributes.set_post_ops(after);
        memory.desc bias = OneDnnOps.vector(data_type.f32, c.out());
        convolution_forward.desc operation = f.bias()
                ? new convolution_forward.desc(
                        dnnl.dnnl_forward_training,
                        dnnl.dnnl_convolution_direct,
                        c.input(),
                        c.anyFilter(),
                        bias,
                        c.output(),
                        c.strides(),
                        c.pads(),
                        c.pads())
                : new convolution_forward.desc(
                        dnnl.dnnl_forward_training,
                        dnnl.dnnl_convolution_direct,
                        c.input(),
                        c.anyFilter(),
                        c.output(),
                        c.strides(),
                        c.pads(),
                        c.pads());
        convolution_forward.primitive_desc description =
                new convolution_forward.primitive_desc(operation, attributes, library.cpu);
        List<OneDnn.Argument> arguments = new ArrayList<>(List.of(
                new OneDnn.Argument(dnnl.DNNL_ARG_SRC, c.input()),
                new OneDnn.Argument(dnnl.DNNL_ARG_WEIGHTS, description.weights_desc()),
                new OneDnn.Argument(dnnl.DNNL_ARG_DST, c.output())));
        if (f.bias()) {
            arguments.add(new OneDnn.Argument(dnnl.DNNL_ARG_BIAS, bias));
        }
        setLayout(f, description.weights_desc());
        return library.bind(
                description, new convolution_forward(description), arguments.toArray(OneDnn.Argument[]::new));
    }

    private record BackwardData(Convolution shape) {}

    private record BackwardWeights(Convolution shape, Layout plain) {}

    @Override
    public synchronized void convolveBackward(
            INDArray dy,
            INDArray x,
            Filter filter,
            INDArray y,
            INDArray dx,
            INDArray dWeight,
            INDArray dBias,
            INDArray dResidual) {
        Convolution c = Convolution.of(x, filter);
        Plain plain = filters.plain(filter);
        long gradient = address(dy);
        long result = address(y);
        long in = address(x);
        long toInput = address(dx);
        long toResidual = address(dResidual);
        boolean sums = dWeight != null || dBias != null;
        long ones = dBias == null ? 0 : ones(dy.length() / c.out());
        long groups = sums ? Math.min(workers.count(), c.images()) : Long.MAX_VALUE;
        long weightNumbers = dWeight == null ? 0 : dWeight.length();
        long partNumbers = weightNumbers + c.out();
        long parts = sums ? buffers.scratch(Scratch.PARTIAL, groups * partNumbers * Rows.FLOAT) : 0;
        inGroups(c, groups, (tools, from, count, task) -> {
            Convolution some = c.of(count);
            long dz = on(gradient, from * c.outputNumbers());
            if (result != 0 || toResidual != 0) {
                long numbers = count * c.outputNumbers();
                long passed = toResidual != 0
                        ? on(toResidual, from * c.outputNumbers())
                        : tools.library().scratch(Scratch.PASSED, numbers * Rows.FLOAT);
                pass(tools.library(), numbers, dz, on(result, from * c.outputNumbers()), passed);
                dz = passed;
            }
            if (toInput != 0) {
                BackwardData key = new BackwardData(some);
                OneDnnPrimitive primitive = tools.library().primitive(key, () -> prepare(tools.library(), key));
                primitive.run(dz, filters.address(plain, layout(key)), on(toInput, from * c.inputNumbers()));
            }
            if (dWeight != null) {
                weightGradient(
                        tools.library(),
                        some,
                        plain,
                        dz,
                        on(in, from * c.inputNumbers()),
                        on(parts, task * partNumbers));
            }
            if (dBias != null) {
                sum(
                        tools.library(),
                        ones,
                        count * c.newHeight() * c.newWidth(),
                        c.out(),
                        dz,
                        on(parts, task * partNumbers + weightNumbers));
            }
        });
        if (dWeight != null) {
            addParts(groups, partNumbers, parts, dWeight);
        }
        if (dBias != null) {
            addUp(groups, partNumbers, on(parts, weightNumbers), dBias);
        }
        keepAlive(dy, x, filter, y, dx, dWeight, dBias, dResidual);
    }

    private OneDnnPrimitive prepare(OneDnn library, BackwardData b) {
        Convolution c = b.shape();
        convolution_backward_data.primitive_desc description = new convolution_backward_data.primitive_desc(
                new convolution_backward_data.desc(
                        dnnl.dnnl_convolution_direct,
                        c.input(),
                        c.anyFilter(),
                        c.output(),
                        c.strides(),
                        c.pads(),
                        c.pads()),
                OneDnn.attributes(),
                library.cpu,
                c.hint(library));
        setLayout(b, description.weights_desc());
        return library.bind(
                description,
                new convolution_backward_data(description),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_DST, c.output()),
                new OneDnn.Argument(dnnl.DNNL_ARG_WEIGHTS, description.weights_desc()),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SRC, c.input()));
    }

    /** The gradient of a filter in the order of its plain weights. */
    private void weightGradient(OneDnn library, Convolution c, Plain plain, long dz, long x, long target) {
        BackwardWeights key = new BackwardWeights(c, plain.layout());
        OneDnnPrimitive primitive = library.primitive(key, () -> prepare(library, key));
        int layout = layout(key);
        long staged = library.scratch(Scratch.STAGED, filters.bytes(layout));
        primitive.run(x, dz, staged);
        filters.unpack(library, layout, staged, plain, target);
    }

    private OneDnnPrimitive prepare(OneDnn library, BackwardWeights b) {
        Convolution c = b.shape();
        convolution_backward_weights.primitive_desc description = new convolution_backward_weights.primitive_desc(
                new convolution_backward_weights.desc(
                        dnnl.dnnl_convolution_direct,
                        c.input(),
                        c.anyFilter(),
                        c.output(),
                        c.strides(),
                        c.pads(),
                        c.pads()),
                OneDnn.attributes(),
                library.cpu,
                c.hint(library));
        setLayout(b, description.diff_weights_desc());
        return library.bind(
                description,
                new convolution_backward_weights(description),
                new OneDnn.Argument(dnnl.DNNL_ARG_SRC, c.input()),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_DST, c.output()),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_WEIGHTS, description.diff_weights_desc()));
    }

    private record Pass(long numbers, boolean relu) {}

    /** dz = dy where y is positive, or all of it where y is 0. */
    private static void pass(OneDnn library, long numbers, long dy, long y, long dz) {
        if (y == 0) {
            memory.desc layout = OneDnnOps.vector(data_type.f32, numbers);
            library.primitive(new Pass(numbers, false), () -> {
                        eltwise_forward.primitive_desc copy = new eltwise_forward.primitive_desc(
                                new eltwise_forward.desc(
                                        dnnl.dnnl_forward_inference, dnnl.dnnl_eltwise_linear, layout, 1f, 0f),
                                OneDnn.attributes(),
                                library.cpu);
                        return library.bind(
                                copy,
                                new eltwise_forward(copy),
                                new OneDnn.Argument(dnnl.DNNL_ARG_SRC, layout),
                                new OneDnn.Argument(dnnl.DNNL_ARG_DST, layout));
                    })
                    .run(dy, dz);
            return;
        }
        library.primitive(new Pass(numbers, true), () -> {
                    memory.desc layout = OneDnnOps.vector(data_type.f32, numbers);
                    int relu = dnnl.dnnl_eltwise_relu_use_dst_for_bwd;
                    eltwise_forward.primitive_desc forward = new eltwise_forward.primitive_desc(
                            new eltwise_forward.desc(dnnl.dnnl_forward_training, relu, layout, 0f, 0f),
                            OneDnn.attributes(),
                            library.cpu);
                    eltwise_backward.primitive_desc description = new eltwise_backward.primitive_desc(
                            new eltwise_backward.desc(relu, layout, layout, 0f, 0f),
                            OneDnn.attributes(),
                            library.cpu,
                            forward);
                    return library.bind(
                            description,
                            new eltwise_backward(description),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, layout),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_DST, layout),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SRC, layout));
                })
                .run(y, dy, dz);
    }

    /** The address of so many ones. */
    private long ones(long count) {
        if (ones.length() < count) {
            ones = Nd4j.ones(DataType.FLOAT, count);
        }
        return address(ones);
    }

    private record ColumnSums(long rows, long width) {}

    /** The sums of a matrix's columns: 1ᵀ·a. */
    private static void sum(OneDnn library, long ones, long rows, long width, long a, long sums) {
        library.primitive(new ColumnSums(rows, width), () -> {
                    memory.desc row = OneDnnOps.matrix(data_type.f32, 1, rows);
                    memory.desc matrix = OneDnnOps.matrix(data_type.f32, rows, width);
                    memory.desc target = OneDnnOps.matrix(data_type.f32, 1, width);
                    matmul.primitive_desc description = new matmul.primitive_desc(
                            new matmul.desc(row, matrix, target), OneDnn.attributes(), library.cpu);
                    return library.bind(
                            description,
                            new matmul(description),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC, row),
                            new OneDnn.Argument(dnnl.DNNL_ARG_WEIGHTS, matrix),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, target));
                })
                .run(ones, a, sums);
    }

    private static FloatPointer floats(long address, long count) {
        return new FloatPointer(OneDnn.at(address)).capacity(count);
    }

    /** target = Σ parts, in their order, for a few parts of many numbers. */
    private void addParts(long parts, long stride, long first, INDArray target) {
        long out = address(target);
        long n = target.length();
        long pieces = Math.min(workers.count(), n);
        workers.run((int) pieces, (tools, piece) -> {
            long from = piece * n / pieces;
            long count = (piece + 1) * n / pieces - from;
            OneDnnOps ops = new OneDnnOps(tools.library());
            long sum = on(out, from);
            Layout row = Layout.matrix(data_type.f32, 1, count, count);
            ops.copy(row, on(first, from), row, sum);
            for (long p = 1; p < parts; p++) {
                ops.binary(dnnl.dnnl_binary_add, 1, count, false, sum, on(first, p * stride + from), sum);
            }
        });
    }

    /** target = Σ parts, in their order and in double precision. */
    private static void addUp(long parts, long stride, long first, INDArray target) {
        int n = (int) target.length();
        double[] sum = new double[n];
        float[] part = new float[n];
        for (long p = 0; p < parts; p++) {
            floats(on(first, p * stride), n).get(part);
            for (int i = 0; i < n; i++) {
                sum[i] += part[i];
            }
        }
        put(target, sum);
    }

    private static void put(INDArray target, double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        floats(address(target), floats.length).put(floats);
    }

    private record Pool(long images, long height, long width, long channels, long side, boolean backward) {
        memory.desc large() {
            return map(images, height, width, channels);
        }

        memory.desc small() {
            return map(images, height / side, width / side, channels);
        }
    }

    @Override
    public synchronized void averagePool(INDArray x, int side, INDArray y) {
        pool(x, y, side, false);
    }

    @Override
    public synchronized void averagePoolBackward(INDArray dy, int side, INDArray dx) {
        pool(dx, dy, side, true);
    }

    private void pool(INDArray large, INDArray small, int side, boolean backward) {
        Pool one = new Pool(1, large.size(1), large.size(2), large.size(3), side, backward);
        long wide = address(large);
        long narrow = address(small);
        long wideNumbers = large.length() / large.size(0);
        long narrowNumbers = small.length() / small.size(0);
        workers.run((int) large.size(0), (tools, image) -> {
            OneDnn library = tools.library();
            library.primitive(one, () -> prepare(library, one))
                    .run(on(wide, image * wideNumbers), on(narrow, image * narrowNumbers));
        });
        keepAlive(large, small);
    }

    private static OneDnnPrimitive prepare(OneDnn library, Pool p) {
        long[] side = {p.side(), p.side()};
        long[] none = {0, 0};
        int algorithm = dnnl.dnnl_pooling_avg_exclude_padding;
        pooling_forward.primitive_desc forward = new pooling_forward.primitive_desc(
                new pooling_forward.desc(
                        dnnl.dnnl_forward_training, algorithm, p.large(), p.small(), side, side, none, none),
                OneDnn.attributes(),
                library.cpu);
        if (!p.backward()) {
            return library.bind(
                    forward,
                    new pooling_forward(forward),
                    new OneDnn.Argument(dnnl.DNNL_ARG_SRC, p.large()),
                    new OneDnn.Argument(dnnl.DNNL_ARG_DST, p.small()));
        }
        pooling_backward.primitive_desc description = new pooling_backward.primitive_desc(
                new pooling_backward.desc(algorithm, p.large(), p.small(), side, side, none, none),
                OneDnn.attributes(),
                library.cpu,
                forward);
        return library.bind(
                description,
                new pooling_backward(description),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SRC, p.large()),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_DST, p.small()));
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

    @Override
    public synchronized void channelStatistics(INDArray x, INDArray mean, INDArray variance) {
        long in = address(x);
        int width = (int) x.size(-1);
        int pieces = pieces(x);
        long rows = x.length() / width;
        long parts = buffers.scratch(Scratch.PARTIAL, 2L * pieces * width * Rows.FLOAT);
        inPieces(
                x,
                (library, from, count, piece) -> statistics(
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
            floats(on(parts, 2L * p * width), width).get(pieceMean);
            floats(on(parts, (2L * p + 1) * width), width).get(pieceVariance);
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
        put(mean, means);
        put(variance, squares);
        keepAlive(x);
    }

    private record Statistics(long rows, long width) {}

    /** Mean and variance of a piece; the normalised piece, which comes with them, goes nowhere. */
    private static void statistics(OneDnn library, long rows, long width, long x, long mean, long variance) {
        long nowhere = library.scratch(Scratch.PASSED, rows * width * Rows.FLOAT);
        library.primitive(new Statistics(rows, width), () -> {
                    batch_normalization_forward.primitive_desc description =
                            new batch_normalization_forward.primitive_desc(
                                    new batch_normalization_forward.desc(
                                            dnnl.dnnl_forward_training, map(1, rows, 1, width), 1e-5f, 0),
                                    OneDnn.attributes(),
                                    library.cpu);
                    memory.desc vector = OneDnnOps.vector(data_type.f32, width);
                    return library.bind(
                            description,
                            new batch_normalization_forward(description),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC, map(1, rows, 1, width)),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, map(1, rows, 1, width)),
                            new OneDnn.Argument(dnnl.DNNL_ARG_MEAN, vector),
                            new OneDnn.Argument(dnnl.DNNL_ARG_VARIANCE, vector));
                })
                .run(x, nowhere, mean, variance);
    }

    private record ScaleAndShift(long rows, long width, boolean shift, boolean residual, boolean relu, boolean sum) {}

    /** y = act(scale ⊙ x + shift + residual), or, where {@code sum}, y += scale ⊙ x + shift. */
    private static void affine(
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
            after.append_eltwise(1f, dnnl.dnnl_eltwise_relu, 0f, 0f);
        }
        primitive_attr attributes = OneDnn.attributes();
        attributes.set_post_ops(after);
        binary.primitive_desc description = new binary.primitive_desc(
                new binary.desc(dnnl.dnnl_binary_mul, matrix, vector, matrix), attributes, library.cpu);
        return library.bind(description, new binary(description), arguments.toArray(OneDnn.Argument[]::new));
    }

    private static void addTo(post_ops after, List<OneDnn.Argument> arguments, memory.desc addend) {
        int base = dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (after.len() + 1);
        after.append_binary(dnnl.dnnl_binary_add, addend);
        arguments.add(new OneDnn.Argument(base | dnnl.DNNL_ARG_SRC_1, addend));
    }

    @Override
    public synchronized void channelAffine(
            INDArray x, INDArray scale, INDArray shift, INDArray residual, boolean relu, INDArray y) {
        long width = x.size(-1);
        long in = address(x);
        long factor = address(scale);
        long addend = address(shift);
        long other = address(residual);
        long out = address(y);
        inPieces(
                x,
                (library, from, rows, piece) -> affine(
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

    private record Products(long rows, long width) {}

    @Override
    public synchronized void channelSums(
            INDArray dy, INDArray y, INDArray x, INDArray centre, INDArray sum, INDArray product) {
        long width = x.size(-1);
        long gradient = address(dy);
        long result = address(y);
        long in = address(x);
        long mean = address(centre);
        INDArray one = Nd4j.ones(DataType.FLOAT, 2 * width);
        long variance = address(one);
        int pieces = pieces(x);
        long parts = buffers.scratch(Scratch.PARTIAL, 2L * pieces * width * Rows.FLOAT);
        inPieces(x, (library, from, rows, piece) -> {
            long nowhere = library.scratch(Scratch.PASSED, rows * width * Rows.FLOAT);
            long dz = on(gradient, from);
            if (result != 0) {
                pass(library, rows * width, dz, on(result, from), nowhere);
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
                            library.scratch(Scratch.STAGED, rows * width * Rows.FLOAT),
                            on(parts, 2L * piece * width));
        });
        addUp(pieces, 2 * width, parts, product);
        addUp(pieces, 2 * width, on(parts, width), sum);
        keepAlive(dy, y, x, centre, one);
    }

    /** A batch norm's gradient with respect to its gain is Σ dz ⊙ (x − mean) where the variance is 1. */
    private static OneDnnPrimitive prepare(OneDnn library, Products p) {
        memory.desc matrix = map(1, p.rows(), 1, p.width());
        memory.desc vector = OneDnnOps.vector(data_type.f32, p.width());
        memory.desc both = OneDnnOps.matrix(data_type.f32, 2, p.width());
        int flags = dnnl.dnnl_use_global_stats | dnnl.dnnl_use_scaleshift;
        batch_normalization_forward.primitive_desc forward = new batch_normalization_forward.primitive_desc(
                new batch_normalization_forward.desc(dnnl.dnnl_forward_training, matrix, 0f, flags),
                OneDnn.attributes(),
                library.cpu);
        batch_normalization_backward.primitive_desc description = new batch_normalization_backward.primitive_desc(
                new batch_normalization_backward.desc(dnnl.dnnl_backward, matrix, matrix, 0f, flags),
                OneDnn.attributes(),
                library.cpu,
                forward);
        return library.bind(
                description,
                new batch_normalization_backward(description),
                new OneDnn.Argument(dnnl.DNNL_ARG_SRC, matrix),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_DST, matrix),
                new OneDnn.Argument(dnnl.DNNL_ARG_MEAN, vector),
                new OneDnn.Argument(dnnl.DNNL_ARG_VARIANCE, vector),
                new OneDnn.Argument(dnnl.DNNL_ARG_SCALE_SHIFT, both),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SRC, matrix),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SCALE_SHIFT, both));
    }

    @Override
    public synchronized void channelCombination(
            INDArray dy, INDArray y, INDArray x, INDArray a, INDArray b, INDArray c, INDArray dx) {
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
                        ofGradient == 0 ? on(out, from) : library.scratch(Scratch.PASSED, rows * width * Rows.FLOAT);
                pass(library, rows * width, dz, on(result, from), passed);
                dz = passed;
            }
            if (ofGradient != 0) {
                affine(library, rows, width, dz, ofGradient, 0, 0, false, false, on(out, from));
            }
            if (ofInput != 0) {
                affine(library, rows, width, on(in, from), ofInput, constant, 0, false, true, on(out, from));
            }
        });
        keepAlive(dy, y, x, a, b, c, dx);
    }

    @Override
    public synchronized void tokensWithMean(INDArray x, INDArray positions, INDArray tokens) {
        long width = x.size(3);
        long pixels = x.size(1) * x.size(2);
        long in = address(x);
        long places = address(positions);
        long out = address(tokens);
        long ones = ones(pixels);
        workers.run((int) x.size(0), (tools, image) -> {
            OneDnn library = tools.library();
            long from = on(in, image * pixels * width);
            long first = on(out, image * (pixels + 1) * width);
            sum(library, ones, pixels, width, from, first);
            FloatBuffer mean = floats(first, width).asBuffer();
            FloatBuffer place = floats(places, width).asBuffer();
            for (int i = 0; i < width; i++) {
                mean.put(i, mean.get(i) / pixels + place.get(i));
            }
            new OneDnnOps(library)
                    .binary(dnnl.dnnl_binary_add, pixels, width, false, from, on(places, width), on(first, width));
        });
        keepAlive(x, positions, tokens);
    }

    @Override
    public synchronized void tokensWithMeanBackward(INDArray dTokens, INDArray dx, INDArray dPositions) {
        long width = dTokens.size(2);
        long count = dTokens.size(1);
        long images = dTokens.size(0);
        long in = address(dTokens);
        long out = address(dx);
        if (dx != null) {
            workers.run((int) images, (tools, image) -> {
                OneDnn library = tools.library();
                long first = on(in, image * count * width);
                long share = library.scratch(Scratch.STAGED, width * Rows.FLOAT);
                FloatBuffer mean = floats(first, width).asBuffer();
                FloatBuffer each = floats(share, width).asBuffer();
                for (int i = 0; i < width; i++) {
                    each.put(i, mean.get(i) / (count - 1));
                }
                new OneDnnOps(library)
                        .binary(
                                dnnl.dnnl_binary_add,
                                count - 1,
                                width,
                                true,
                                on(first, width),
                                share,
                                on(out, image * (count - 1) * width));
            });
        }
        if (dPositions != null) {
            addUp(images, count * width, in, dPositions);
        }
        keepAlive(dTokens, dx, dPositions);
    }

    void close() {
        filters.close();
        buffers.close();
    }
}

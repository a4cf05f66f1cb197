package io.github.finessl.kernel.onednn;

import static io.github.finessl.kernel.onednn.Floats.address;
import static io.github.finessl.kernel.onednn.Floats.keepAlive;
import static io.github.finessl.kernel.onednn.Floats.on;

import io.github.finessl.kernel.ConvolutionKernels;
import io.github.finessl.kernel.ConvolutionKernels.Filter;
import io.github.finessl.kernel.onednn.OneDnnOps.Layout;
import io.github.finessl.kernel.onednn.PackedFilters.Plain;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Convolutions and their gradients in f32 on oneDNN; a task is an image or a few. */
final class OneDnnConvolutions {

    /** Pixels of a convolution's task: the late feature maps of an image are too small to keep a filter busy. */
    private static final long TASK_PIXELS = 196;

    private final Workers workers;
    private final BatchSums sums;
    private final PackedFilters filters = new PackedFilters();
    /** The number of the layout that each convolution wants its filter in. */
    private final Map<Record, Integer> layouts = new HashMap<>();

    OneDnnConvolutions(Workers workers, BatchSums sums) {
        this.workers = workers;
        this.sums = sums;
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

    /** {@link ConvolutionKernels#convolve}. */
    void forward(INDArray x, Filter filter, INDArray residual, boolean relu, INDArray y) {
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
     * The residual is what the result's memory held before: another array is an addend that oneDNN 2.5.2 dropped where it
     * convolved by plain products (gemm), and that its fastest convolutions (brgconv) did not take; this one all add.
     */
    private OneDnnPrimitive prepare(OneDnn library, Forward f) {
        Convolution c = f.shape();
        post_ops after = new post_ops();
        if (f.residual()) {
            after.append_sum();
        }
        if (f.relu()) {
            after.append_eltwise(dnnl.dnnl_eltwise_relu, 0f, 0f);
        }
        primitive_attr attributes = OneDnn.attributes();
        attributes.set_post_ops(after);
        memory.desc bias = OneDnnOps.vector(data_type.f32, c.out());
        convolution_forward.primitive_desc description = f.bias()
                ? new convolution_forward.primitive_desc(
                        library.cpu,
                        dnnl.dnnl_forward_training,
                        dnnl.dnnl_convolution_direct,
                        c.input(),
                        c.anyFilter(),
                        bias,
                        c.output(),
                        c.strides(),
                        c.pads(),
                        c.pads(),
                        attributes,
                        false)
                : new convolution_forward.primitive_desc(
                        library.cpu,
                        dnnl.dnnl_forward_training,
                        dnnl.dnnl_convolution_direct,
                        c.input(),
                        c.anyFilter(),
                        c.output(),
                        c.strides(),
                        c.pads(),
                        c.pads(),
                        attributes,
                        false);
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

    /** {@link ConvolutionKernels#convolveBackward}. */
    void backward(
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
        boolean summed = dWeight != null || dBias != null;
        long ones = dBias == null ? 0 : sums.ones(dy.length() / c.out());
        long groups = summed ? Math.min(workers.count(), c.images()) : Long.MAX_VALUE;
        long weightNumbers = dWeight == null ? 0 : dWeight.length();
        long partNumbers = weightNumbers + c.out();
        long parts = summed ? sums.parts(groups * partNumbers) : 0;
        inGroups(c, groups, (tools, from, count, task) -> {
            Convolution some = c.of(count);
            long dz = on(gradient, from * c.outputNumbers());
            if (result != 0 || toResidual != 0) {
                long numbers = count * c.outputNumbers();
                long passed = toResidual != 0
                        ? on(toResidual, from * c.outputNumbers())
                        : tools.library().scratch(MapScratch.PASSED, numbers * Rows.FLOAT);
                ReluGradient.pass(tools.library(), numbers, dz, on(result, from * c.outputNumbers()), passed);
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
                BatchSums.columns(
                        tools.library(),
                        ones,
                        count * c.newHeight() * c.newWidth(),
                        c.out(),
                        dz,
                        on(parts, task * partNumbers + weightNumbers));
            }
        });
        if (dWeight != null) {
            sums.addParts(groups, partNumbers, parts, dWeight);
        }
        if (dBias != null) {
            BatchSums.addUp(groups, partNumbers, on(parts, weightNumbers), dBias);
        }
        keepAlive(dy, x, filter, y, dx, dWeight, dBias, dResidual);
    }

    private OneDnnPrimitive prepare(OneDnn library, BackwardData b) {
        Convolution c = b.shape();
        convolution_backward_data.primitive_desc description = new convolution_backward_data.primitive_desc(
                library.cpu,
                dnnl.dnnl_convolution_direct,
                c.input(),
                c.anyFilter(),
                c.output(),
                c.strides(),
                c.pads(),
                c.pads(),
                c.hint(library),
                OneDnn.attributes(),
                false);
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
        long staged = library.scratch(MapScratch.STAGED, filters.bytes(layout));
        primitive.run(x, dz, staged);
        filters.unpack(library, layout, staged, plain, target);
    }

    private OneDnnPrimitive prepare(OneDnn library, BackwardWeights b) {
        Convolution c = b.shape();
        convolution_backward_weights.primitive_desc description = new convolution_backward_weights.primitive_desc(
                library.cpu,
                dnnl.dnnl_convolution_direct,
                c.input(),
                c.anyFilter(),
                c.output(),
                c.strides(),
                c.pads(),
                c.pads(),
                c.hint(library),
                OneDnn.attributes(),
                false);
        setLayout(b, description.diff_weights_desc());
        return library.bind(
                description,
                new convolution_backward_weights(description),
                new OneDnn.Argument(dnnl.DNNL_ARG_SRC, c.input()),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_DST, c.output()),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_WEIGHTS, description.diff_weights_desc()));
    }

    void close() {
        filters.close();
    }
}

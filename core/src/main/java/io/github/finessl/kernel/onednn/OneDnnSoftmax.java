package io.github.finessl.kernel.onednn;

import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reduction;
import org.bytedeco.dnnl.softmax_backward;
import org.bytedeco.dnnl.softmax_forward;

/** The softmax of a matrix's rows and its gradient, in place. */
final class OneDnnSoftmax {

    private enum Scratch {
        PRODUCT,
        SUMS
    }

    private final OneDnn library;
    private final OneDnnOps ops;

    OneDnnSoftmax(OneDnn library, OneDnnOps ops) {
        this.library = library;
        this.ops = ops;
    }

    private record Forward(long rows, long width) {

        memory.desc layout() {
            return OneDnnOps.matrix(data_type.f32, rows, width);
        }

        softmax_forward.primitive_desc description(OneDnn library) {
            return new softmax_forward.primitive_desc(
                    library.cpu,
                    dnnl.dnnl_forward_training,
                    dnnl.dnnl_softmax_accurate,
                    layout(),
                    layout(),
                    1,
                    OneDnn.attributes(),
                    false);
        }
    }

    /** scores = softmax(scores). */
    void forward(long rows, long width, long scores) {
        Forward key = new Forward(rows, width);
        library.primitive(key, () -> {
                    softmax_forward.primitive_desc description = key.description(library);
                    return library.bind(
                            description,
                            new softmax_forward(description),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC, key.layout()),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, key.layout()));
                })
                .run(scores, scores);
    }

    /** gradient = p ⊙ (gradient - Σ p ⊙ gradient). */
    void backward(long rows, long width, long p, long gradient) {
        if (OneDnn.hasAvx512() || width == 1) { // which a sum over rows does not take
            atOnce(new Forward(rows, width), p, gradient);
        } else {
            inPasses(rows, width, p, gradient);
        }
    }

    private record Backward(Forward forward) {}

    private void atOnce(Forward forward, long p, long gradient) {
        library.primitive(new Backward(forward), () -> {
                    softmax_backward.primitive_desc description = new softmax_backward.primitive_desc(
                            library.cpu,
                            dnnl.dnnl_softmax_accurate,
                            forward.layout(),
                            forward.layout(),
                            forward.layout(),
                            1,
                            forward.description(library),
                            OneDnn.attributes(),
                            false);
                    return library.bind(
                            description,
                            new softmax_backward(description),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, forward.layout()),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_DST, forward.layout()),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SRC, forward.layout()));
                })
                .run(p, gradient, gradient);
    }

    private record RowSums(long rows, long width) {}

    private record Centre(long rows, long width) {}

    /** Where oneDNN's own gradient is a plain loop, several times slower. */
    private void inPasses(long rows, long width, long p, long gradient) {
        long product = library.scratch(Scratch.PRODUCT, rows * width * Rows.FLOAT);
        long sums = library.scratch(Scratch.SUMS, rows * Rows.FLOAT);
        ops.binary(dnnl.dnnl_binary_mul, rows, width, false, p, gradient, product);
        library.primitive(new RowSums(rows, width), () -> rowSums(rows, width)).run(product, sums);
        library.primitive(new Centre(rows, width), () -> centre(rows, width)).run(gradient, sums, gradient, p);
    }

    private OneDnnPrimitive rowSums(long rows, long width) {
        memory.desc matrix = OneDnnOps.matrix(data_type.f32, rows, width);
        memory.desc column = OneDnnOps.matrix(data_type.f32, rows, 1);
        reduction.primitive_desc description = new reduction.primitive_desc(
                library.cpu, dnnl.dnnl_reduction_sum, matrix, column, 0f, 0f, OneDnn.attributes(), false);
        return library.bind(
                description,
                new reduction(description),
                new OneDnn.Argument(dnnl.DNNL_ARG_SRC, matrix),
                new OneDnn.Argument(dnnl.DNNL_ARG_DST, column));
    }

    /** (matrix - column) ⊙ p. */
    private OneDnnPrimitive centre(long rows, long width) {
        memory.desc matrix = OneDnnOps.matrix(data_type.f32, rows, width);
        memory.desc column = OneDnnOps.matrix(data_type.f32, rows, 1);
        post_ops timesP = new post_ops();
        timesP.append_binary(dnnl.dnnl_binary_mul, matrix);
        primitive_attr attributes = OneDnn.attributes();
        attributes.set_post_ops(timesP);
        binary.primitive_desc description =
                new binary.primitive_desc(library.cpu, dnnl.dnnl_binary_sub, matrix, column, matrix, attributes, false);
        return library.bind(
                description,
                new binary(description),
                new OneDnn.Argument(dnnl.DNNL_ARG_SRC_0, matrix),
                new OneDnn.Argument(dnnl.DNNL_ARG_SRC_1, column),
                new OneDnn.Argument(dnnl.DNNL_ARG_DST, matrix),
                new OneDnn.Argument(dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | dnnl.DNNL_ARG_SRC_1, matrix));
    }
}

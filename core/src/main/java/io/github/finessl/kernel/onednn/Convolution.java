package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.ConvolutionKernels.Filter;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The shape of a convolution of so many images. */
record Convolution(
        long images, long height, long width, long in, long out, long rows, long columns, long stride, long padding) {

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
        return OneDnnOps.map(images, height, width, in);
    }

    memory.desc output() {
        return OneDnnOps.map(images, newHeight(), newWidth(), out);
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
                library.cpu,
                dnnl.dnnl_forward_training,
                dnnl.dnnl_convolution_direct,
                input(),
                anyFilter(),
                output(),
                strides(),
                pads(),
                pads());
    }
}

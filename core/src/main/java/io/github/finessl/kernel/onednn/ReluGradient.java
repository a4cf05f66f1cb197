package io.github.finessl.kernel.onednn;

import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;

/** The gradient of a ReLU by its result. */
final class ReluGradient {

    private ReluGradient() {}

    private record Pass(long numbers, boolean relu) {}

    /** dz = dy where y is positive, or all of it where y is 0. */
    static void pass(OneDnn library, long numbers, long dy, long y, long dz) {
        if (y == 0) {
            memory.desc layout = OneDnnOps.vector(data_type.f32, numbers);
            library.primitive(new Pass(numbers, false), () -> {
                        eltwise_forward.primitive_desc copy = new eltwise_forward.primitive_desc(
                                library.cpu,
                                dnnl.dnnl_forward_inference,
                                dnnl.dnnl_eltwise_linear,
                                layout,
                                layout,
                                1f,
                                0f,
                                OneDnn.attributes(),
                                false);
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
                            library.cpu,
                            dnnl.dnnl_forward_training,
                            relu,
                            layout,
                            layout,
                            0f,
                            OneDnn.attributes(),
                            false);
                    eltwise_backward.primitive_desc description = new eltwise_backward.primitive_desc(
                            library.cpu, relu, layout, layout, layout, 0f, forward, OneDnn.attributes(), false);
                    return library.bind(
                            description,
                            new eltwise_backward(description),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, layout),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_DST, layout),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SRC, layout));
                })
                .run(y, dy, dz);
    }
}

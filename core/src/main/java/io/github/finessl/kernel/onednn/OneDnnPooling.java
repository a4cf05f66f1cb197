package io.github.finessl.kernel.onednn;

import static io.github.finessl.kernel.onednn.Floats.address;
import static io.github.finessl.kernel.onednn.Floats.keepAlive;
import static io.github.finessl.kernel.onednn.Floats.on;

import io.github.finessl.kernel.ConvolutionKernels;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Average pooling of feature maps on oneDNN; a task is an image. */
final class OneDnnPooling {

    private final Workers workers;

    OneDnnPooling(Workers workers) {
        this.workers = workers;
    }

    private record Pool(long images, long height, long width, long channels, long side, boolean backward) {
        memory.desc large() {
            return OneDnnOps.map(images, height, width, channels);
        }

        memory.desc small() {
            return OneDnnOps.map(images, height / side, width / side, channels);
        }
    }

    /** {@link ConvolutionKernels#averagePool}. */
    void forward(INDArray x, int side, INDArray y) {
        pool(x, y, side, false);
    }

    /** {@link ConvolutionKernels#averagePoolBackward}. */
    void backward(INDArray dy, int side, INDArray dx) {
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
                library.cpu,
                dnnl.dnnl_forward_training,
                algorithm,
                p.large(),
                p.small(),
                side,
                side,
                none,
                none,
                none,
                OneDnn.attributes(),
                false);
        if (!p.backward()) {
            return library.bind(
                    forward,
                    new pooling_forward(forward),
                    new OneDnn.Argument(dnnl.DNNL_ARG_SRC, p.large()),
                    new OneDnn.Argument(dnnl.DNNL_ARG_DST, p.small()));
        }
        pooling_backward.primitive_desc description = new pooling_backward.primitive_desc(
                library.cpu,
                algorithm,
                p.large(),
                p.small(),
                side,
                side,
                none,
                none,
                none,
                forward,
                OneDnn.attributes(),
                false);
        return library.bind(
                description,
                new pooling_backward(description),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SRC, p.large()),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_DST, p.small()));
    }
}

package io.github.finessl.kernel.onednn;

import static io.github.finessl.kernel.onednn.Floats.address;
import static io.github.finessl.kernel.onednn.Floats.keepAlive;
import static io.github.finessl.kernel.onednn.Floats.on;

import io.github.finessl.kernel.ConvolutionKernels;
import java.nio.FloatBuffer;
import org.bytedeco.dnnl.global.dnnl;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Feature maps to tokens with their mean in front, in f32 on oneDNN; a task is an image. */
final class OneDnnTokens {

    private final Workers workers;
    private final BatchSums sums;

    OneDnnTokens(Workers workers, BatchSums sums) {
        this.workers = workers;
        this.sums = sums;
    }

    /** {@link ConvolutionKernels#tokensWithMean}. */
    void forward(INDArray x, INDArray positions, INDArray tokens) {
        long width = x.size(3);
        long pixels = x.size(1) * x.size(2);
        long in = address(x);
        long places = address(positions);
        long out = address(tokens);
        long ones = sums.ones(pixels);
        workers.run((int) x.size(0), (tools, image) -> {
            OneDnn library = tools.library();
            long from = on(in, image * pixels * width);
            long first = on(out, image * (pixels + 1) * width);
            BatchSums.columns(library, ones, pixels, width, from, first);
            FloatBuffer mean = Floats.at(first, width).asBuffer();
            FloatBuffer place = Floats.at(places, width).asBuffer();
            for (int i = 0; i < width; i++) {
                mean.put(i, mean.get(i) / pixels + place.get(i));
            }
            new OneDnnOps(library)
                    .binary(dnnl.dnnl_binary_add, pixels, width, false, from, on(places, width), on(first, width));
        });
        keepAlive(x, positions, tokens);
    }

    /** {@link ConvolutionKernels#tokensWithMeanBackward}. */
    void backward(INDArray dTokens, INDArray dx, INDArray dPositions) {
        long width = dTokens.size(2);
        long count = dTokens.size(1);
        long images = dTokens.size(0);
        long in = address(dTokens);
        long out = address(dx);
        if (dx != null) {
            workers.run((int) images, (tools, image) -> {
                OneDnn library = tools.library();
                long first = on(in, image * count * width);
                long share = library.scratch(MapScratch.STAGED, width * Rows.FLOAT);
                FloatBuffer mean = Floats.at(first, width).asBuffer();
                FloatBuffer each = Floats.at(share, width).asBuffer();
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
            BatchSums.addUp(images, count * width, in, dPositions);
        }
        keepAlive(dTokens, dx, dPositions);
    }
}

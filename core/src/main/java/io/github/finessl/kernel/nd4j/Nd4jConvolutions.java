package io.github.finessl.kernel.nd4j;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import io.github.finessl.kernel.ConvolutionKernels;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The portable kernels of convolutional networks: the formulas as written, one product for each place in a filter. */
@SuppressWarnings("try") // The workspaces are used by being open.
final class Nd4jConvolutions implements ConvolutionKernels {

    @Override
    public void channelsLast(INDArray images, INDArray y) {
        y.assign(images.permute(0, 2, 3, 1));
    }

    @Override
    public void convolve(INDArray x, Filter filter, INDArray residual, boolean relu, INDArray y) {
        try (MemoryWorkspace ignored = Nd4jKernels.temporaries()) {
            INDArray padded = padded(x, filter.padding());
            INDArray sum = Nd4j.create(x.dataType(), new long[] {rows(y).size(0), filter.out()}, 'c');
            for (int i = 0; i < filter.height(); i++) {
                for (int j = 0; j < filter.width(); j++) {
                    sum.addi(seen(padded, filter, i, j, y.shape()).mmul(at(filter, i, j)));
                }
            }
            if (filter.bias() != null) {
                sum.addiRowVector(filter.bias());
            }
            finish(sum, residual, relu, y);
        }
    }

    private static void finish(INDArray sum, INDArray residual, boolean relu, INDArray y) {
        if (residual != null) {
            sum.addi(rows(residual));
        }
        rows(y).assign(relu ? Transforms.max(sum, 0, false) : sum);
    }

    @Override
    public void convolveBackward(
            INDArray dy,
            INDArray x,
            Filter filter,
            INDArray y,
            INDArray dx,
            INDArray dWeight,
            INDArray dBias,
            INDArray dResidual) {
        try (MemoryWorkspace ignored = Nd4jKernels.temporaries()) {
            INDArray dz = passed(dy, y); // [n, out]
            if (dResidual != null) {
                rows(dResidual).assign(dz);
            }
            if (dBias != null) {
                dBias.assign(dz.sum(0));
            }
            int p = filter.padding();
            INDArray padded = padded(x, p);
            INDArray dPadded = dx == null ? null : Nd4j.create(x.dataType(), padded.shape(), 'c');
            for (int i = 0; i < filter.height(); i++) {
                for (int j = 0; j < filter.width(); j++) {
                    if (dWeight != null) {
                        INDArray gradient = seen(padded, filter, i, j, dy.shape())
                                .transpose()
                                .mmul(dz); // [in, out]
                        dWeight.get(all(), all(), point(i), point(j)).assign(gradient.transpose());
                    }
                    if (dx != null) {
                        INDArray gradient = dz.mmul(at(filter, i, j).transpose());
                        window(dPadded, filter, i, j, dy.shape())
                                .addi(gradient.reshape('c', dy.size(0), dy.size(1), dy.size(2), filter.in()));
                    }
                }
            }
            if (dx != null) {
                dx.assign(dPadded.get(all(), interval(p, p + dx.size(1)), interval(p, p + dx.size(2)), all()));
            }
        }
    }

    /** The filter's weights [in, out] for one place of its window. */
    private static INDArray at(Filter filter, int i, int j) {
        return filter.weight().get(all(), all(), point(i), point(j)).transpose();
    }

    private static INDArray padded(INDArray x, int padding) {
        if (padding == 0) {
            return x;
        }
        INDArray padded = Nd4j.create(
                x.dataType(),
                new long[] {x.size(0), x.size(1) + 2L * padding, x.size(2) + 2L * padding, x.size(3)},
                'c');
        padded.get(all(), interval(padding, padding + x.size(1)), interval(padding, padding + x.size(2)), all())
                .assign(x);
        return padded;
    }

    /** The pixels under one place of the window, for each pixel of the result: [n, in]. */
    private static INDArray seen(INDArray padded, Filter filter, int i, int j, long[] result) {
        return rows(window(padded, filter, i, j, result).dup('c'));
    }

    /** The pixels under one place of the window as a view [B, H', W', in]. */
    private static INDArray window(INDArray padded, Filter filter, int i, int j, long[] result) {
        int s = filter.stride();
        long[] stride = padded.stride();
        return Nd4j.create(
                padded.data(),
                new long[] {result[0], result[1], result[2], padded.size(3)},
                new long[] {stride[0], s * stride[1], s * stride[2], stride[3]},
                padded.offset() + i * stride[1] + j * stride[2],
                'c');
    }

    /** The part of dy that passes back through the ReLU, if there was one: [n, C]. */
    private static INDArray passed(INDArray dy, INDArray y) {
        return y == null ? rows(dy) : rows(dy).mul(rows(y).gt(0).castTo(dy.dataType()));
    }

    private static INDArray rows(INDArray a) {
        return a.reshape('c', a.length() / a.size(-1), a.size(-1));
    }

    @Override
    public void averagePool(INDArray x, int side, INDArray y) {
        try (MemoryWorkspace ignored = Nd4jKernels.temporaries()) {
            y.assign(squares(x, side).mean(2, 4));
        }
    }

    /** [B, H, W, C] as [B, H / side, side, W / side, side, C]. */
    private static INDArray squares(INDArray x, int side) {
        return x.reshape('c', x.size(0), x.size(1) / side, side, x.size(2) / side, side, x.size(3));
    }

    @Override
    public void averagePoolBackward(INDArray dy, int side, INDArray dx) {
        try (MemoryWorkspace ignored = Nd4jKernels.temporaries()) {
            INDArray share = dy.div((double) side * side);
            INDArray squares = squares(dx, side);
            for (int i = 0; i < side; i++) {
                for (int j = 0; j < side; j++) {
                    squares.get(all(), all(), point(i), all(), point(j), all()).assign(share);
                }
            }
        }
    }

    @Override
    public void channelStatistics(INDArray x, INDArray mean, INDArray variance) {
        try (MemoryWorkspace ignored = Nd4jKernels.temporaries()) {
            mean.assign(rows(x).mean(0));
            INDArray centred = rows(x).subRowVector(mean);
            variance.assign(centred.muli(centred).mean(0));
        }
    }

    @Override
    public void channelAffine(INDArray x, INDArray scale, INDArray shift, INDArray residual, boolean relu, INDArray y) {
        try (MemoryWorkspace ignored = Nd4jKernels.temporaries()) {
            finish(rows(x).mulRowVector(scale).addiRowVector(shift), residual, relu, y);
        }
    }

    @Override
    public void channelSums(INDArray dy, INDArray y, INDArray x, INDArray centre, INDArray sum, INDArray product) {
        try (MemoryWorkspace ignored = Nd4jKernels.temporaries()) {
            INDArray dz = passed(dy, y);
            sum.assign(dz.sum(0));
            product.assign(rows(x).subRowVector(centre).muli(dz).sum(0));
        }
    }

    @Override
    public void channelCombination(
            INDArray dy, INDArray y, INDArray x, INDArray a, INDArray b, INDArray c, INDArray dx) {
        try (MemoryWorkspace ignored = Nd4jKernels.temporaries()) {
            INDArray dz = passed(dy, y);
            INDArray scaled = a == null ? dz : dz.mulRowVector(a);
            rows(dx).assign(
                            b == null
                                    ? scaled
                                    : rows(x).mulRowVector(b).addi(scaled).addiRowVector(c));
        }
    }

    @Override
    public void tokensWithMean(INDArray x, INDArray positions, INDArray tokens) {
        try (MemoryWorkspace ignored = Nd4jKernels.temporaries()) {
            INDArray pixels = pixels(x);
            INDArray positioned =
                    Nd4j.tile(positions.reshape('c', 1, positions.size(0), positions.size(1)), (int) x.size(0), 1, 1);
            tokens.assign(Nd4j.concat(1, pixels.mean(true, 1), pixels).addi(positioned));
        }
    }

    private static INDArray pixels(INDArray x) {
        return x.reshape('c', x.size(0), x.size(1) * x.size(2), x.size(3));
    }

    @Override
    public void tokensWithMeanBackward(INDArray dTokens, INDArray dx, INDArray dPositions) {
        try (MemoryWorkspace ignored = Nd4jKernels.temporaries()) {
            if (dPositions != null) {
                dPositions.assign(dTokens.sum(0));
            }
            if (dx != null) {
                INDArray share = dTokens.get(all(), interval(0, 1), all()).div(dTokens.size(1) - 1);
                INDArray repeated = Nd4j.tile(share, 1, (int) dTokens.size(1) - 1, 1);
                pixels(dx)
                        .assign(dTokens.get(all(), interval(1, dTokens.size(1)), all())
                                .add(repeated));
            }
        }
    }
}

package io.github.finessl.kernel.nd4j;

import static io.github.finessl.kernel.nd4j.Nd4jKernels.temporaries;

import io.github.finessl.kernel.Activation;
import io.github.finessl.kernel.LayerKernels;
import io.github.finessl.kernel.Norm;
import java.util.stream.Stream;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** {@link LayerKernels} as array operations, in single or double precision. */
@SuppressWarnings("try") // The workspaces are used by being open.
final class Nd4jLayers implements LayerKernels {

    @Override
    public void weightGradient(INDArray x, INDArray dy, INDArray dWeight) {
        try (MemoryWorkspace ignored = temporaries()) {
            dWeight.assign(Nd4jKernels.product(x, true, dy, false));
        }
    }

    @Override
    public void sumRows(INDArray x, INDArray sum) {
        try (MemoryWorkspace ignored = temporaries()) {
            sum.assign(x.sum(0));
        }
    }

    @Override
    public void scaleGradient(INDArray x, INDArray dy, INDArray dScale) {
        try (MemoryWorkspace ignored = temporaries()) {
            dScale.assign(x.mul(dy).sum(0));
        }
    }

    @Override
    public void gainGradient(INDArray x, Norm norm, INDArray dy, INDArray dGain) {
        try (MemoryWorkspace ignored = temporaries()) {
            dGain.assign(Nd4jKernels.standardised(x, norm).muli(dy).sum(0));
        }
    }

    @Override
    public void activate(Activation activation, INDArray x, INDArray y) {
        try (MemoryWorkspace ignored = temporaries()) {
            y.assign(Nd4jActivations.activate(activation, x));
        }
    }

    @Override
    public void activateBackward(Activation activation, INDArray x, INDArray dy, INDArray dx) {
        try (MemoryWorkspace ignored = temporaries()) {
            dx.assign(Nd4jActivations.derivative(activation, x).muli(dy));
        }
    }

    @Override
    public void gate(Activation activation, INDArray x, INDArray y) {
        try (MemoryWorkspace ignored = temporaries()) {
            y.assign(Nd4jActivations.activate(activation, half(x, 0)).muli(half(x, 1)));
        }
    }

    @Override
    public void gateBackward(Activation activation, INDArray x, INDArray dy, INDArray dx) {
        try (MemoryWorkspace ignored = temporaries()) {
            INDArray gate = half(x, 0).dup('c');
            half(dx, 0)
                    .assign(Nd4jActivations.derivative(activation, gate)
                            .muli(half(x, 1))
                            .muli(dy));
            half(dx, 1).assign(Nd4jActivations.activate(activation, gate).muli(dy));
        }
    }

    /** The first or the second half of the last dimension, a view. */
    private static INDArray half(INDArray x, int index) {
        long width = x.size(-1) / 2;
        INDArrayIndex columns = NDArrayIndex.interval(index * width, (index + 1) * width);
        return x.get(Stream.concat(Stream.generate(NDArrayIndex::all).limit(x.rank() - 1L), Stream.of(columns))
                .toArray(INDArrayIndex[]::new));
    }

    @Override
    public void rotate(INDArray x, INDArray cos, INDArray sin, int heads, boolean back, INDArray y) {
        try (MemoryWorkspace ignored = temporaries()) {
            long tokens = cos.size(1);
            y.assign(x);
            INDArray from = rotated(x, tokens, heads);
            INDArray to = rotated(y, tokens, heads);
            INDArray c = ofTokens(cos);
            INDArray s = back ? ofTokens(sin).neg() : ofTokens(sin);
            INDArray a = half(from, 0);
            INDArray b = half(from, 1);
            half(to, 0).assign(a.mul(c).subi(b.mul(s)));
            half(to, 1).assign(b.mul(c).addi(a.mul(s)));
        }
    }

    /** The first T of [B, tokens, D] as [B, T, heads, D/heads], a view. */
    private static INDArray rotated(INDArray x, long tokens, int heads) {
        return x.reshape('c', x.size(0), x.size(1), heads, x.size(2) / heads)
                .get(NDArrayIndex.all(), NDArrayIndex.interval(0, tokens), NDArrayIndex.all(), NDArrayIndex.all());
    }

    /** [heads, T, w] as [1, T, heads, w]. */
    private static INDArray ofTokens(INDArray angles) {
        return angles.permute(1, 0, 2).dup('c').reshape('c', 1, angles.size(1), angles.size(0), angles.size(2));
    }

    @Override
    public void scaleShift(INDArray x, INDArray scale, INDArray shift, INDArray y) {
        try (MemoryWorkspace ignored = temporaries()) {
            INDArray scaled = x.mulRowVector(scale);
            y.assign(shift == null ? scaled : scaled.addiRowVector(shift));
        }
    }

    @Override
    public void patchGradient(INDArray images, int patchHeight, int patchWidth, INDArray dPatches, INDArray dWeight) {
        try (MemoryWorkspace ignored = temporaries()) {
            weightGradient(Nd4jKernels.patches(images, patchHeight, patchWidth), dPatches, dWeight);
        }
    }
}

package io.github.finessl.kernel.nd4j;

import static io.github.finessl.kernel.nd4j.Nd4jKernels.temporaries;

import io.github.finessl.kernel.Activation;
import io.github.finessl.kernel.LayerKernels;
import io.github.finessl.kernel.Norm;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;

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
            dGain.assign(Nd4jKernels.standardised(x, norm.epsilon()).muli(dy).sum(0));
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

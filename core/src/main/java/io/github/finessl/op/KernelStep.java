package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;

/** A {@link KernelOp}: shapes depend on shapes alone, and outputs that nothing reads are left out. */
final class KernelStep implements Step {
    private final KernelOp op;
    private final Kernels kernels;
    private final List<INDArray> inputs;
    private List<INDArray> outputs = List.of();

    /** @param inputs changed by {@link #setInput} */
    KernelStep(KernelOp op, Kernels kernels, List<INDArray> inputs) {
        this.op = op;
        this.kernels = kernels;
        this.inputs = inputs;
    }

    @Override
    public String kind() {
        return op.opName();
    }

    @Override
    public void setInput(int index, INDArray array) {
        inputs.set(index, array);
    }

    @Override
    public List<LongShapeDescriptor> outputForms() {
        DataType type = inputs.get(0).dataType();
        return op.outputShapes(inputs).stream()
                .map(shape -> LongShapeDescriptor.fromShape(shape, type))
                .toList();
    }

    @Override
    public boolean canLeaveOut() {
        return true;
    }

    @Override
    public void setOutputs(List<INDArray> outputs) {
        this.outputs = outputs;
    }

    @Override
    public boolean fits() {
        return true;
    }

    @Override
    public void execute() {
        op.compute(kernels, inputs, outputs);
    }
}

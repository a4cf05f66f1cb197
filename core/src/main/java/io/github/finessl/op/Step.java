package io.github.finessl.op;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;

/** One op of a {@link Plan} with its arrays. */
interface Step {

    /** The kind of op. */
    String kind();

    /** Replaces an input by another array of its shape and type. */
    void setInput(int index, INDArray array);

    /** Types and shapes of the outputs for these inputs. */
    List<LongShapeDescriptor> outputForms();

    /** Whether an output that nothing reads need not be there. */
    boolean canLeaveOut();

    /** Sets the arrays to write to, null for one that is left out. */
    void setOutputs(List<INDArray> outputs);

    /** False where {@link #outputForms} has changed with the values of the inputs, so that the arrays are no longer right. */
    boolean fits();

    /** Computes the outputs. */
    void execute();
}

package io.github.finessl.op;

import java.util.List;
import java.util.Set;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.BaseOp;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.ReduceOp;
import org.nd4j.linalg.api.ops.ScalarOp;
import org.nd4j.linalg.api.ops.custom.Invoke;
import org.nd4j.linalg.api.ops.impl.controlflow.compat.BaseCompatOp;
import org.nd4j.linalg.api.ops.impl.layers.ExternalErrorsFunction;
import org.nd4j.linalg.api.ops.impl.shape.CreateView;
import org.nd4j.linalg.api.ops.impl.shape.tensorops.BaseTensorOp;
import org.nd4j.linalg.api.ops.impl.transforms.Assert;
import org.nd4j.linalg.api.ops.impl.transforms.gradient.GradientBackwardsMarker;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;

/** An op of SameDiff's own, native, through a context that is set once. Results are always new arrays, never views. */
final class StockStep implements Step {
    private static final List<Class<?>> UNSUPPORTED = List.of(
            BaseCompatOp.class,
            BaseTensorOp.class,
            Invoke.class,
            ExternalErrorsFunction.class,
            CreateView.class,
            Assert.class,
            GradientBackwardsMarker.class);

    /** Ops whose shapes follow the values even of real numbers. */
    private static final Set<String> VARYING =
            Set.of("Where", "where_np", "unique", "unique_with_counts", "listdiff", "range", "lin_space");

    private final DifferentialFunction op;
    private final List<INDArray> inputs;
    private final OpContext context = Nd4j.getExecutioner().buildContext();
    private final boolean formsVary;
    private List<INDArray> outputs = List.of();
    private List<LongShapeDescriptor> forms = List.of();
    private boolean bound;

    /**
     * An op that {@link #requireExecutable} lets through.
     *
     * @param inputs changed by {@link #setInput}
     * @param integersVary whether an input of integers or booleans may have other values in another run
     */
    StockStep(DifferentialFunction op, List<INDArray> inputs, boolean integersVary) {
        this.op = op;
        this.inputs = inputs;
        this.formsVary = integersVary || VARYING.contains(op.opName());
        if (op instanceof CustomOp custom) {
            context.setArgs(new INDArray[0], custom.iArgs(), custom.dArgs(), custom.tArgs(), custom.bArgs());
        }
    }

    /** Refuses control flow and the like. */
    static void requireExecutable(SameDiffOp node) {
        DifferentialFunction op = node.getOp();
        boolean reduces = op instanceof ReduceOp reduceOp && reduceOp.getOpType() != Op.Type.REDUCE3;
        boolean settingAsInput =
                (reduces || op instanceof ScalarOp) && Schedule.inputs(node).size() == 2;
        if (settingAsInput || UNSUPPORTED.stream().anyMatch(type -> type.isInstance(op))) {
            throw new UnsupportedOperationException("a KernelSession cannot execute " + node.getName() + ", an op "
                    + op.opName() + (settingAsInput ? " with a variable for its dimensions or scalar" : ""));
        }
    }

    @Override
    public String kind() {
        return op.opName();
    }

    @Override
    public void setInput(int index, INDArray array) {
        inputs.set(index, array);
        bound = false;
    }

    @Override
    public List<LongShapeDescriptor> outputForms() {
        bind();
        forms = op instanceof DynamicCustomOp custom
                ? custom.calculateOutputShape(context)
                : ((BaseOp) op).calculateOutputShape(context);
        return forms;
    }

    @Override
    public boolean canLeaveOut() {
        return false;
    }

    @Override
    public void setOutputs(List<INDArray> outputs) {
        this.outputs = outputs;
        bound = false;
    }

    @Override
    public boolean fits() {
        List<LongShapeDescriptor> before = forms;
        return !formsVary || outputForms().equals(before);
    }

    @Override
    public void execute() {
        bind();
        if (op instanceof CustomOp custom) {
            Nd4j.exec(custom, context);
        } else {
            Nd4j.exec((Op) op, context);
        }
    }

    /** A context that gets an array in place of another keeps both until it is purged. */
    private void bind() {
        if (!bound) {
            context.purge();
            context.setInputArrays(inputs);
            context.setOutputArrays(outputs);
            bound = true;
        }
    }
}

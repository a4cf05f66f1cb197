package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;

/**
 * Makes a {@link Plan} by running it for the first time, since a shape may depend on values.
 *
 * <p>An array is free for another result once its last reader has run. No two variables share an array at one time, and
 * no step writes to its inputs.
 */
final class Planner {
    private final SameDiff graph;
    private final Kernels kernels;
    private final OpProfile profile;
    private final Map<String, INDArray> placeholders;
    private final ArrayPool pool = new ArrayPool();
    private final List<Step> steps = new ArrayList<>();
    private final Map<String, Source> sources = new LinkedHashMap<>();
    /** Arrays that ops have computed and others are still to read. */
    private final Map<String, INDArray> computed = new HashMap<>();
    /** Names of what has the same value in every run. */
    private final Set<String> fixed = new HashSet<>();

    /** @param profile gets the times of the steps; null for none */
    Planner(SameDiff graph, Kernels kernels, Map<String, INDArray> placeholders, OpProfile profile) {
        this.graph = graph;
        this.kernels = kernels;
        this.placeholders = placeholders;
        this.profile = profile;
    }

    /** The plan for these variables, its results there. */
    Plan plan(List<String> wanted) {
        Schedule schedule = Schedule.of(graph, wanted);
        Map<String, Integer> readers = new HashMap<>(schedule.readers());
        schedule.ops().forEach(op -> add(op, readers));
        Map<String, INDArray> results = new HashMap<>();
        for (String name : wanted) {
            results.put(name, value(name));
            readsSource(name, array -> results.put(name, array));
        }
        return new Plan(wanted, List.copyOf(sources.values()), steps, results, pool);
    }

    private void add(SameDiffOp op, Map<String, Integer> readers) {
        List<String> inputs = Schedule.inputs(op);
        Step step = step(op.getOp(), inputs);
        step.setOutputs(outputs(op, step, readers.keySet()));
        steps.add(step);
        Plan.execute(step, profile);
        if (!inputs.isEmpty() && fixed.containsAll(inputs)) {
            fixed.addAll(op.getOutputsOfOp());
        }
        inputs.forEach(input -> readers.merge(input, -1, Integer::sum));
        Stream.concat(inputs.stream(), op.getOutputsOfOp().stream())
                .filter(name -> readers.getOrDefault(name, 0) == 0 && computed.containsKey(name))
                .forEach(name -> pool.giveBack(computed.remove(name)));
    }

    private Step step(DifferentialFunction op, List<String> names) {
        List<INDArray> inputs = new ArrayList<>();
        names.forEach(name -> inputs.add(value(name)));
        boolean integersVary = names.stream()
                .anyMatch(name -> !fixed.contains(name) && !value(name).isR());
        Step step = op instanceof KernelOp kernelOp
                ? new KernelStep(kernelOp, kernels, inputs)
                : new StockStep(op, inputs, integersVary);
        for (int i = 0; i < names.size(); i++) {
            int index = i;
            readsSource(names.get(i), array -> step.setInput(index, array));
        }
        return step;
    }

    private List<INDArray> outputs(SameDiffOp op, Step step, Set<String> read) {
        List<String> names = op.getOutputsOfOp();
        List<LongShapeDescriptor> forms = step.outputForms();
        if (forms.size() != names.size()) {
            throw new UnsupportedOperationException(
                    "no shapes are known for the results of " + op.getName() + ", an op " + step.kind());
        }
        List<INDArray> outputs = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            INDArray array = null;
            if (read.contains(name) || !step.canLeaveOut()) {
                array = pool.take(typed(forms.get(i), op.getOp(), name));
                computed.put(name, array);
            }
            outputs.add(array);
        }
        return outputs;
    }

    /** The form of an output with the type that the graph has settled on among those a custom op could return. */
    private LongShapeDescriptor typed(LongShapeDescriptor form, DifferentialFunction op, String name) {
        return op instanceof CustomOp ? form.asDataType(graph.getVariable(name).dataType()) : form;
    }

    private void readsSource(String name, Consumer<INDArray> reader) {
        Source source = sources.get(name);
        if (source != null) {
            source.addReader(reader);
        }
    }

    private INDArray value(String name) {
        SDVariable variable = graph.getVariable(name);
        if (variable.getVariableType() == VariableType.ARRAY) {
            return computed.get(name);
        }
        if (variable.isConstant()) {
            fixed.add(name);
            return variable.getArr();
        }
        return sources.computeIfAbsent(name, key -> new Source(variable, placeholders))
                .array();
    }
}

package io.github.finessl.op;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The gradients of a loss, as further ops of its graph.
 *
 * <p>{@link SameDiff#createGradFunction()} adds the same ops in the same order, on which the bits of sums depend, but to a
 * copy of the graph, and prints a line for each to standard output.
 */
public final class Gradients {

    private final SameDiff graph;
    private final Map<String, SameDiffOp> ops = new LinkedHashMap<>();
    private final Set<String> learned = new HashSet<>();
    private final Set<String> differentiated = new HashSet<>();

    private Gradients(SameDiff graph) {
        this.graph = graph;
    }

    /**
     * Adds the gradients of a loss with regard to variables.
     *
     * @param loss the name of a scalar
     * @param variables names of those that are trained
     * @return the name of each variable's gradient; variables that the loss does not depend on have none
     */
    public static Map<String, String> add(SameDiff graph, String loss, Collection<String> variables) {
        Gradients gradients = new Gradients(graph);
        gradients.findOps(loss);
        gradients.addFrom(loss);
        Map<String, String> names = new LinkedHashMap<>();
        for (String name : variables) {
            SDVariable gradient = graph.getGradForVariable(name);
            if (gradient != null) {
                names.put(name, gradient.name());
            }
        }
        return names;
    }

    /** Finds the ops on the ways from trained variables to the loss. */
    private void findOps(String loss) {
        List<SameDiffOp> schedule = Schedule.of(graph, List.of(loss)).ops();
        for (SameDiffOp op : schedule) {
            if (Schedule.inputs(op).stream().anyMatch(this::isLearned)) {
                op.getOutputsOfOp().stream().filter(this::isReal).forEach(learned::add);
            }
        }
        Set<String> read = new HashSet<>(Set.of(loss));
        for (int i = schedule.size() - 1; i >= 0; i--) {
            SameDiffOp op = schedule.get(i);
            if (op.getOutputsOfOp().stream().anyMatch(output -> read.contains(output) && learned.contains(output))) {
                ops.put(op.getName(), op);
                read.addAll(Schedule.inputs(op));
            }
        }
    }

    private boolean isLearned(String name) {
        return learned.contains(name)
                || (graph.getVariable(name).getVariableType() == VariableType.VARIABLE && isReal(name));
    }

    private boolean isReal(String name) {
        return graph.getVariable(name).dataType().isFPType();
    }

    private void addFrom(String loss) {
        SDVariable one = graph.constant(
                loss + "-one", Nd4j.scalar(graph.getVariable(loss).dataType(), 1));
        graph.setGradientForVariableName(loss, one);
        Deque<SameDiffOp> next = new ArrayDeque<>();
        next.add(ops.get(graph.getVariables().get(loss).getOutputOfOp()));
        while (!next.isEmpty()) {
            SameDiffOp op = next.remove();
            op.getOp().diff(ofOutputs(op));
            differentiated.add(op.getName());
            for (String input : Schedule.inputs(op)) {
                SameDiffOp before = ops.get(graph.getVariables().get(input).getOutputOfOp());
                if (before != null && isReady(before) && !next.contains(before)) {
                    next.add(before);
                }
            }
        }
    }

    /** Once all that read from it are differentiated. */
    private boolean isReady(SameDiffOp op) {
        return !differentiated.contains(op.getName())
                && op.getOutputsOfOp().stream()
                        .map(output -> graph.getVariables().get(output).getInputsForOp())
                        .filter(readers -> readers != null)
                        .flatMap(List::stream)
                        .filter(ops::containsKey)
                        .allMatch(differentiated::contains);
    }

    private List<SDVariable> ofOutputs(SameDiffOp op) {
        List<SDVariable> gradients = new ArrayList<>();
        for (String output : op.getOutputsOfOp()) {
            SDVariable variable = graph.getVariable(output);
            SDVariable known = isReal(output) ? variable.gradient() : null;
            gradients.add(known != null || !isReal(output) ? known : graph.zerosLike(output + "-grad", variable));
        }
        return gradients;
    }
}

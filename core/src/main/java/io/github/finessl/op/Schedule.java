package io.github.finessl.op;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.internal.Variable;

/**
 * The ops to be executed for some variables of a graph, in order.
 *
 * @param ops the ops that are needed, each after those it reads from, else in the order in which they were added
 * @param readers how often each variable is read: by these ops, and once more where it is wanted itself
 */
record Schedule(List<SameDiffOp> ops, Map<String, Integer> readers) {

    static Schedule of(SameDiff graph, List<String> wanted) {
        Map<String, SameDiffOp> ordered = new LinkedHashMap<>();
        Set<String> needed = needed(graph, wanted);
        graph.getOps().values().stream()
                .filter(op -> needed.contains(op.getName()))
                .forEach(op -> append(graph, op, ordered));
        Map<String, Integer> readers = new HashMap<>();
        Stream.concat(wanted.stream(), ordered.values().stream().flatMap(op -> inputs(op).stream()))
                .forEach(name -> readers.merge(name, 1, Integer::sum));
        return new Schedule(List.copyOf(ordered.values()), readers);
    }

    static List<String> inputs(SameDiffOp op) {
        return Objects.requireNonNullElse(op.getInputsToOp(), List.of());
    }

    private static Set<String> needed(SameDiff graph, List<String> wanted) {
        Set<String> needed = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(wanted);
        while (!open.isEmpty()) {
            SameDiffOp op = producer(graph, open.pop());
            if (op != null && needed.add(op.getName())) {
                StockStep.requireExecutable(op);
                open.addAll(inputs(op));
            }
        }
        return needed;
    }

    private static void append(SameDiff graph, SameDiffOp op, Map<String, SameDiffOp> ordered) {
        if (!ordered.containsKey(op.getName())) {
            inputs(op).stream()
                    .map(input -> producer(graph, input))
                    .filter(Objects::nonNull)
                    .forEach(before -> append(graph, before, ordered));
            ordered.put(op.getName(), op);
        }
    }

    /** Null for what is not computed: placeholders, variables, constants. */
    private static SameDiffOp producer(SameDiff graph, String name) {
        Variable variable = graph.getVariables().get(name);
        if (variable == null) {
            throw new IllegalArgumentException("the graph has no variable " + name);
        }
        return variable.getOutputOfOp() == null ? null : graph.getOps().get(variable.getOutputOfOp());
    }
}

package io.github.finessl.op;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A plan for computing some variables from placeholders of some shapes, as {@link Planner} worked it out. */
final class Plan implements AutoCloseable {
    private final List<String> wanted;
    private final List<Source> sources;
    private final List<Step> steps;
    private final Map<String, INDArray> results;
    private final ArrayPool pool;

    /**
     * A plan that has run once.
     *
     * @param wanted the names of the variables
     * @param sources what may be replaced between runs
     * @param steps in order
     * @param results the wanted arrays, by name; overwritten by every run
     * @param pool which made the arrays
     */
    Plan(List<String> wanted, List<Source> sources, List<Step> steps, Map<String, INDArray> results, ArrayPool pool) {
        this.wanted = List.copyOf(wanted);
        this.sources = List.copyOf(sources);
        this.steps = List.copyOf(steps);
        this.results = Collections.unmodifiableMap(results); // a view: a wanted source changes
        this.pool = pool;
    }

    /** Whether this is the plan for these variables and placeholders. */
    boolean fits(List<String> names, Map<String, INDArray> placeholders) {
        return wanted.equals(names) && sources.stream().allMatch(source -> source.fits(placeholders));
    }

    /**
     * Brings the results up to date.
     *
     * @return false where an op's values have led to other shapes: the plan is of no more use
     */
    boolean run(Map<String, INDArray> placeholders, OpProfile profile) {
        sources.forEach(source -> source.load(placeholders));
        for (Step step : steps) {
            if (!step.fits()) {
                return false;
            }
            execute(step, profile);
        }
        return true;
    }

    /** Runs one step; its time goes into the profile unless that is null. */
    static void execute(Step step, OpProfile profile) {
        if (profile == null) {
            step.execute();
        } else {
            long begin = System.nanoTime();
            step.execute();
            profile.add(step.kind(), (System.nanoTime() - begin) / 1e9);
        }
    }

    /** The wanted arrays, by name. */
    Map<String, INDArray> results() {
        return results;
    }

    /** The number of arrays that the plan has made. */
    int allocations() {
        return pool.size();
    }

    @Override
    public void close() {
        pool.close();
    }
}

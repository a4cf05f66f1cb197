package io.github.finessl.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An exponential moving average of what a model has learnt: after step t it is Σ m^(t-i)·x_i / Σ m^(t-i) over the values x_1 ..
 * x_t. So it is a mean with weights of sum 1 from the first step on (as Adam corrects its bias), in which what a run begins
 * with has no part; in a run of fewer than 1/(1-m) steps it is close to the plain mean of them all.
 */
final class ParameterAverage implements AutoCloseable {
    private final double momentum;
    private final Map<String, INDArray> means = new LinkedHashMap<>();

    /** An average of no values yet; {@code momentum} is m, from 0 to below 1. */
    ParameterAverage(double momentum) {
        this.momentum = momentum;
    }

    /**
     * Takes in the values after a step.
     *
     * @param step t, from 1 on
     */
    void add(Map<String, INDArray> values, long step) {
        begin(values);
        double share = (1 - momentum) / (1 - Math.pow(momentum, (double) step));
        values.forEach((name, value) -> {
            INDArray mean = means.get(name);
            INDArray difference = value.sub(mean);
            mean.addi(difference.muli(share));
            difference.close();
        });
    }

    /** Begins the averages of values that were constant until now. */
    void begin(Map<String, INDArray> values) {
        values.forEach((name, value) -> means.computeIfAbsent(name, absent -> value.dup('c')));
    }

    /** The averages by name, live arrays; empty before the first step. */
    Map<String, INDArray> means() {
        return means;
    }

    /** Restores the averages of a checkpoint. */
    void restore(Map<String, INDArray> saved) {
        begin(saved);
    }

    /** What is found while values are the averages instead; before the first step, while they are as they are. */
    <T> T inPlaceOf(Map<String, INDArray> values, Supplier<T> look) {
        exchange(values);
        try {
            return look.get();
        } finally {
            exchange(values);
        }
    }

    private void exchange(Map<String, INDArray> values) {
        means.forEach((name, mean) -> {
            INDArray value = values.get(name);
            INDArray kept = value.dup('c');
            value.assign(mean);
            mean.assign(kept);
            kept.close();
        });
    }

    @Override
    public void close() {
        means.values().forEach(INDArray::close);
    }
}

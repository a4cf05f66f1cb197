package io.github.finessl.ssl;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** An exponential moving average of a figure of each batch: a ← m·a + (1 - m)·batch. */
final class MovingAverage {
    private final String name;
    private final double momentum;
    private final double[] value;

    /**
     * An average of vectors.
     *
     * @param name in a checkpoint
     * @param momentum m
     * @param length of a vector
     * @param start of every entry; NaN starts with the first batch as it is
     */
    MovingAverage(String name, double momentum, int length, double start) {
        this.name = name;
        this.momentum = momentum;
        this.value = new double[length];
        Arrays.fill(value, start);
    }

    /** Takes a batch in; the average with it. */
    double[] update(double... batch) {
        Arrays.setAll(value, k -> Double.isNaN(value[k]) ? batch[k] : momentum * value[k] + (1 - momentum) * batch[k]);
        return value();
    }

    /** Lowers entries above {@code highest} to it. */
    void clip(double highest) {
        Arrays.setAll(value, k -> Math.min(value[k], highest));
    }

    /** a. */
    double[] value() {
        return value.clone();
    }

    /** The state of averages, for a checkpoint. */
    static Map<String, INDArray> state(MovingAverage... averages) {
        Map<String, INDArray> state = new LinkedHashMap<>();
        for (MovingAverage average : averages) {
            state.put(average.name, Nd4j.createFromArray(average.value()));
        }
        return state;
    }

    /** Continues from a checkpoint's {@link #state}; see {@link Method#restore}. */
    static void restore(Map<String, INDArray> state, MovingAverage... averages) {
        for (MovingAverage average : averages) {
            INDArray saved = state.get(average.name);
            if (saved == null || saved.rank() != 1 || saved.length() != average.value.length) {
                throw new IllegalArgumentException("its " + average.name + " should be a vector of "
                        + average.value.length + ", but is "
                        + (saved == null ? "missing" : Arrays.toString(saved.shape())));
            }
        }
        for (MovingAverage average : averages) {
            double[] saved = state.get(average.name).toDoubleVector();
            System.arraycopy(saved, 0, average.value, 0, saved.length);
        }
    }
}

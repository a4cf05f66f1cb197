package io.github.finessl.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A placeholder or variable of a graph, whose array may be another one in the next run, and what reads it. */
final class Source {
    private final SDVariable variable;
    private final List<Consumer<INDArray>> readers = new ArrayList<>();
    private INDArray last;

    /** @param placeholders of the first run */
    Source(SDVariable variable, Map<String, INDArray> placeholders) {
        this.variable = variable;
        this.last = typed(given(placeholders));
    }

    /** The array of the run. */
    INDArray array() {
        return last;
    }

    /** Adds what is to be told of every other array. */
    void addReader(Consumer<INDArray> reader) {
        readers.add(reader);
    }

    /** Whether the array is of the shape it had in the first run. */
    boolean fits(Map<String, INDArray> placeholders) {
        return Arrays.equals(given(placeholders).shape(), last.shape());
    }

    /** Tells the readers, if it is another array. */
    void load(Map<String, INDArray> placeholders) {
        INDArray array = typed(given(placeholders));
        if (array != last) {
            readers.forEach(reader -> reader.accept(array));
            last = array;
        }
    }

    private INDArray given(Map<String, INDArray> placeholders) {
        INDArray array = variable.isPlaceHolder() ? placeholders.get(variable.name()) : variable.getArr();
        if (array == null) {
            throw new IllegalArgumentException("no array for " + variable.name());
        }
        return array;
    }

    private INDArray typed(INDArray array) {
        return array.castTo(variable.dataType()); // itself, if it is of that type
    }
}

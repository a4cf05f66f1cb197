package io.github.finessl.op;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;

/** The arrays of a {@link Plan}: one that is given back is taken again for the next result of its type and shape. */
final class ArrayPool implements AutoCloseable {
    private record Key(DataType type, String shape) {
        static Key of(DataType type, long[] shape) {
            return new Key(type, Arrays.toString(shape));
        }
    }

    private final List<INDArray> all = new ArrayList<>();
    private final Map<Key, Deque<INDArray>> free = new HashMap<>();

    /** An array of any content. */
    INDArray take(LongShapeDescriptor form) {
        Deque<INDArray> matching = free.get(Key.of(form.dataType(), form.getShape()));
        if (matching != null && !matching.isEmpty()) {
            return matching.pop();
        }
        INDArray array = form.isEmpty()
                ? Nd4j.create(form, false)
                : Nd4j.createUninitializedDetached(form.dataType(), form.getShape());
        all.add(array);
        return array;
    }

    /** Takes back an array that nothing reads any more. */
    void giveBack(INDArray array) {
        free.computeIfAbsent(Key.of(array.dataType(), array.shape()), key -> new ArrayDeque<>())
                .push(array);
    }

    /** The number of arrays that were made. */
    int size() {
        return all.size();
    }

    @Override
    public void close() {
        all.forEach(INDArray::close);
        all.clear();
        free.clear();
    }
}

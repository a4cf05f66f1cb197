package io.github.finessl.op;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.internal.memory.AbstractMemoryMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.BaseNDArray;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The arrays of a session, kept for reuse by type and shape until the session is closed.
 *
 * <p>SameDiff's own cache closes and evicts arrays that are still in use. Arrays that the pool did not make (a pass-through,
 * a cast) are left to the garbage collector.
 */
final class ArrayPool extends AbstractMemoryMgr {
    private record Key(DataType type, String shape) {
        static Key of(DataType type, long[] shape) {
            return new Key(type, Arrays.toString(shape));
        }
    }

    private final Map<Key, Deque<INDArray>> free = new HashMap<>();
    private final Set<INDArray> lent = Collections.newSetFromMap(new IdentityHashMap<>());
    private long allocations;

    @Override
    public INDArray allocate(boolean detached, DataType type, long... shape) {
        Deque<INDArray> matching = free.get(Key.of(type, shape));
        INDArray array = matching == null ? null : matching.poll();
        if (array == null) {
            array = Nd4j.createUninitializedDetached(type, shape);
            allocations++;
        } else {
            ((BaseNDArray) array).assignNewId(); // the session tracks arrays by id: a reused one is another array
        }
        lent.add(array);
        return array;
    }

    @Override
    public INDArray allocate(boolean detached, LongShapeDescriptor descriptor) {
        return allocate(detached, descriptor.dataType(), descriptor.getShape());
    }

    @Override
    public void release(INDArray array) {
        if (lent.remove(array)) {
            free.computeIfAbsent(Key.of(array.dataType(), array.shape()), key -> new ArrayDeque<>())
                    .push(array);
        }
    }

    /** Takes back all that is lent but for these arrays. */
    void releaseAllBut(Set<INDArray> kept) {
        for (INDArray array : List.copyOf(lent)) {
            if (!kept.contains(array)) {
                release(array);
            }
        }
    }

    /** How many arrays were ever made: constant once every shape of a step has been seen. */
    long allocations() {
        return allocations;
    }

    /** Frees every array, lent ones too. */
    @Override
    public void close() {
        free.values().forEach(arrays -> arrays.forEach(INDArray::close));
        free.clear();
        lent.forEach(INDArray::close);
        lent.clear();
    }
}

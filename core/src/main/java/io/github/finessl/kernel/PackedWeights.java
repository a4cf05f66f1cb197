package io.github.finessl.kernel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.reorder;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Weights in the layouts that products want them in, shared by all threads. A frozen one is packed on its first use, a
 * trained one on its first use in each pass.
 */
final class PackedWeights implements AutoCloseable {

    private final OneDnn library = new OneDnn();
    private final List<memory.desc> layouts = new ArrayList<>();
    private final Map<Packed, Long> frozen = new HashMap<>();
    private final Map<Rows, INDArray> alive = new HashMap<>();
    private final Map<Packed, Copy> trained = new HashMap<>();
    private OneDnn trainedMemory = new OneDnn();
    private long pass;

    /** A weight [in, out], or its transpose, as it lies in the caller's memory. */
    record Weight(long address, long in, long out, long stride, boolean transposed, boolean trained) {

        static Weight of(Rows w, boolean transposed, boolean trained) {
            return new Weight(w.address(), w.rows(), w.width(), w.rowStride(), transposed, trained);
        }

        long from() {
            return transposed ? out : in;
        }

        long to() {
            return transposed ? in : out;
        }

        memory.desc layout() {
            long[] strides = transposed ? new long[] {1, stride} : new long[] {stride, 1};
            return new memory.desc(new long[] {from(), to()}, data_type.f32, strides);
        }
    }

    private record Packed(Weight weight, data_type factors, int layout) {}

    /** How something is packed, wherever it lies. */
    private record Packing(long in, long out, long stride, boolean transposed, data_type factors, int layout) {}

    /** A trained weight as it was in a pass. */
    private record Copy(long address, long pass) {}

    /** Where a frozen weight lies; from now on its memory is not given to anything else. */
    synchronized Rows frozen(INDArray weight) {
        Rows rows = Rows.of(weight);
        alive.putIfAbsent(rows, weight);
        return rows;
    }

    /** From now on trained weights are packed anew. */
    synchronized void newPass() {
        pass++;
    }

    /** A number for a layout, the same for equal ones. */
    synchronized int layout(memory.desc wanted) {
        for (int i = 0; i < layouts.size(); i++) {
            if (layouts.get(i).equals(wanted)) {
                return i;
            }
        }
        layouts.add(wanted);
        return layouts.size() - 1;
    }

    /** The address of the weight in this layout, whose factors are of this type. */
    synchronized long address(Weight weight, data_type factors, int layout) {
        memory.desc wanted = layouts.get(layout);
        if (wanted.equals(weight.layout())) {
            return weight.address();
        }
        Packed key = new Packed(weight, factors, layout);
        if (!weight.trained()) {
            return frozen.computeIfAbsent(key, k -> pack(k, library.allocate(wanted.get_size())));
        }
        Copy copy = trained.get(key);
        if (copy == null || copy.pass() != pass) {
            long address = copy == null ? trainedMemory.allocate(wanted.get_size()) : copy.address();
            copy = new Copy(pack(key, address), pass);
            trained.put(key, copy);
        }
        return copy.address();
    }

    private long pack(Packed key, long address) {
        Weight w = key.weight();
        Packing packing = new Packing(w.in(), w.out(), w.stride(), w.transposed(), key.factors(), key.layout());
        library.primitive(packing, () -> packing(w.layout(), layouts.get(key.layout())))
                .run(w.address(), address);
        return address;
    }

    private OneDnnPrimitive packing(memory.desc plain, memory.desc wanted) {
        reorder.primitive_desc description =
                new reorder.primitive_desc(library.cpu, plain, library.cpu, wanted, OneDnn.attributes(), false);
        return library.bind(
                description,
                new reorder(description),
                new OneDnn.Argument(dnnl.DNNL_ARG_FROM, plain),
                new OneDnn.Argument(dnnl.DNNL_ARG_TO, wanted));
    }

    /** Releases the copies of trained weights. */
    synchronized void forgetTrained() {
        trained.clear();
        trainedMemory.close();
        trainedMemory = new OneDnn();
    }

    @Override
    public synchronized void close() {
        library.close();
        trainedMemory.close();
        frozen.clear();
        trained.clear();
        alive.clear();
    }
}

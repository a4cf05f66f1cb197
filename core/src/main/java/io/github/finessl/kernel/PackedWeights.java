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

/** Frozen weights in the layouts that products want them in, each packed on its first use and shared by all threads. */
final class PackedWeights implements AutoCloseable {

    private final OneDnn library = new OneDnn();
    private final List<memory.desc> layouts = new ArrayList<>();
    private final Map<Packed, Long> packed = new HashMap<>();
    private final Map<Rows, INDArray> alive = new HashMap<>();

    /** A weight [in, out], or its transpose, as it lies in the caller's memory. */
    record Weight(long address, long in, long out, long stride, boolean transposed) {

        static Weight of(Rows w, boolean transposed) {
            return new Weight(w.address(), w.rows(), w.width(), w.rowStride(), transposed);
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

    /** Where a weight lies; from now on its memory is not given to anything else. */
    synchronized Rows frozen(INDArray weight) {
        Rows rows = Rows.of(weight);
        alive.putIfAbsent(rows, weight);
        return rows;
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
        return packed.computeIfAbsent(new Packed(weight, factors, layout), key -> {
            memory.desc plain = weight.layout();
            memory.desc wanted = layouts.get(layout);
            if (wanted.equals(plain)) {
                return weight.address();
            }
            long address = library.allocate(wanted.get_size());
            reorder.primitive_desc description =
                    new reorder.primitive_desc(library.cpu, plain, library.cpu, wanted, OneDnn.attributes(), false);
            try (OneDnnPrimitive packing = library.bind(
                    description,
                    new reorder(description),
                    new OneDnn.Argument(dnnl.DNNL_ARG_FROM, plain),
                    new OneDnn.Argument(dnnl.DNNL_ARG_TO, wanted))) {
                packing.run(weight.address(), address);
            }
            return address;
        });
    }

    @Override
    public synchronized void close() {
        library.close();
        packed.clear();
        alive.clear();
    }
}

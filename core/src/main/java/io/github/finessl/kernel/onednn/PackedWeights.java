package io.github.finessl.kernel.onednn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Weights in the layouts that products want them in, shared by all threads. A frozen one is packed on its first use, a
 * trained one anew for each pass.
 */
final class PackedWeights implements AutoCloseable {

    /** The pass of a copy that is the weight itself. */
    private static final long PLAIN = -1;

    private final OneDnn library = new OneDnn();
    private final List<memory.desc> layouts = new ArrayList<>();
    private final Map<Packed, Long> frozen = new HashMap<>();
    private final Map<Rows, INDArray> alive = new HashMap<>();
    private final Map<Packed, Copy> trained = new HashMap<>();
    /** The copies of frozen weights, not transposed, whose rows lie further apart. */
    private final Map<Weight, Weight> spread = new HashMap<>();

    private OneDnn trainedMemory = new OneDnn();
    private long pass;

    /** A weight [in, out], or its transpose, as it lies in the caller's memory. */
    record Weight(long address, long in, long out, long stride, boolean transposed, boolean trained) {

        static Weight of(Rows w, boolean transposed, boolean trained) {
            return new Weight(w.address(), w.rows(), w.width(), w.rowStride(), transposed, trained);
        }

        Weight transpose(boolean turned) {
            return new Weight(address, in, out, stride, turned, trained);
        }

        long from() {
            return transposed ? out : in;
        }

        long to() {
            return transposed ? in : out;
        }

        memory.desc layout() {
            return new memory.desc(new long[] {from(), to()}, data_type.f32, strides(stride, transposed));
        }

        static long[] strides(long ofRows, boolean transposed) {
            return transposed ? new long[] {1, ofRows} : new long[] {ofRows, 1};
        }
    }

    /**
     * Rows of a multiple of so many bytes meet in few of a cache's sets, and those that are read side by side drive each
     * other out.
     */
    private static final long CROWDED = 1024;

    private static final long SPREAD = 64;

    private record Packed(Weight weight, data_type factors, int layout) {}

    /** The way in which a weight is packed, wherever it lies. */
    private record Packing(long in, long out, long stride, boolean transposed, data_type factors, int layout) {}

    /** The packed copy of a trained weight, and the pass that it was made in. */
    static final class Copy {
        private final Packed key;
        private final long address;
        private volatile long pass;

        Copy(Packed key, long address, long pass) {
            this.key = key;
            this.address = address;
            this.pass = pass;
        }
    }

    /** A frozen weight as it lies; from now on its memory is not given to anything else. */
    synchronized Rows frozen(INDArray weight) {
        Rows rows = Rows.of(weight);
        alive.putIfAbsent(rows, weight);
        return rows;
    }

    /**
     * Begins a pass with new values of the trained weights.
     *
     * @return what was packed before, each to be packed anew by {@link #refresh}
     */
    synchronized List<Copy> newPass() {
        pass++;
        return trained.values().stream().filter(copy -> copy.pass != PLAIN).toList();
    }

    /** Packs a weight anew; different ones may be packed by different threads, each with a library of its own. */
    void refresh(Copy copy, OneDnn own) {
        pack(copy.key, copy.address, own);
        copy.pass = pass;
    }

    /**
     * A weight to be read as it lies: a frozen one whose rows would meet in the same sets of a cache is copied once, with
     * gaps between its rows, which serves its transpose too.
     */
    synchronized Weight spread(Weight weight) {
        long bytes = weight.stride() * Rows.FLOAT;
        if (weight.trained() || weight.out() * Rows.FLOAT < CROWDED || bytes % CROWDED != 0) {
            return weight;
        }
        Weight plain = weight.transpose(false);
        return spread.computeIfAbsent(plain, this::copyWithGaps).transpose(weight.transposed());
    }

    private Weight copyWithGaps(Weight plain) {
        long stride = (plain.out() * Rows.FLOAT / SPREAD + 1) * SPREAD / Rows.FLOAT;
        long address = library.allocate(plain.in() * stride * Rows.FLOAT);
        Weight copy = new Weight(address, plain.in(), plain.out(), stride, false, false);
        try (OneDnnPrimitive reorder = library.reorder(plain.layout(), copy.layout())) {
            reorder.run(plain.address(), address);
        }
        return copy;
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
        Packed key = new Packed(weight, factors, layout);
        if (!weight.trained()) {
            return frozen.computeIfAbsent(
                    key, k -> isPlain(k) ? weight.address() : pack(k, library.allocate(size(k)), library));
        }
        Copy copy = trained.computeIfAbsent(
                key,
                k -> isPlain(k)
                        ? new Copy(k, weight.address(), PLAIN)
                        : new Copy(k, trainedMemory.allocate(size(k)), PLAIN - 1));
        if (copy.pass != PLAIN && copy.pass != pass) {
            refresh(copy, library);
        }
        return copy.address;
    }

    private boolean isPlain(Packed key) {
        return layouts.get(key.layout()).equals(key.weight().layout());
    }

    private long size(Packed key) {
        return layouts.get(key.layout()).get_size();
    }

    private long pack(Packed key, long address, OneDnn own) {
        Weight w = key.weight();
        Packing packing = new Packing(w.in(), w.out(), w.stride(), w.transposed(), key.factors(), key.layout());
        own.primitive(packing, () -> own.reorder(w.layout(), layouts.get(key.layout())))
                .run(w.address(), address);
        return address;
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
        spread.clear();
        alive.clear();
    }
}

package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.ConvolutionKernels.Filter;
import io.github.finessl.kernel.onednn.OneDnnOps.Layout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The filters of convolutions in the layouts that those want them in, shared by all threads: frozen ones packed on their
 * first use, trained ones anew in every call.
 */
final class PackedFilters implements AutoCloseable {

    private final OneDnn library = new OneDnn();
    private final List<memory.desc> layouts = new ArrayList<>();
    private final Map<Packed, Long> frozen = new HashMap<>();
    private final Map<Plain, INDArray> alive = new HashMap<>();
    /** The addresses of packed trained filters, by layout. */
    private final Map<Integer, Long> places = new HashMap<>();
    /** The layouts in which the trained filter of the current call is packed. */
    private final List<Integer> current = new ArrayList<>();

    /** A filter [out, in, height, width] as it lies in the caller's memory. */
    record Plain(long address, Layout layout, boolean frozen) {}

    private record Packed(Plain plain, int layout) {}

    private record Pack(int layout, Layout plain, boolean back) {}

    /** The filter as it lies; to be called once at the beginning of each call that uses it. */
    synchronized Plain plain(Filter filter) {
        Layout layout = Layout.dense(data_type.f32, filter.out(), filter.in(), filter.height(), filter.width());
        Plain plain = new Plain(Rows.ofDense(filter.weight()).address(), layout, filter.frozen());
        current.clear();
        if (filter.frozen()) {
            alive.putIfAbsent(plain, filter.weight());
        }
        return plain;
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

    synchronized long bytes(int layout) {
        return layouts.get(layout).get_size();
    }

    /** The address of the filter in this layout. */
    synchronized long address(Plain plain, int layout) {
        if (plain.frozen()) {
            return frozen.computeIfAbsent(
                    new Packed(plain, layout), key -> pack(plain, layout, library.allocate(bytes(layout))));
        }
        long place = places.computeIfAbsent(layout, key -> library.allocate(bytes(layout)));
        if (!current.contains(layout)) {
            pack(plain, layout, place);
            current.add(layout);
        }
        return place;
    }

    private long pack(Plain plain, int layout, long target) {
        library.primitive(
                        new Pack(layout, plain.layout(), false),
                        () -> library.reorder(plain.layout().desc(), layouts.get(layout)))
                .run(plain.address(), target);
        return target;
    }

    /** Writes a filter's gradient in the order of its plain weights. */
    void unpack(OneDnn other, int layout, long packed, Plain plain, long target) {
        other.primitive(new Pack(layout, plain.layout(), true), () -> {
                    synchronized (this) {
                        return other.reorder(layouts.get(layout), plain.layout().desc());
                    }
                })
                .run(packed, target);
    }

    @Override
    public synchronized void close() {
        library.close();
        frozen.clear();
        alive.clear();
        places.clear();
    }
}

package io.github.finessl.kernel.onednn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc_base;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * The oneDNN library as one thread at a time uses it: its engine and stream, the primitives made so far, each for one
 * shape, and the scratch buffers that they share. {@link #close()} releases everything.
 */
final class OneDnn implements AutoCloseable {

    private static final int PAGE = 4096;

    /** A training run needs some hundreds; only ever new shapes come to more. */
    private static final int MOST_PRIMITIVES = 5000;

    final engine cpu = new engine(engine.kind.cpu, 0);
    private final stream queue = new stream(cpu);
    final dnnl_stream handle = queue.get();
    private final List<Pointer> owned = new ArrayList<>(List.of(cpu, queue));
    private final Map<Record, OneDnnPrimitive> primitives = new HashMap<>();
    private final Map<Enum<?>, Buffer> scratch = new HashMap<>();
    private final Map<Float, FloatPointer> numbers = new HashMap<>();

    private record Buffer(BytePointer block, long bytes) {
        long address() {
            return (block.address() + PAGE - 1) / PAGE * PAGE;
        }
    }

    /** A pointer that can be aimed anywhere, and owns nothing. */
    static final class Address extends Pointer {
        Address of(long value) {
            address = value;
            return this;
        }
    }

    static Pointer at(long address) {
        return new Address().of(address);
    }

    /** One argument of a primitive: its DNNL_ARG index and the layout of its memory. */
    record Argument(int index, memory.desc layout) {}

    /** Whether the processor multiplies bf16 natively. */
    static boolean hasBf16() {
        int isa = dnnl.dnnl_get_effective_cpu_isa();
        return (isa & dnnl.dnnl_cpu_isa_avx512_core_bf16) == dnnl.dnnl_cpu_isa_avx512_core_bf16;
    }

    /** Whether the processor has AVX-512: f32 products want their weights packed there; elsewhere they pack what they read. */
    static boolean hasAvx512() {
        int isa = dnnl.dnnl_get_effective_cpu_isa();
        return (isa & dnnl.dnnl_cpu_isa_avx512_core) == dnnl.dnnl_cpu_isa_avx512_core;
    }

    static String version() {
        return dnnl.dnnl_version().major() + "." + dnnl.dnnl_version().minor() + "."
                + dnnl.dnnl_version().patch();
    }

    <T extends Pointer> T own(T pointer) {
        owned.add(pointer);
        return pointer;
    }

    /** The primitive of this key, made on first use; to be run at once and not kept. */
    OneDnnPrimitive primitive(Record key, Supplier<OneDnnPrimitive> maker) {
        OneDnnPrimitive known = primitives.get(key);
        if (known == null) {
            if (primitives.size() == MOST_PRIMITIVES) {
                closePrimitives();
            }
            known = maker.get();
            primitives.put(key, known);
        }
        return known;
    }

    OneDnnPrimitive bind(primitive_desc_base description, primitive made, Argument... arguments) {
        return new OneDnnPrimitive(this, made, description.scratchpad_desc(), arguments);
    }

    /** Copies from one layout, the first argument, to another. */
    OneDnnPrimitive reorder(memory.desc from, memory.desc to) {
        reorder.primitive_desc description = new reorder.primitive_desc(cpu, from, cpu, to, attributes(), false);
        return bind(
                description,
                new reorder(description),
                new Argument(dnnl.DNNL_ARG_FROM, from),
                new Argument(dnnl.DNNL_ARG_TO, to));
    }

    /** Copies from one layout, the first argument, to another, times the number that the third points to. */
    OneDnnPrimitive scaledReorder(memory.desc from, memory.desc to) {
        primitive_attr attributes = attributes();
        attributes.set_scales_mask(dnnl.DNNL_ARG_SRC, 0);
        reorder.primitive_desc description = new reorder.primitive_desc(cpu, from, cpu, to, attributes, false);
        return bind(
                description,
                new reorder(description),
                new Argument(dnnl.DNNL_ARG_FROM, from),
                new Argument(dnnl.DNNL_ARG_TO, to),
                new Argument(dnnl.DNNL_ARG_ATTR_SCALES | dnnl.DNNL_ARG_SRC, OneDnnOps.vector(memory.data_type.f32, 1)));
    }

    /** The address of a number, kept as long as the library. */
    long number(float value) {
        return numbers.computeIfAbsent(value, v -> own(new FloatPointer(v))).address();
    }

    /** Attributes of a primitive whose working memory is ours: the library's own belongs to the thread that made it. */
    static primitive_attr attributes() {
        primitive_attr attributes = new primitive_attr();
        attributes.set_scratchpad_mode(dnnl.scratchpad_mode.user);
        return attributes;
    }

    /** The address of newly allocated memory, aligned to a page. */
    long allocate(long bytes) {
        return new Buffer(own(new BytePointer(bytes + PAGE)), bytes).address();
    }

    /** The address of the scratch buffer of this name, which grows as needed and keeps nothing when it does. */
    long scratch(Enum<?> name, long bytes) {
        Buffer buffer = scratch.get(name);
        if (buffer == null || buffer.bytes() < bytes) {
            if (buffer != null) {
                scratch.remove(name);
                buffer.block().close();
            }
            buffer = new Buffer(new BytePointer(bytes + PAGE), bytes);
            scratch.put(name, buffer);
        }
        return buffer.address();
    }

    /** A dense scratch array of the shape of {@code like}. */
    Rows scratch(Enum<?> name, Rows like) {
        return Rows.dense(scratch(name, like.images() * like.rows() * like.width() * Rows.FLOAT), like);
    }

    private void closePrimitives() {
        primitives.values().forEach(OneDnnPrimitive::close);
        primitives.clear();
    }

    @Override
    public void close() {
        closePrimitives();
        scratch.values().forEach(buffer -> buffer.block().close());
        scratch.clear();
        for (int i = owned.size() - 1; i >= 0; i--) {
            owned.get(i).close();
        }
        owned.clear();
    }
}

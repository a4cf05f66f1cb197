package io.github.finessl.kernel.onednn;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.javacpp.Pointer;

/** A primitive with the memory objects of its arguments, to be run again and again on other addresses. */
final class OneDnnPrimitive implements AutoCloseable {

    private enum Scratch {
        PAD
    }

    private final OneDnn library;
    private final List<Pointer> owned = new ArrayList<>();
    private final dnnl_primitive primitive;
    private final dnnl_memory[] memories;
    private final long[] current;
    private final dnnl_exec_arg_t arguments;
    private final long padBytes;
    private final OneDnn.Address address = new OneDnn.Address();

    OneDnnPrimitive(OneDnn library, primitive made, memory.desc pad, OneDnn.Argument... declared) {
        this.library = library;
        primitive = own(made).get();
        padBytes = pad.get_size();
        int count = declared.length + (padBytes > 0 ? 1 : 0);
        memories = new dnnl_memory[count];
        current = new long[count];
        arguments = own(new dnnl_exec_arg_t(count));
        for (int i = 0; i < declared.length; i++) {
            declare(i, declared[i]);
        }
        if (padBytes > 0) {
            declare(declared.length, new OneDnn.Argument(dnnl.DNNL_ARG_SCRATCHPAD, pad));
        }
        arguments.position(0);
    }

    private void declare(int i, OneDnn.Argument argument) {
        memory unset = own(new memory(argument.layout(), library.cpu, address.of(0)));
        memories[i] = unset.get();
        arguments.position(i).arg(argument.index()).memory(memories[i]);
    }

    private <T extends Pointer> T own(T pointer) {
        owned.add(pointer);
        return pointer;
    }

    /** Runs on the arguments at these addresses, in the order in which the arguments were declared. */
    void run(long... addresses) {
        int declared = padBytes > 0 ? memories.length - 1 : memories.length;
        for (int i = 0; i < declared; i++) {
            set(i, addresses[i]);
        }
        if (padBytes > 0) {
            set(declared, library.scratch(Scratch.PAD, padBytes));
        }
        check(dnnl.dnnl_primitive_execute(primitive, library.handle, memories.length, arguments));
    }

    private void set(int i, long value) {
        if (value != current[i]) {
            check(dnnl.dnnl_memory_set_data_handle(memories[i], address.of(value)));
            current[i] = value;
        }
    }

    @Override
    public void close() {
        owned.forEach(Pointer::close);
    }

    private static void check(int status) {
        if (status != dnnl.dnnl_success) {
            throw new IllegalStateException("oneDNN status " + status);
        }
    }
}

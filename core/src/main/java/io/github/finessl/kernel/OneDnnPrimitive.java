package io.github.finessl.kernel;

import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.javacpp.Pointer;

/** A primitive with the memory objects of its arguments, to be run again and again on other addresses. */
final class OneDnnPrimitive {

    private final OneDnn library;
    private final dnnl_primitive primitive;
    private final dnnl_memory[] memories;
    private final long[] current;
    private final dnnl_exec_arg_t arguments;
    private final Address address = new Address();

    OneDnnPrimitive(OneDnn library, primitive made, OneDnn.Argument... arguments) {
        this.library = library;
        primitive = made.get();
        memories = new dnnl_memory[arguments.length];
        current = new long[arguments.length];
        this.arguments = library.own(new dnnl_exec_arg_t(arguments.length));
        for (int i = 0; i < arguments.length; i++) {
            memory unset = library.own(new memory(arguments[i].layout(), library.cpu, address.of(0)));
            memories[i] = unset.get();
            this.arguments.position(i).arg(arguments[i].index()).memory(memories[i]);
        }
        this.arguments.position(0);
    }

    /** Runs on the arguments at these addresses, in the order in which the arguments were declared. */
    void run(long... addresses) {
        for (int i = 0; i < memories.length; i++) {
            if (addresses[i] != current[i]) {
                check(dnnl.dnnl_memory_set_data_handle(memories[i], address.of(addresses[i])));
                current[i] = addresses[i];
            }
        }
        check(dnnl.dnnl_primitive_execute(primitive, library.handle, memories.length, arguments));
    }

    private static void check(int status) {
        if (status != dnnl.dnnl_success) {
            throw new IllegalStateException("oneDNN status " + status);
        }
    }

    /** A pointer that can be aimed anywhere, and owns nothing. */
    private static final class Address extends Pointer {
        Address of(long value) {
            address = value;
            return this;
        }
    }
}

package io.github.finessl.data;

import java.util.function.Supplier;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * The C library's stream of errors, to which libjpeg and libpng write what they think of a file without its name, and which
 * OpenCV leaves to them. Java's {@code System.err} is another stream and is never touched. Known of glibc alone; elsewhere
 * all is heard.
 */
final class NativeErrors {

    private static final PointerPointer<Pointer> STREAM;
    private static final Pointer LOUD;
    /** A stream for reading: whatever is written to it is refused. */
    private static final Pointer MUTE;

    private static int works;

    static {
        Loader.load(Pointer.class);
        LOUD = Loader.addressof("_IO_2_1_stderr_");
        MUTE = Loader.addressof("_IO_2_1_stdin_");
        Pointer variable = Loader.addressof("stderr");
        STREAM = LOUD == null || MUTE == null || variable == null ? null : new PointerPointer<>(variable);
    }

    private NativeErrors() {}

    /** Does the work; what any native code writes to the stream meanwhile is lost. */
    static <T> T unheard(Supplier<T> work) {
        enter();
        try {
            return work.get();
        } finally {
            leave();
        }
    }

    private static synchronized void enter() {
        if (works++ == 0 && STREAM != null && STREAM.get(0).equals(LOUD)) {
            STREAM.put(0, MUTE);
        }
    }

    private static synchronized void leave() {
        if (--works == 0 && STREAM != null && STREAM.get(0).equals(MUTE)) {
            STREAM.put(0, LOUD);
        }
    }
}

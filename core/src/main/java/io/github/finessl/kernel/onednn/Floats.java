package io.github.finessl.kernel.onednn;

import java.lang.ref.Reference;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The f32 numbers of dense arrays by their addresses, which are what oneDNN takes. */
final class Floats {

    private Floats() {}

    /** The address of an array's first number; 0 for null. */
    static long address(INDArray orNull) {
        return orNull == null ? 0 : Rows.ofDense(orNull).address();
    }

    /** The address of {@code index} numbers further on; 0 stays 0. */
    static long on(long address, long index) {
        return address == 0 ? 0 : address + index * Rows.FLOAT;
    }

    /** The {@code count} numbers from an address on. */
    static FloatPointer at(long address, long count) {
        return new FloatPointer(OneDnn.at(address)).capacity(count);
    }

    /** The {@code count} numbers from an address on, copied. */
    static float[] copy(long address, int count) {
        float[] copy = new float[count];
        at(address, count).get(copy);
        return copy;
    }

    static void put(INDArray target, double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        at(address(target), floats.length).put(floats);
    }

    /** Keeps arrays from being collected before the library, which works on their addresses, is done with them. */
    @SuppressWarnings("ReachabilityFenceUsage") // After an exception nothing reads them.
    static void keepAlive(Object... arrays) {
        Reference.reachabilityFence(arrays);
    }
}

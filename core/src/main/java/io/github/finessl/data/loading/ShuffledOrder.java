package io.github.finessl.data.loading;

import io.github.finessl.augment.KeyedRandom;

/** An endless order of 0 .. n-1: pass after pass over the set, each in an order of its own. Not for several threads. */
final class ShuffledOrder {

    private final int size;
    private final long seed;
    private final long stream;
    private long pass = -1;
    private int[] permutation;

    ShuffledOrder(int size, long seed, long stream) {
        this.size = size;
        this.seed = seed;
        this.stream = stream;
    }

    /** The element at a position, 0 or more. */
    int at(long position) {
        long wanted = position / size;
        if (wanted != pass) {
            permutation = KeyedRandom.of(seed, stream, wanted).permutation(size);
            pass = wanted;
        }
        return permutation[(int) (position % size)];
    }
}

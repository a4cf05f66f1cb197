package io.github.finessl.augment;

import java.util.random.RandomGenerator;

/**
 * Random numbers that depend on a key alone, never on who draws them or when.
 *
 * <p>SplitMix64 (Steele, Lea and Flood 2014) started from a hash of the key, so that neighbouring keys give unrelated
 * sequences. Written out here because the JDK does not promise that its generators stay the same over versions.
 */
public final class KeyedRandom implements RandomGenerator {

    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    private KeyedRandom(long state) {
        this.state = state;
    }

    /** The generator of a key, for example (seed, stream, step, row, view); the order of the parts matters. */
    public static KeyedRandom of(long... key) {
        long hash = GAMMA * (key.length + 1);
        for (long part : key) {
            hash = mix(hash + mix(part + GAMMA));
        }
        return new KeyedRandom(hash);
    }

    @Override
    public long nextLong() {
        state += GAMMA;
        return mix(state);
    }

    /** A random order of 0 .. n-1 (Fisher-Yates). */
    public int[] permutation(int n) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}

package io.github.finessl.data;

import io.github.finessl.augment.KeyedRandom;
import io.github.finessl.augment.RgbImage;
import java.util.List;
import java.util.stream.IntStream;

/** Noise with given labels. */
public record MemoryDataset(String name, List<String> classes, List<Integer> labels) implements Dataset {

    /** Classes c0, c1, ... */
    public static MemoryDataset of(int classes, int... labels) {
        return new MemoryDataset(
                "memory",
                IntStream.range(0, classes).mapToObj(c -> "c" + c).toList(),
                IntStream.of(labels).boxed().toList());
    }

    @Override
    public int size() {
        return labels.size();
    }

    @Override
    public int label(int index) {
        return labels.get(index);
    }

    @Override
    public RgbImage image(int index) {
        byte[] rgb = new byte[3 * 32 * 32];
        KeyedRandom.of(index).nextBytes(rgb);
        return new RgbImage(32, 32, rgb);
    }

    @Override
    public String source(int index) {
        return "memory " + index;
    }

    @Override
    public String sha256() {
        return "none";
    }
}

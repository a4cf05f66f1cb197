package io.github.finessl.model;

import io.github.finessl.io.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Features of an encoder of which nothing is trained. Those of a batch that has come before are not computed again: a batch
 * counts as the same where all its pixels are, so that what is kept equals what would be computed, bit for bit.
 */
final class FrozenFeatures implements AutoCloseable {
    private static final long MOST_KEPT = 64L << 20;

    private final FrozenEncoder encoder;
    private final Map<String, INDArray> kept = new HashMap<>();
    private long keptBytes;

    /** Takes over the encoder. */
    FrozenFeatures(FrozenEncoder encoder) {
        this.encoder = encoder;
    }

    FrozenEncoder encoder() {
        return encoder;
    }

    /** f(x) [B, D] of augmented views, which never come again. */
    INDArray of(INDArray images) {
        return encoder.features(images);
    }

    /** f(x) [B, D] of images that may come again in the same batch: those of an evaluation or a survey. */
    INDArray cached(INDArray images) {
        String key = hash(images);
        INDArray known = kept.get(key);
        if (known != null) {
            return known;
        }
        INDArray features = encoder.features(images);
        long bytes = features.length() * features.dataType().width();
        if (keptBytes + bytes <= MOST_KEPT) {
            kept.put(key, features);
            keptBytes += bytes;
        }
        return features;
    }

    private static String hash(INDArray images) {
        INDArray dense = images.ordering() == 'c' && !images.isView() ? images : images.dup('c');
        return new Sha256()
                .update(dense.shapeInfoToString().getBytes(StandardCharsets.UTF_8))
                .update(dense.data().asNio())
                .hex();
    }

    @Override
    public void close() {
        encoder.close();
        kept.values().forEach(INDArray::close);
        kept.clear();
    }
}

package io.github.finessl.model;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
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
    INDArray again(INDArray images) {
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
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(dense.shapeInfoToString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
            digest.update(dense.data().asNio());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    @Override
    public void close() {
        encoder.close();
        kept.values().forEach(INDArray::close);
        kept.clear();
    }
}

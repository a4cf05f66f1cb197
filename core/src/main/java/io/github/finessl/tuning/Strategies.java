package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.ResNet;
import io.github.finessl.encoder.VisionTransformer;

/** Requirements of strategies on their settings and on the encoder. */
final class Strategies {

    private Strategies() {}

    static void requirePositive(String what, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(what + " must be at least 1, not " + value);
        }
    }

    static VisionTransformer requireTransformer(Tuning tuning, Encoder encoder) {
        if (encoder instanceof VisionTransformer vit) {
            return vit;
        }
        throw new IllegalArgumentException(tuning.name() + " needs a vision transformer, but the encoder is "
                + (encoder instanceof ResNet ? "a ResNet" : "of unknown structure"));
    }
}

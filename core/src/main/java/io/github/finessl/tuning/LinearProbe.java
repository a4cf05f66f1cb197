package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import java.util.List;

/** Linear probing: the heads alone are trained, on frozen features. */
public record LinearProbe() implements Tuning {

    @Override
    public String name() {
        return "linear";
    }

    @Override
    public List<Parameter> parameters(Encoder encoder) {
        return List.of();
    }
}

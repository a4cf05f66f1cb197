package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.tuning.Parameter.Start.AsItIs;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The encoder's own weights as parameters. */
final class EncoderParameters {

    private EncoderParameters() {}

    /** The parameters for those of {@link Encoder#parameters()} whose names are wanted; they start as they are. */
    static List<Parameter> of(Encoder encoder, Predicate<String> wanted) {
        List<Parameter> own = new ArrayList<>();
        encoder.parameters().forEach((name, value) -> {
            if (wanted.test(name)) {
                own.add(Parameter.of(name, new AsItIs(value), value.shape()));
            }
        });
        return own;
    }
}

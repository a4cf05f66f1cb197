package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import java.util.List;

/** BitFit (Ben Zaken et al., ACL 2022): every bias of the encoder is trained, those of norms included. */
public record BitFit() implements Tuning {

    @Override
    public String name() {
        return "bitfit";
    }

    @Override
    public List<Parameter> parameters(Encoder encoder) {
        List<Parameter> biases = EncoderParameters.of(encoder, name -> name.endsWith(".bias"));
        if (biases.isEmpty()) {
            throw new IllegalArgumentException("bitfit trains biases, but the encoder has none");
        }
        return biases;
    }
}

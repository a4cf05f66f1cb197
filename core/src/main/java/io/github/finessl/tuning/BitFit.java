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
        return EncoderParameters.of(encoder, name -> name.endsWith(".bias"));
    }
}

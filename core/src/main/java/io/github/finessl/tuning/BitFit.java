package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import java.util.List;

/** Every bias of the encoder (Ben Zaken et al., "BitFit", ACL 2022), those of norms included. */
public record BitFit() implements Tuning {

    @Override
    public String name() {
        return "bitfit";
    }

    @Override
    public List<Parameter> parameters(Encoder encoder) {
        return Own.parameters(encoder, name -> name.endsWith(".bias"));
    }
}

package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import java.util.List;

/** Full fine-tuning (FFT): every weight of the encoder is trained. */
public record FullFineTuning() implements Tuning {

    @Override
    public String name() {
        return "full";
    }

    @Override
    public List<Parameter> parameters(Encoder encoder) {
        return EncoderParameters.of(encoder, name -> true);
    }
}

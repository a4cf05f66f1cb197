package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import java.util.List;

/**
 * LP-FT (Kumar et al., "Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution", ICLR 2022): a
 * linear probe for the first half of the steps, then everything, from the heads that the probe has learnt.
 */
public record ProbeThenFull() implements Tuning {

    @Override
    public String name() {
        return "lp-ft";
    }

    /** The parameters of the last phase, all of the encoder's. */
    @Override
    public List<Parameter> parameters(Encoder encoder) {
        return new FullFineTuning().parameters(encoder);
    }

    @Override
    public List<Tuning> phases() {
        return List.of(new LinearProbe(), new FullFineTuning());
    }
}

package io.github.finessl.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.model.SmallClip;
import io.github.finessl.tuning.Parameter.Start;
import io.github.finessl.tuning.VisualPrompts.Placement;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Strategies by name, what they train of an encoder, and how that starts. */
class TuningsTest {
    private static final VisionTransformer ENCODER = SmallClip.encoder(); // D = 64, 3 blocks, hidden 256

    private static Tuning of(String text) {
        return Tunings.make(text, 5, 7);
    }

    private static long count(String text) {
        return of(text).parameters(ENCODER).stream()
                .mapToLong(Parameter::length)
                .sum();
    }

    @Test
    void namesWithSettings() {
        assertThat(of("vpt-last:2")).isEqualTo(new VisualPrompts(new Placement.Last(2), 5));
        assertThat(of("lora")).isEqualTo(new Lora(8));
        assertThat(Tunings.make("lora", 5, 100)).isEqualTo(new Lora(16));
        assertThat(of("lora:rank=4")).isEqualTo(new Lora(4));
        assertThat(of("adapter:sequential")).isEqualTo(new Adapter(8, true));
        assertThat(of("adaptformer:dim=16,norm=none,learnable"))
                .isEqualTo(new AdaptFormer(16, false, true, AdaptFormer.Norm.NONE));
        assertThat(of("vpt-deep+bitfit").name()).isEqualTo("vpt-deep+bitfit");
        assertThat(Tunings.names())
                .allSatisfy(name -> assertThat(of(name.equals("vpt-last") ? "vpt-last:1" : name))
                        .isNotNull());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "vtp-deep | 'vtp-deep' is none of linear, vpt-deep",
                "+lora | '' is none of",
                "vpt-last | k of at least 1",
                "vpt-last:0 | k of at least 1",
                "lora:rank=x | rank must be a whole number from 1 on, not 'x'",
                "lora:rank=0 | the rank must be at least 1",
                "lora:dim=3 | lora has no setting 'dim'",
                "lora:rank=4,rank=8 | lora has a setting twice",
                "vpt-last:2,blocks=3 | vpt-last has a setting twice",
                "adaptformer:norm=up | norm must be in, out or none",
                "adaptformer:learnable,norm=out | undoes a learnable scale",
                "adapter:sequential=yes | stands by itself",
                "vpt-deep+vpt-shallow | prompts can be placed in one way only",
                "linear+bitfit | linear cannot be combined",
                "lp-ft+lora | lp-ft cannot be combined",
                "vpt-deep+ | '' is none of"
            })
    void wrongNames(String text, String why) {
        assertThatIllegalArgumentException().isThrownBy(() -> of(text)).withMessageContaining(why);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bn | bn needs a ResNet, but the encoder is a vision transformer",
                "full+bitfit | bitfit trains preNorm.bias, which another part trains already",
                "vpt-last:4 | the last 4 blocks were asked for, but the encoder has 3"
            })
    void notWithThisEncoder(String text, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> of(text).parameters(ENCODER))
                .withMessageContaining(why);
    }

    /** The formulas of each strategy's Javadoc, for L blocks of width D with hidden width 4·D. */
    @Test
    void parameterCounts() {
        long d = 64;
        long l = 3;
        assertThat(count("linear")).isZero();
        assertThat(count("vpt-deep")).isEqualTo(l * 5 * d);
        assertThat(count("vpt-shallow")).isEqualTo(5 * d);
        assertThat(count("vpt-last:2")).isEqualTo(2 * 5 * d);
        assertThat(count("adapter")).isEqualTo(l * (2 * d + 2 * d * 8 + 8 + d));
        assertThat(count("adaptformer")).isEqualTo(l * (2 * d + 2 * d * 64 + 64 + d));
        assertThat(count("adaptformer:norm=none")).isEqualTo(l * (2 * d * 64 + 64 + d));
        assertThat(count("adaptformer:learnable")).isEqualTo(count("adaptformer") + l);
        assertThat(count("lora")).isEqualTo(l * 2 * 2 * d * 8);
        assertThat(count("ssf")).isEqualTo(l * 2 * (3 * d + d + 4 * d + d));
        assertThat(count("bitfit")).isEqualTo(d + l * (d + 3 * d + d + d + 4 * d + d) + d);
        assertThat(count("full"))
                .isEqualTo(3 * 8 * 8 * d + d + 17 * d + 2 * d + l * (12 * d * d + 9 * d + 4 * d) + 2 * d);
        assertThat(count("lp-ft")).isEqualTo(count("full"));
        assertThat(count("vpt-deep+bitfit")).isEqualTo(count("vpt-deep") + count("bitfit"));
    }

    private static INDArray start(String text, String name) {
        return of(text).parameters(ENCODER).stream()
                .filter(parameter -> parameter.name().equals(name))
                .findFirst()
                .orElseThrow()
                .drawn(new SplittableRandom(3));
    }

    private static void assertUniform(INDArray values, double bound) {
        assertThat(values.amaxNumber().doubleValue()).isBetween(0.95 * bound, bound);
        assertThat(values.stdNumber().doubleValue()).isCloseTo(bound / Math.sqrt(3), within(.1 * bound));
    }

    @Test
    void starts() {
        assertUniform(start("vpt-deep", "prompt.1"), Math.sqrt(6 / (3.0 * 64 + 64)));
        assertUniform(start("lora", "lora.0.query.a"), 1 / Math.sqrt(8));
        assertThat(start("lora", "lora.2.value.b").amaxNumber().doubleValue()).isZero();
        assertUniform(start("adaptformer", "adaptformer.0.down.weight"), 1 / Math.sqrt(64));
        assertThat(start("adapter", "adapter.0.down.weight").stdNumber().doubleValue())
                .isCloseTo(1 / Math.sqrt(3 * 64), within(.01));
        assertThat(start("adapter", "adapter.1.up.weight").amaxNumber().doubleValue())
                .isZero();
        assertThat(start("adapter", "adapter.1.norm.gain").meanNumber().doubleValue())
                .isEqualTo(1);
        INDArray scale = start("ssf", "ssf.0.fc1.scale");
        assertThat(scale.meanNumber().doubleValue()).isCloseTo(1, within(.005));
        assertThat(scale.stdNumber().doubleValue()).isCloseTo(.02, within(.003));
        assertThat(start("ssf", "ssf.0.fc1.shift").meanNumber().doubleValue()).isCloseTo(0, within(.005));
        assertThat(start("full", "block.1.fc2.weight"))
                .isSameAs(ENCODER.blocks().get(1).mlp().fc2().weight());
        assertThat(start("adaptformer:learnable", "adaptformer.0.scale").getDouble(0))
                .isEqualTo(1);
        assertThat(List.of(Start.ZEROS, Start.ONES)).doesNotHaveDuplicates();
    }
}

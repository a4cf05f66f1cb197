package io.github.finessl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.augment.Normalisation;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.PixelInput;
import io.github.finessl.encoder.PixelInput.Configured;
import io.github.finessl.encoder.PixelInput.Inside;
import io.github.finessl.encoder.PixelInput.Range;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.encoder.onnx.Fixtures;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.model.SmallClip;
import io.github.finessl.model.Structures;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Which normalisation is chosen, and why. */
class PixelChoiceTest {

    private static final Optional<Configured> CONFIGURED =
            Optional.of(new Configured("preprocessor_config.json", Normalisation.IMAGENET));

    private static Encoder with(Optional<Inside> graph, Optional<Configured> configured) {
        return plain().with(new PixelInput(graph, configured));
    }

    private static VisionTransformer plain() {
        return (VisionTransformer) OnnxEncoderReader.read(Fixtures.onnx("timm_vit_op17.onnx"));
    }

    private static Optional<Inside> inside(Range range, Normalisation normalisation, boolean bounded) {
        return Optional.of(new Inside(range, normalisation, bounded));
    }

    @ParameterizedTest
    @EnumSource(
            value = Colours.class,
            names = {"ENCODER", "NONE", "CLIP"})
    void aFileThatNormalisesGetsPixelsAsTheyAre(Colours colours) {
        for (Range range : Range.values()) {
            PixelChoice choice = colours.choice(with(inside(range, Normalisation.CLIP, false), CONFIGURED), "cifar10");

            assertThat(choice.normalisation()).isEqualTo(range.normalisation());
            assertThat(choice.toString())
                    .startsWith("from " + range + " as they are, for the encoder's file normalises them itself, by "
                            + Normalisation.CLIP)
                    .matches(text ->
                            text.endsWith("whatever preprocessor_config.json says") == (colours == Colours.ENCODER));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Colours.class,
            names = {"DATASET", "HALF", "IMAGENET"})
    void aFileThatNormalisesIsNormalisedNoOtherWay(Colours colours) {
        Encoder encoder = with(inside(Range.ZERO_TO_255, Normalisation.CLIP, false), Optional.empty());

        assertThatThrownBy(() -> colours.of(encoder, "cifar10"))
                .isInstanceOf(SettingsException.class)
                .hasMessage(
                        "normalisation=" + colours + ": the encoder's file takes pixels from 0 to 255, as they are, and"
                                + " normalises them itself, by " + Normalisation.CLIP
                                + "; only encoder and none leave it that.");
    }

    @Test
    void aFileThatDividesAloneLeavesTheRest() {
        Encoder encoder = with(inside(Range.ZERO_TO_255, Normalisation.NONE, false), Optional.empty());
        Encoder configured = encoder.with(new PixelInput(encoder.pixels().graph(), CONFIGURED));

        assertThat(Colours.ENCODER.of(encoder, "")).isEqualTo(Normalisation.BYTES);
        assertThat(Colours.NONE.of(encoder, "")).isEqualTo(Normalisation.BYTES);
        assertThat(Colours.CLIP.of(encoder, "")).isEqualTo(Normalisation.CLIP.times(255));
        assertThat(Colours.ENCODER.choice(encoder, "").toString())
                .isEqualTo("from 0 to 255 as they are, for the encoder's file divides them by 255 itself");
        assertThat(Colours.ENCODER.of(configured, "")).isEqualTo(Normalisation.IMAGENET.times(255));
    }

    @Test
    void aFileOfBytesTakesNothingElse() {
        Encoder encoder = with(inside(Range.ZERO_TO_255, Normalisation.NONE, true), CONFIGURED);

        assertThat(Colours.ENCODER.choice(encoder, "").toString())
                .isEqualTo("from 0 to 255 as they are, for the encoder's file divides them by 255 itself, whatever"
                        + " preprocessor_config.json says");
        assertThatThrownBy(() -> Colours.CLIP.of(encoder, "")).isInstanceOf(SettingsException.class);
    }

    @Test
    void aConfigurationIsCertainAndASettingMore() {
        Encoder encoder = with(Optional.empty(), CONFIGURED);

        assertThat(Colours.ENCODER.choice(encoder, ""))
                .isEqualTo(
                        new PixelChoice(Normalisation.IMAGENET, "as preprocessor_config.json beside the encoder says"));
        assertThat(Colours.CLIP.choice(encoder, ""))
                .isEqualTo(new PixelChoice(Normalisation.CLIP, "as normalisation=clip says"));
    }

    @ParameterizedTest
    @CsvSource({
        "DINOv3, IMAGENET",
        "AIMv2, CLIP",
        "SigLIP, HALF",
        "BEiT, HALF",
    })
    void familiesAreToldByTheirStructure(String family, String expected) {
        Encoder encoder = Structures.all().get(family);

        PixelChoice choice = Colours.ENCODER.choice(encoder, "");

        assertThat(choice.normalisation()).as(choice.toString()).isEqualTo(named(expected));
        assertThat(choice.reason())
                .startsWith("a guess from the encoder's structure (")
                .contains("normalisation=clip, half, imagenet or none sets it");
    }

    private static Normalisation named(String name) {
        return Colours.valueOf(name).of(plain(), "");
    }

    @Test
    void evaIsToldByItsKeysAndBlipByItsNorms() {
        VisionTransformer plain = plain();
        List<Block> withoutKeyBias = plain.blocks().stream()
                .map(b -> new Block(b.norm1(), withoutKeyBias(b.qkv()), b.out(), b.norm2(), b.mlp()))
                .toList();

        LayerNorm norm = plain.finalNorm().orElseThrow();
        LayerNorm pyTorchs = new LayerNorm(norm.gain(), norm.bias(), 1e-5);

        assertThat(Colours.ENCODER.of(plain, "")).isEqualTo(Normalisation.HALF);
        assertThat(Colours.ENCODER.of(SmallClip.withBlocks(plain, withoutKeyBias), ""))
                .isEqualTo(Normalisation.CLIP);
        assertThat(Colours.ENCODER.of(SmallClip.withFinalNorm(plain, pyTorchs), ""))
                .isEqualTo(Normalisation.CLIP);
    }

    private static Linear withoutKeyBias(Linear qkv) {
        INDArray bias = qkv.bias().orElseThrow().dup();
        long width = bias.length() / 3;
        bias.get(NDArrayIndex.interval(width, 2 * width)).assign(0);
        return new Linear(qkv.weight(), Optional.of(bias));
    }

    /** What earlier versions would have done needs no mention in an identity; all else is found in the record. */
    @Test
    void recordsSayWhatTheirSettingDoesNot() {
        Encoder before = plain();
        Encoder now = with(Optional.empty(), CONFIGURED);
        Map<String, String> identity = new TreeMap<>();

        Colours.ENCODER.identify(identity, before, "");
        assertThat(identity).isEmpty();
        assertThat(Colours.ENCODER.ofRun(identity, now, "")).isEqualTo(Normalisation.HALF);

        Colours.ENCODER.identify(identity, now, "");
        assertThat(identity).containsOnlyKeys(Colours.RECORDED);
        assertThat(Colours.ENCODER.ofRun(identity, before, "")).isEqualTo(Normalisation.IMAGENET);
    }

    @Test
    void normalisationsReadWhatTheyWrite() {
        for (Normalisation each : List.of(Normalisation.CLIP, Normalisation.BYTES, Normalisation.CLIP.times(255))) {
            assertThat(Normalisation.parse(each.toString())).isEqualTo(each);
        }
        assertThatThrownBy(() -> Normalisation.parse("clip")).isInstanceOf(IllegalArgumentException.class);
    }
}

package io.github.finessl.encoder.onnx;

import static io.github.finessl.encoder.onnx.RealExportersTest.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.QueryKey;
import io.github.finessl.encoder.VisionTransformer.Rotation;
import io.github.finessl.kernel.Activation;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What people start with in 2026, small and with random weights, as TorchScript (l) and dynamo (d) write it in operator sets
 * 14 to 23, with the features that PyTorch computes; "single" takes one image at a time.
 */
class ExportersOf2026Test {

    private enum Part {
        ROTATION,
        SCORE_BIAS,
        HEAD_NORM,
        ATTENDED_NORM,
        GATE,
        INNER_NORM,
        RMS,
        PATCH_NORM,
        PRE_NORM,
        LAYER_SCALE,
        REGISTERS,
        NO_CLASS_TOKEN,
        NO_POSITIONS,
        ATTENTION_POOLING,
        RESIDUAL_POOLING,
        POOLED_NORM,
        MEAN
    }

    static Stream<Arguments> files() {
        return Stream.of(
                Arguments.of(
                        "siglip_d18s",
                        Activation.GELU_TANH,
                        Set.of(Part.ATTENTION_POOLING, Part.RESIDUAL_POOLING, Part.NO_CLASS_TOKEN)),
                Arguments.of(
                        "dinov3_l14e",
                        Activation.GELU_ERF,
                        Set.of(Part.ROTATION, Part.LAYER_SCALE, Part.REGISTERS, Part.NO_POSITIONS)),
                Arguments.of(
                        "dinov3_gated_l17s",
                        Activation.GELU_ERF,
                        Set.of(Part.ROTATION, Part.LAYER_SCALE, Part.REGISTERS, Part.NO_POSITIONS, Part.GATE)),
                Arguments.of(
                        "timm_eva02_clip_l17s",
                        Activation.SILU,
                        Set.of(Part.ROTATION, Part.GATE, Part.INNER_NORM, Part.ATTENDED_NORM)),
                Arguments.of(
                        "timm_pe_core_l14e",
                        Activation.GELU_ERF,
                        Set.of(Part.ROTATION, Part.PRE_NORM, Part.ATTENTION_POOLING, Part.RESIDUAL_POOLING)),
                Arguments.of(
                        "aimv2_l17s",
                        Activation.SILU,
                        Set.of(Part.RMS, Part.GATE, Part.PATCH_NORM, Part.NO_CLASS_TOKEN, Part.ATTENTION_POOLING)),
                Arguments.of("mlcd_l17s", Activation.GELU_ERF, Set.of(Part.ROTATION, Part.PRE_NORM, Part.NO_POSITIONS)),
                Arguments.of(
                        "timm_dinov2_giant_l17s", Activation.SILU, Set.of(Part.GATE, Part.LAYER_SCALE, Part.REGISTERS)),
                Arguments.of(
                        "beit_rel_l17s",
                        Activation.GELU_ERF,
                        Set.of(
                                Part.SCORE_BIAS,
                                Part.LAYER_SCALE,
                                Part.NO_POSITIONS,
                                Part.MEAN,
                                Part.REGISTERS,
                                Part.NO_CLASS_TOKEN)),
                Arguments.of("timm_so150m_l17s", Activation.GELU_ERF, Set.of(Part.MEAN, Part.LAYER_SCALE)),
                Arguments.of(
                        "timm_reg4_map_l17s",
                        Activation.GELU_ERF,
                        Set.of(Part.REGISTERS, Part.ATTENTION_POOLING, Part.RESIDUAL_POOLING)),
                Arguments.of("timm_vit_qknorm_l17s", Activation.GELU_ERF, Set.of(Part.HEAD_NORM)),
                Arguments.of(
                        "siglip_single_l17s",
                        Activation.GELU_TANH,
                        Set.of(Part.ATTENTION_POOLING, Part.RESIDUAL_POOLING, Part.NO_CLASS_TOKEN)),
                Arguments.of("blip_l17s", Activation.GELU_ERF, Set.of(Part.POOLED_NORM)),
                Arguments.of("dinov2_d23s", Activation.GELU_ERF, Set.of(Part.LAYER_SCALE)),
                Arguments.of("var_dino_tropt_l17s", Activation.GELU_ERF, Set.of(Part.LAYER_SCALE)),
                Arguments.of("deit_l14e", Activation.GELU_ERF, Set.of(Part.REGISTERS)));
    }

    private static VisionTransformer read(String name) {
        return (VisionTransformer) OnnxEncoderReader.read(Fixtures.onnx("2026/" + name + ".onnx"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void computesWhatTheModelComputed(String name, Activation activation, Set<Part> parts) {
        VisionTransformer vit = read(name);

        double[][] features = new ReferenceVit(vit).features(Fixtures.floats("2026/images.f32"), 3);

        assertClose(features, Fixtures.floats("2026/" + name + ".output.f32"), 1e-4);
        assertThat(parts(vit)).isEqualTo(parts);
        assertThat(vit.heads()).isEqualTo(3);
        assertThat(vit.blocks()).extracting(block -> block.mlp().activation()).containsOnly(activation);
        assertThat(vit.embedding().tokensBeforePatches() + 25).isEqualTo(vit.tokens());
    }

    private static Set<Part> parts(VisionTransformer vit) {
        Set<Part> parts = new HashSet<>();
        for (Block block : vit.blocks()) {
            Optional<QueryKey> qk = block.qk();
            addIf(parts, Part.ROTATION, qk.flatMap(QueryKey::rotation).isPresent());
            addIf(parts, Part.SCORE_BIAS, qk.flatMap(QueryKey::bias).isPresent());
            addIf(parts, Part.HEAD_NORM, qk.flatMap(QueryKey::keyNorm).isPresent());
            addIf(parts, Part.ATTENDED_NORM, block.attendedNorm().isPresent());
            addIf(parts, Part.GATE, block.mlp().gated());
            addIf(parts, Part.INNER_NORM, block.mlp().innerNorm().isPresent());
            addIf(parts, Part.RMS, !block.norm1().centred());
        }
        addIf(parts, Part.PATCH_NORM, vit.embedding().patchNorm().isPresent());
        addIf(parts, Part.PRE_NORM, vit.embedding().preNorm().isPresent());
        addIf(parts, Part.LAYER_SCALE, vit.layerScale());
        addIf(parts, Part.REGISTERS, vit.embedding().registers().isPresent());
        addIf(parts, Part.NO_CLASS_TOKEN, vit.embedding().classToken().isEmpty());
        addIf(parts, Part.POOLED_NORM, vit.pooledNorm().isPresent());
        addIf(parts, Part.NO_POSITIONS, vit.embedding().positions().isEmpty());
        addIf(parts, Part.ATTENTION_POOLING, vit.pooling() instanceof Pooling.Attention);
        addIf(
                parts,
                Part.RESIDUAL_POOLING,
                vit.pooling() instanceof Pooling.Attention attention
                        && attention.residual().isPresent());
        addIf(
                parts,
                Part.MEAN,
                vit.pooling() instanceof Pooling.MeanThenNorm || vit.pooling() instanceof Pooling.NormThenMean);
        return parts;
    }

    private static void addIf(Set<Part> parts, Part part, boolean there) {
        if (there) {
            parts.add(part);
        }
    }

    @Test
    void blocksThatTurnAlikeShareOneRotation() {
        VisionTransformer vit = read("dinov3_l14e");
        List<Rotation> rotations = vit.blocks().stream()
                .map(block -> block.qk().flatMap(QueryKey::rotation).orElseThrow())
                .toList();
        assertThat(rotations)
                .hasSize(3)
                .allSatisfy(rotation -> assertThat(rotation).isSameAs(rotations.get(0)));
        assertThat(rotations.get(0).cos().shape()).containsExactly(1, 1 + 4 + 25, 8);
        assertThat(rotations.get(0).sin().ordering()).isEqualTo('c');
        for (int token = 0; token < 5; token++) {
            assertThat(rotations.get(0).cos().getDouble(0, token, 3)).isEqualTo(1);
            assertThat(rotations.get(0).sin().getDouble(0, token, 3)).isZero();
        }
    }

    /** A clipped one, which is the same from -6 to 6, is none that is known. */
    @ParameterizedTest
    @EnumSource(Activation.class)
    void anActivationIsKnownByWhatItComputes(Activation activation) {
        RowFunction function = row -> {
            double[] result = row.clone();
            for (int i = 0; i < row.length; i++) {
                result[i] = RowFunction.KNOWN.get(activation).applyAsDouble(row[i]);
            }
            return result;
        };
        RowFunction clipped = row -> {
            double[] result = function.apply(row);
            for (int i = 0; i < row.length; i++) {
                result[i] = Math.min(10, result[i]);
            }
            return result;
        };
        assertThat(function.asActivation(100)).contains(activation);
        assertThat(clipped.asActivation(100)).isEmpty();
    }

    @Test
    void anRmsNormIsOneWithoutAMean() {
        double epsilon = 1e-4;
        RowFunction rms = row -> {
            double square = 0;
            for (double x : row) {
                square += x * x / row.length;
            }
            double[] result = row.clone();
            for (int i = 0; i < row.length; i++) {
                result[i] *= (i + 1) / Math.sqrt(square + epsilon);
            }
            return result;
        };
        RowFunction.Norm found = rms.asNorm(16).orElseThrow();
        assertThat(found.centred()).isFalse();
        assertThat(found.epsilon()).isEqualTo((float) epsilon);
        assertThat(found.gain().values()[4]).isCloseTo(5, within(1e-6));
        assertThat(new LayerNorm(VitAssembly.array(found.gain()), VitAssembly.array(found.bias()), epsilon, false)
                        .bias()
                        .sumNumber()
                        .doubleValue())
                .isZero();
    }
}

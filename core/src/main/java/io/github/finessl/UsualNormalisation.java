package io.github.finessl;

import io.github.finessl.augment.Normalisation;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.OpaqueEncoder;
import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.QueryKey;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The normalisation that the families of published encoders were trained with, by what their structures have in common.
 *
 * @param sign what in the structure says so
 */
record UsualNormalisation(Normalisation normalisation, String sign) {

    /** The ε of PyTorch's own norms, which most encoders other than OpenAI's and BLIP's do not keep. */
    private static final double PYTORCH_EPSILON = 1e-5;

    static UsualNormalisation of(Encoder encoder) {
        if (encoder instanceof OpaqueEncoder) {
            return new UsualNormalisation(Normalisation.IMAGENET, "unknown; most networks were trained on ImageNet");
        }
        if (!(encoder instanceof VisionTransformer vit)) {
            return clip("a ResNet of CLIP's kind");
        }
        QueryKey first = vit.blocks().get(0).qk().orElse(null);
        boolean rotates = first != null && first.rotation().isPresent();
        boolean pooledByAttention = vit.pooling() instanceof Pooling.Attention;
        if (vit.embedding().preNorm().isPresent()) {
            return rotates && (pooledByAttention || vit.layerScale())
                    ? half("a norm before the first block and rotary positions, as Perception Encoder has")
                    : clip("a norm before the first block, as CLIP has");
        } else if (first != null && first.bias().isPresent()) {
            return half("relative positions, as BEiT has");
        } else if (!vit.blocks().get(0).norm1().centred()) {
            return clip("norms without mean, as AIMv2 has");
        } else if (vit.embedding().registers().isPresent() || vit.layerScale()) {
            return new UsualNormalisation(
                    Normalisation.IMAGENET,
                    vit.layerScale() ? "LayerScale, as DINOv2 has" : "register tokens, as DINOv2 has");
        } else if (vit.blocks().stream().allMatch(UsualNormalisation::lacksKeyBias)) {
            return clip("keys without a bias, as EVA has");
        } else if (pooledByAttention) {
            return half("pooling by attention, as SigLIP has");
        } else if (vit.finalNorm()
                .filter(UsualNormalisation::hasPyTorchsEpsilon)
                .isPresent()) {
            return clip("norms with an ε of 1e-5, as BLIP has");
        }
        return half("a plain vision transformer");
    }

    /**
     * The same as versions knew it that did not record the normalisation: they had neither reasons nor configurations.
     */
    static Normalisation ofEarlierVersions(Encoder encoder) {
        if (!(encoder instanceof VisionTransformer vit)
                || vit.embedding().preNorm().isPresent()) {
            return Normalisation.CLIP;
        }
        return vit.layerScale() || vit.embedding().registers().isPresent()
                ? Normalisation.IMAGENET
                : Normalisation.HALF;
    }

    private static UsualNormalisation clip(String sign) {
        return new UsualNormalisation(Normalisation.CLIP, sign);
    }

    private static UsualNormalisation half(String sign) {
        return new UsualNormalisation(Normalisation.HALF, sign);
    }

    private static boolean hasPyTorchsEpsilon(LayerNorm norm) {
        return Math.abs(norm.epsilon() / PYTORCH_EPSILON - 1) < 1e-3;
    }

    /** Whether queries have a bias and keys have none, or zeros. */
    private static boolean lacksKeyBias(Block block) {
        return block.qkv()
                .bias()
                .filter(bias -> largest(bias, 0) > 0 && largest(bias, 1) == 0)
                .isPresent();
    }

    private static double largest(INDArray qkv, int third) {
        long width = qkv.length() / 3;
        return qkv.get(NDArrayIndex.interval(third * width, (third + 1) * width))
                .amaxNumber()
                .doubleValue();
    }
}

package io.github.finessl;

import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.DataSource;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.VisionTransformer;
import java.util.Locale;

/** The mean and standard deviation that pixels are normalised with before the encoder sees them. */
public enum Colours {
    /**
     * The normalisation that the encoder was most likely trained with: CLIP's for one with a norm before its first
     * block and for ResNets, ImageNet's for one with LayerScale or registers, else mean and deviation .5.
     */
    ENCODER,
    /** The data set's own normalisation, as the authors' code has it. */
    DATASET,
    /** CLIP's mean and deviation. */
    CLIP,
    /** Mean and deviation .5. */
    HALF,
    /** ImageNet's mean and deviation. */
    IMAGENET,
    /** No normalisation: pixels from 0 to 1 as they are. */
    NONE;

    /**
     * The normalisation for an encoder and a data set.
     *
     * @param data the data set's name
     */
    public Normalisation of(Encoder encoder, String data) {
        return switch (this) {
            case ENCODER -> usual(encoder);
            case DATASET -> DataSource.normalisation(data);
            case CLIP -> Normalisation.CLIP;
            case HALF -> Normalisation.HALF;
            case IMAGENET -> Normalisation.IMAGENET;
            case NONE -> Normalisation.of(new double[3], new double[] {1, 1, 1});
        };
    }

    private static Normalisation usual(Encoder encoder) {
        if (!(encoder instanceof VisionTransformer vit) || vit.preNorm().isPresent()) {
            return Normalisation.CLIP;
        }
        return vit.layerScale() || vit.registers().isPresent() ? Normalisation.IMAGENET : Normalisation.HALF;
    }

    /** The name in lower case, as options spell it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

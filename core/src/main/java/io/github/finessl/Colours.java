package io.github.finessl;

import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.DataSource;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.PixelInput.Configured;
import io.github.finessl.encoder.PixelInput.Inside;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The mean and standard deviation that pixels are normalised with before the encoder's network sees them. */
public enum Colours {
    /**
     * The encoder's own normalisation: what its file does itself, else what a configuration beside it says, else a guess
     * from its structure, which most families of encoders can be told by.
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
    /** No normalisation: pixels as the file takes them, from 0 to 1 unless it says that they are from 0 to 255. */
    NONE;

    /** The name of the normalisation in run records, where it is not the one that its setting meant in earlier versions. */
    public static final String RECORDED = "pixelNormalisation";

    private static final String SETTING = "normalisation";

    /**
     * The normalisation for an encoder and a data set.
     *
     * @param data the data set's name
     * @throws SettingsException if the encoder's file normalises pixels itself, in another way
     */
    public Normalisation of(Encoder encoder, String data) {
        return choice(encoder, data).normalisation();
    }

    /**
     * The normalisation for an encoder and a data set, and why.
     *
     * @param data the data set's name
     * @throws SettingsException if the encoder's file normalises pixels itself, in another way
     */
    public PixelChoice choice(Encoder encoder, String data) {
        Optional<Configured> configured = encoder.pixels().configured();
        Optional<Inside> inside = encoder.pixels().graph();
        if (inside.isPresent()) {
            return this == ENCODER ? besides(inside.get(), configured) : besides(inside.get(), named(encoder, data));
        } else if (this != ENCODER) {
            return new PixelChoice(named(encoder, data), "as " + setting() + " says");
        }
        return configured
                .map(said -> new PixelChoice(said.normalisation(), "as " + said.file() + " beside the encoder says"))
                .orElseGet(() -> guess(encoder));
    }

    private static PixelChoice guess(Encoder encoder) {
        UsualNormalisation usual = UsualNormalisation.of(encoder);
        return new PixelChoice(
                usual.normalisation(),
                "a guess from the encoder's structure (%s): %s=clip, half, imagenet or none sets it, and so does a"
                                .formatted(usual.sign(), SETTING)
                        + " preprocessor_config.json beside the encoder");
    }

    /** What is left to do besides what the file does, as a configuration beside it says. */
    private static PixelChoice besides(Inside inside, Optional<Configured> configured) {
        if (inside.normalises() || inside.bounded() || configured.isEmpty()) {
            String otherwise = configured
                    .filter(said -> !said.normalisation().isCloseTo(inside.normalisation()))
                    .map(said -> ", whatever " + said.file() + " says")
                    .orElse("");
            return asItIs(inside, otherwise);
        }
        return dividedLater(
                inside,
                configured.get().normalisation(),
                "as " + configured.get().file() + " beside the encoder says");
    }

    /** What is left to do besides what the file does, as a setting says. */
    private PixelChoice besides(Inside inside, Normalisation wanted) {
        boolean same = this == NONE || wanted.isCloseTo(inside.normalisation());
        if (same) {
            return asItIs(inside, "");
        } else if (inside.normalises() || inside.bounded()) {
            throw new SettingsException(
                    SETTING,
                    toString(),
                    "the encoder's file takes pixels from %s, as they are, and %s; only encoder and none leave it that"
                            .formatted(inside.takes(), deed(inside)));
        }
        return dividedLater(inside, wanted, "as " + setting() + " says");
    }

    private static PixelChoice asItIs(Inside inside, String otherwise) {
        return new PixelChoice(inside.takes().normalisation(), "for the encoder's file " + deed(inside) + otherwise);
    }

    private static PixelChoice dividedLater(Inside inside, Normalisation wanted, String why) {
        int white = inside.takes().white();
        return new PixelChoice(
                wanted.times(white), why + ", and times " + white + ", by which the encoder's file divides");
    }

    private static String deed(Inside inside) {
        if (inside.normalises()) {
            return "normalises them itself, by " + inside.normalisation();
        }
        return inside.takes().white() == 1 ? "limits them to these itself" : "divides them by 255 itself";
    }

    private Normalisation named(Encoder encoder, String data) {
        return switch (this) {
            case ENCODER -> UsualNormalisation.ofEarlierVersions(encoder);
            case DATASET -> DataSource.normalisation(data);
            case CLIP -> Normalisation.CLIP;
            case HALF -> Normalisation.HALF;
            case IMAGENET -> Normalisation.IMAGENET;
            case NONE -> Normalisation.NONE;
        };
    }

    /**
     * Adds the normalisation to a run's identity, unless this setting has always meant it.
     *
     * @throws SettingsException if the encoder's file normalises pixels itself, in another way
     */
    void identify(Map<String, String> identity, Encoder encoder, String data) {
        Normalisation chosen = of(encoder, data);
        if (!chosen.equals(named(encoder, data))) {
            identity.put(RECORDED, chosen.toString());
        }
    }

    /**
     * The normalisation of a run with this setting, whatever is beside the encoder's file by now.
     *
     * @param record its configuration, as its record has it
     * @param data the data set's name
     */
    public Normalisation ofRun(Map<String, String> record, Encoder encoder, String data) {
        return Optional.ofNullable(record.get(RECORDED))
                .map(Normalisation::parse)
                .orElseGet(() -> named(encoder, data));
    }

    private String setting() {
        return SETTING + "=" + this;
    }

    /** The name in lower case, as options spell it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

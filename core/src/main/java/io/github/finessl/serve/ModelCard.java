package io.github.finessl.serve;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.export.Certainty;
import io.github.finessl.export.Origin;
import io.github.finessl.report.ModelChoice;
import io.github.finessl.ssl.Methods;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The card of a model, {@code model.json}: all that is needed to use the folder's model.
 *
 * @param format {@link #FORMAT} of the version that wrote it
 * @param classes their names in label order
 * @param encoder its ONNX file in the folder
 * @param encoderSha256 of the file and its side files
 * @param parameters the file of what was learnt
 * @param parametersSha256 of that file
 * @param resolution side of the images in pixels
 * @param mean of red, green and blue between 0 and 1, which pixels are normalised by
 * @param std their deviation
 * @param flip whether logits are the mean of those of a photo and of its mirror image; left out where not
 * @param prompts prompt tokens a block, for a tuning that has them
 * @param settings of the method, by which unlabelled images are weighed
 * @param calibration of its probabilities, where images were held out for it
 * @param refusal of photos of none of the classes, where the unlabelled or held-out images were enough to set it
 * @param choice of this model among others, where it was asked for
 * @param unsureBelow the probability below which an answer is unsure, where somebody has chosen one by its price
 */
public record ModelCard(
        @JsonProperty(required = true) int format,
        @JsonProperty(required = true) List<String> classes,
        @JsonProperty(required = true) String encoder,
        @JsonProperty(required = true) String encoderSha256,
        @JsonProperty(required = true) String parameters,
        @JsonProperty(required = true) String parametersSha256,
        @JsonProperty(required = true) int resolution,
        @JsonProperty(required = true) List<Float> mean,
        @JsonProperty(required = true) List<Float> std,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean flip,
        @JsonProperty(required = true) int prompts,
        @JsonProperty(required = true) Methods.Settings settings,
        @JsonProperty(required = true) Origin origin,
        Optional<Calibration> calibration,
        Optional<Refusal> refusal,
        Optional<ModelChoice> choice,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Double> unsureBelow) {

    /** The version of the format that is written and read here. */
    public static final int FORMAT = 1;

    /** The largest resolution: of a larger image the tokens' products with each other alone are gigabytes. */
    private static final int LARGEST_RESOLUTION = 2048;

    private static final int MOST_PROMPTS = 1000;
    private static final double LARGEST_MEAN = 100;
    private static final double LEAST_DEVIATION = 1e-4;
    private static final double LARGEST_DEVIATION = 1e4;

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException saying what no model has
     */
    public ModelCard {
        calibration = calibration == null ? Optional.empty() : calibration; // as cards of earlier versions have none
        refusal = refusal == null ? Optional.empty() : refusal;
        choice = choice == null ? Optional.empty() : choice;
        unsureBelow = unsureBelow == null ? Optional.empty() : unsureBelow;
        for (Object part : Arrays.asList(
                classes, encoder, encoderSha256, parameters, parametersSha256, mean, std, settings, origin)) {
            require(part != null, "something in it is null");
        }
        require(
                classes.size() > 1 && classes.stream().noneMatch(Objects::isNull),
                "it names " + classes.size() + " classes: " + classes);
        require(Set.copyOf(classes).size() == classes.size(), "it names a class twice: " + classes);
        require(
                origin.tuning() != null
                        && origin.method() != null
                        && origin.data() != null
                        && origin.dataSha256() != null
                        && origin.commit() != null
                        && origin.date() != null,
                "its origin lacks tuning, method, data or date");
        require(mean.size() == 3 && std.size() == 3, "colours are normalised by mean " + mean + ", std " + std);
        require(prompts >= 0 && prompts <= MOST_PROMPTS, "blocks would have " + prompts + " prompts");
        require(settings.isFinite(), "the method's settings are " + settings);
        require(
                resolution > 0 && resolution <= LARGEST_RESOLUTION,
                "images would have " + resolution + " pixels a side");
        require(
                mean.stream().allMatch(value -> value != null && Math.abs(value) <= LARGEST_MEAN)
                        && std.stream()
                                .allMatch(value ->
                                        value != null && value >= LEAST_DEVIATION && value <= LARGEST_DEVIATION),
                "colours are normalised by mean " + mean + ", std " + std);
        unsureBelow.ifPresent(
                below -> require(below >= 0 && below <= 1, "answers would be unsure below a probability of " + below));
    }

    private static void require(boolean met, String found) {
        if (!met) {
            throw new IllegalArgumentException(found);
        }
    }

    /** This card with how sure the model may be. */
    public ModelCard with(Optional<Calibration> calibrated, Optional<Refusal> refusing) {
        return with(parameters, parametersSha256, origin, calibrated, refusing, choice, unsureBelow);
    }

    /** This card of a model that was chosen. */
    public ModelCard with(ModelChoice chosen) {
        return with(parameters, parametersSha256, origin, calibration, refusal, Optional.of(chosen), unsureBelow);
    }

    /** The card of another model in the same folder, of which it is not known how sure it may be. */
    public ModelCard with(String file, String sha256, Origin from) {
        return with(file, sha256, from, Optional.empty(), Optional.empty(), choice, Optional.empty());
    }

    /** This card of a model whose answers are unsure below a probability, 0 for none. */
    public ModelCard unsureBelow(double probability) {
        return with(
                parameters,
                parametersSha256,
                origin,
                calibration,
                refusal,
                choice,
                probability == 0 ? Optional.empty() : Optional.of(probability));
    }

    private ModelCard with(
            String file,
            String sha256,
            Origin from,
            Optional<Calibration> calibrated,
            Optional<Refusal> refusing,
            Optional<ModelChoice> chosen,
            Optional<Double> unsure) {
        return new ModelCard(
                format,
                classes,
                encoder,
                encoderSha256,
                file,
                sha256,
                resolution,
                mean,
                std,
                flip,
                prompts,
                settings,
                from,
                calibrated,
                refusing,
                chosen,
                unsure);
    }

    Certainty certainty() {
        return new Certainty(
                calibration.map(Calibration::temperature).orElse(1.0),
                refusal.map(rule -> OptionalDouble.of(rule.below())).orElseGet(OptionalDouble::empty),
                unsureBelow.map(OptionalDouble::of).orElseGet(OptionalDouble::empty));
    }

    /** The values of a normalisation for each colour, as a card has them. */
    public static List<Float> colours(float[] values) {
        return IntStream.range(0, values.length).mapToObj(c -> values[c]).toList();
    }

    /** The normalisation of the model's pixels. */
    public Normalisation normalisation() {
        return Normalisation.of(doubles(mean), doubles(std));
    }

    private static double[] doubles(List<Float> values) {
        return values.stream().mapToDouble(Float::doubleValue).toArray();
    }
}

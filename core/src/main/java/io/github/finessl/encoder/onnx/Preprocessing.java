package io.github.finessl.encoder.onnx;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.io.JsonFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/**
 * The preparation of images as a configuration says that lies beside an encoder's file: transformers'
 * {@code preprocessor_config.json} or {@code processor_config.json}, open_clip's {@code open_clip_config.json} or timm's
 * {@code config.json}.
 *
 * @param file the configuration
 * @param side of the images in pixels, after a crop where there is one; empty where they are not square or nothing is said
 */
record Preprocessing(Path file, Optional<Normalisation> normalisation, Optional<Integer> side) {

    private static final double WHITE = 255;
    private static final int LARGEST_SIDE = 1 << 14;

    /**
     * The first of the configurations in an encoder's folder that says anything about images.
     *
     * @throws EncoderFormatException if one cannot be read, or says what cannot be
     */
    static Optional<Preprocessing> beside(Path encoder) {
        return of(encoder.resolveSibling("preprocessor_config.json"), "")
                .or(() -> of(encoder.resolveSibling("processor_config.json"), "image_processor"))
                .or(() -> of(encoder.resolveSibling("open_clip_config.json"), "preprocess_cfg"))
                .or(() -> of(encoder.resolveSibling("config.json"), "pretrained_cfg"));
    }

    private static Optional<Preprocessing> of(Path file, String part) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        JsonNode json;
        try {
            json = new ObjectMapper().readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new EncoderFormatException(
                    file, "expected JSON, found what is none (" + JsonFault.reason(e) + ")", e);
        } catch (IOException e) {
            throw new EncoderFormatException(file, "the file cannot be read (" + e.getMessage() + ")", e);
        }
        JsonNode images = part.isEmpty() ? json : json.path(part);
        if (images.path("do_flip_channel_order").asBoolean()) {
            throw new EncoderFormatException(
                    file, "expected an encoder of red, green and blue, found one of blue, green and red");
        }
        var read = new Preprocessing(file, normalisation(file, images), side(json, images));
        return Optional.of(read).filter(each -> each.normalisation.isPresent() || each.side.isPresent());
    }

    /** (factor·value - mean)/deviation, transformers' defaults being a factor of 1/255 and that both steps are done. */
    private static Optional<Normalisation> normalisation(Path file, JsonNode images) {
        JsonNode mean = images.has("image_mean") ? images.get("image_mean") : images.path("mean");
        JsonNode std = images.has("image_std") ? images.get("image_std") : images.path("std");
        boolean normalises = images.path("do_normalize").asBoolean(true);
        if (normalises && !mean.isArray() && !std.isArray()) {
            return Optional.empty();
        }
        double factor = images.path("do_rescale").asBoolean(true)
                ? images.path("rescale_factor").asDouble(1 / WHITE)
                : 1;
        double[] means = normalises ? three(mean) : new double[3];
        double[] stds = normalises ? three(std) : new double[] {1, 1, 1};
        for (int c = 0; c < Math.min(means.length, stds.length); c++) {
            means[c] /= WHITE * factor;
            stds[c] /= WHITE * factor;
        }
        try {
            return Optional.of(Normalisation.of(means, stds));
        } catch (IllegalArgumentException e) {
            throw new EncoderFormatException(
                    file,
                    "expected the mean and the positive deviation of red, green and blue, found " + mean + " and "
                            + std,
                    e);
        }
    }

    private static double[] three(JsonNode numbers) {
        return StreamSupport.stream(numbers.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static Optional<Integer> side(JsonNode json, JsonNode images) {
        boolean cropped = images.path("do_center_crop").asBoolean(true) && images.hasNonNull("crop_size");
        JsonNode inputSize = images.path("input_size");
        List<JsonNode> said = List.of(
                cropped ? images.get("crop_size") : images.path("size"),
                inputSize,
                json.path("model_cfg").path("vision_cfg").path("image_size"));
        return said.stream().flatMap(size -> square(size).stream()).findFirst();
    }

    /** 224, [224, 224], [3, 224, 224], {height, width} or {shortest_edge}. */
    private static Optional<Integer> square(JsonNode size) {
        List<JsonNode> sides;
        if (size.isInt()) {
            sides = List.of(size);
        } else if (size.has("shortest_edge")) {
            sides = List.of(size.get("shortest_edge"));
        } else if (size.isArray()) {
            sides = List.of(size.path(size.size() - 2), size.path(size.size() - 1));
        } else {
            sides = List.of(size.path("height"), size.path("width"));
        }
        int side = sides.get(0).asInt();
        return side > 0 && side <= LARGEST_SIDE && sides.stream().allMatch(each -> each.isInt() && each.asInt() == side)
                ? Optional.of(side)
                : Optional.empty();
    }
}

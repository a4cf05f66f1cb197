package io.github.finessl.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import io.github.finessl.io.JsonFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * The record of a finished run: what was run, on which data, with which software, and its results. Tables and charts
 * are views of these.
 *
 * @param id {@link RunIdentity#hash()} of the run, by which a finished one is recognised
 * @param variant the row of a table that this is, for people
 * @param configuration every option and its value
 * @param arithmetic the kernels' name, for example {@code nd4j-f32}
 * @param peakResidentBytes the most memory that the process held
 * @param survey of unlabelled images at the end; null without one, and in records of earlier versions
 * @param predicted the class that the last model gives each test image, in the test part's order, by which runs are
 *     compared in pairs; null in records of earlier versions
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunRecord(
        @JsonProperty(required = true) String id,
        @JsonProperty(required = true) String experiment,
        @JsonProperty(required = true) String method,
        @JsonProperty(required = true) String variant,
        @JsonProperty(required = true) SortedMap<String, String> configuration,
        @JsonProperty(required = true) long seed,
        @JsonProperty(required = true) Encoder encoder,
        @JsonProperty(required = true) Data data,
        @JsonProperty(required = true) int steps,
        @JsonProperty(required = true) String arithmetic,
        @JsonProperty(required = true) Versions versions,
        @JsonProperty(required = true) Machine machine,
        @JsonProperty(required = true) Times times,
        @JsonProperty(required = true) long peakResidentBytes,
        @JsonProperty(required = true) Metrics metrics,
        UnlabelledSurvey survey,

        @JsonSerialize(using = PackedClasses.Writer.class) @JsonDeserialize(using = PackedClasses.Reader.class)
        List<Integer> predicted,

        @JsonProperty(required = true) List<CurvePoint> curve) {

    /** The frozen encoder. */
    public record Encoder(String name, String file, String sha256) {}

    /**
     * The data set and how it was split.
     *
     * @param sha256 of the training part: its images and labels
     * @param test how many test images
     * @param testSha256 of them and their labels; null in records of earlier versions
     * @param unreadable how many files were left out because they could not be read, by the reason, which completes the
     *     sentence "the file ..."; null where there were none, and in records of earlier versions
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Data(
            String name,
            String sha256,
            int labelled,
            int unlabelled,
            int test,
            String testSha256,
            Map<String, Integer> unreadable) {}

    /**
     * The times that a run took.
     *
     * @param secondsPerStep the median
     * @param imagesPerSecond of all views that went through the encoder while training
     * @param processorSeconds of all of the process's threads; null for a run that was interrupted and went on, and in records of
     *     earlier versions
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Times(
            Instant start,
            double totalSeconds,
            double trainSeconds,
            double evaluationSeconds,
            double secondsPerStep,
            double imagesPerSecond,
            Double processorSeconds) {}

    /**
     * The results of a run, as fractions.
     *
     * @param top1 of the test images; null where there are none
     * @param perClassAccuracy NaN for a class without test images; empty where no class has any
     * @param pseudoLabelAccuracy at the end, over the unlabelled images seen last; null where there are none
     * @param maskRate likewise
     * @param more other numbers of an experiment's own, by name
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Metrics(
            Double top1,
            List<Double> perClassAccuracy,
            Double pseudoLabelAccuracy,
            Double maskRate,
            Map<String, Double> more) {

        /** The name, in {@link #more}, of a run's steps and those of the models that it learnt from, in a run of V-PET. */
        public static final String STEPS_IN_ALL = "stepsInAll";
    }

    /** This record without the points of its curve, which are most of it; the run's {@code curve.csv} has them. */
    public RunRecord withoutCurve() {
        return new RunRecord(
                id,
                experiment,
                method,
                variant,
                configuration,
                seed,
                encoder,
                data,
                steps,
                arithmetic,
                versions,
                machine,
                times,
                peakResidentBytes,
                metrics,
                survey,
                predicted,
                List.of());
    }

    /** Writes the record as JSON; the file appears complete or not at all. */
    public void write(Path file) throws IOException {
        Json.write(file, this);
    }

    /**
     * Reads a record that {@link #write} wrote, in this version or an earlier one.
     *
     * @throws IOException naming the file, where it is not a complete record
     */
    public static RunRecord read(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException(file + " should be a run's record, but is no file.");
        }
        try {
            return Json.MAPPER.readValue(Files.readAllBytes(file), RunRecord.class);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IOException(file + " is not a complete run record: " + JsonFault.reason(e), e);
        }
    }
}

package io.github.finessl.report;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A benchmark of training steps: how long one takes, and what share of the machine's own speed that is.
 *
 * @param encoder its size, for example {@code vit-b-16}
 * @param tuning what is trained
 * @param batch labelled images a step, as many as weak and as strong views
 * @param prompts a block, where there are prompts
 * @param precision of the frozen layers: f32, bf16 or portable
 * @param arithmetic the kernels' name
 * @param stepSeconds of every step, in order
 * @param usefulFlops floating-point operations that a step cannot do without, where they were counted
 * @param productRates operations a second of bare matrix products of the encoder's shapes, by precision; empty where
 *     there is no oneDNN
 * @param peakResidentBytes the most memory that the process held, the JVM included
 * @param ops where the time goes, the most expensive first; empty unless asked for
 */
public record StepBenchmark(
        String encoder,
        String tuning,
        int batch,
        int prompts,
        long trainedParameters,
        String precision,
        String arithmetic,
        int threads,
        List<Double> stepSeconds,
        Optional<Double> usefulFlops,
        Map<String, Double> productRates,
        long peakResidentBytes,
        List<OpTime> ops,
        Instant start,
        Versions versions,
        Machine machine) {

    private static final int VIEWS = 3;
    private static final String ROW = "%-36s %12s %10s %8s%n";

    /** The time of all ops of a kind in one step. */
    public record OpTime(String op, double callsPerStep, double secondsPerStep) {}

    /** The median time of a step, the upper one of two, in seconds. */
    @JsonProperty
    public double medianSeconds() {
        return stepSeconds.stream().sorted().toList().get(stepSeconds.size() / 2);
    }

    /** The number of images that go through the encoder in a second: labelled, weak and strong views. */
    @JsonProperty
    public double viewsPerSecond() {
        return VIEWS * batch / medianSeconds();
    }

    /** The number of useful floating-point operations in a second, where it is known. */
    @JsonProperty
    public Optional<Double> flopsPerSecond() {
        return usefulFlops.map(flops -> flops / medianSeconds());
    }

    /** The share of {@link #flopsPerSecond} in the bare products' rate; portable kernels compute in f32. */
    @JsonProperty
    public Optional<Double> productShare() {
        return Optional.ofNullable(productRates.get(yardstick()))
                .flatMap(rate -> flopsPerSecond().map(flops -> flops / rate));
    }

    private String strategy() {
        return tuning.contains("vpt") ? "%s, %d prompts a block".formatted(tuning, prompts) : tuning;
    }

    private String yardstick() {
        return precision.equals("portable") ? "f32" : precision;
    }

    /** Writes the benchmark as JSON; the file appears complete or not at all. */
    public void write(Path file) throws IOException {
        Json.write(file, this);
    }

    /** The benchmark as text for people: a line a figure. */
    public String toText() {
        StringBuilder text = new StringBuilder();
        line(text, "step", "FineSSL on %s, random weights, %s", encoder, strategy());
        line(text, "batch", "%d labelled + %d weak + %d strong images", batch, batch, batch);
        line(text, "trained", "%,d parameters", trainedParameters);
        line(text, "precision", "%s (%s), threads: %d", precision, arithmetic, threads);
        line(text, "machine", "%s", machine.text());
        line(
                text,
                "time",
                "%.3f s a step: median of %d, %.3f to %.3f",
                medianSeconds(),
                stepSeconds.size(),
                Collections.min(stepSeconds),
                Collections.max(stepSeconds));
        line(text, "throughput", "%.1f views/s", viewsPerSecond());
        usefulFlops.ifPresent(flops -> line(
                text,
                "useful work",
                "%.1f GFLOP a step, %.1f GFLOP/s",
                flops / 1e9,
                flopsPerSecond().orElseThrow() / 1e9));
        if (!productRates.isEmpty()) {
            line(text, "bare products", "%s", rates());
        }
        if (usefulFlops.isPresent()) {
            line(
                    text,
                    "share",
                    "%s",
                    productShare()
                            .map(share -> percent(share) + " of the bare products' rate in " + yardstick())
                            .orElse("unknown: without oneDNN the bare products' rate cannot be measured"));
        }
        line(text, "peak memory", "%.2f GB resident, with the JVM", peakResidentBytes / 1e9);
        if (!ops.isEmpty()) {
            text.append(System.lineSeparator()).append(table());
        }
        return text.toString();
    }

    private String rates() {
        return productRates.entrySet().stream()
                .map(rate -> format("%s %.1f GFLOP/s", rate.getKey(), rate.getValue() / 1e9))
                .collect(joining(", "));
    }

    /** Means, for they add up. */
    private String table() {
        double step =
                stepSeconds.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        double outside = step - ops.stream().mapToDouble(OpTime::secondsPerStep).sum();
        StringBuilder text = new StringBuilder(ROW.formatted("op", "calls a step", "ms a step", "share"));
        for (OpTime op : ops) {
            text.append(row(op.op(), format("%.0f", op.callsPerStep()), op.secondsPerStep(), step));
        }
        return text.append(row("outside ops", "", outside, step)).toString();
    }

    private static String row(String name, String calls, double seconds, double step) {
        return ROW.formatted(name, calls, format("%.2f", 1e3 * seconds), percent(seconds / step));
    }

    private static void line(StringBuilder text, String label, String format, Object... values) {
        text.append("%-14s  ".formatted(label)).append(format(format, values)).append(System.lineSeparator());
    }

    private static String percent(double share) {
        return format("%.1f %%", 100 * share);
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}

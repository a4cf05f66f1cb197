package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.report.StepBenchmark.OpTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepBenchmarkTest {

    @TempDir
    Path directory;

    private static StepBenchmark benchmark(String precision, Map<String, Double> rates, OpTime... ops) {
        return new StepBenchmark(
                "vit-b-32",
                "vpt-deep",
                8,
                50,
                614_402,
                precision,
                "onednn-2.5.2-" + precision,
                2,
                List.of(2.5, 1.5, 2.0),
                Optional.of(330e9),
                rates,
                1_500_000_000,
                List.of(ops),
                Instant.EPOCH,
                new Versions(Optional.empty(), "17", "Linux", "1.0.0-M2.1", "CpuBackend", "2.5.2"),
                new Machine("a CPU", 2, 23));
    }

    @Test
    void readsAsALineAFigure() {
        assertThat(benchmark("f32", Map.of("f32", 220e9)).toText()).isEqualToNormalizingNewlines("""
                        step            FineSSL on vit-b-32, random weights, vpt-deep, 50 prompts a block
                        batch           8 labelled + 8 weak + 8 strong images
                        trained         614,402 parameters
                        precision       f32 (onednn-2.5.2-f32), threads: 2
                        machine         a CPU, 2 cores, 23 GiB
                        time            2.000 s a step: median of 3, 1.500 to 2.500
                        throughput      12.0 views/s
                        useful work     330.0 GFLOP a step, 165.0 GFLOP/s
                        bare products   f32 220.0 GFLOP/s
                        share           75.0 % of the bare products' rate in f32
                        peak memory     1.50 GB resident, with the JVM
                        """);
    }

    @Test
    void theShareIsOfTheRateAtItsOwnPrecision() {
        Map<String, Double> rates = Map.of("f32", 220e9, "bf16", 440e9);
        assertThat(benchmark("bf16", rates).productShare()).contains(0.375);
        assertThat(benchmark("portable", rates).productShare()).contains(0.75);
        assertThat(benchmark("portable", Map.of()).toText()).contains("share           unknown");
    }

    @Test
    void timesOfOpsAndTheRestMakeUpTheStep() {
        assertThat(benchmark("f32", Map.of(), new OpTime("linear", 122, 1.5), new OpTime("add", 32, 0.25))
                        .toText())
                .endsWith("""

                        op                                   calls a step  ms a step    share
                        linear                                        122    1500.00   75.0 %
                        add                                            32     250.00   12.5 %
                        outside ops                                           250.00   12.5 %
                        """);
    }

    @Test
    void theRecordHoldsWhatFollowsFromItToo() throws IOException {
        Path file = directory.resolve("vit-b-32-b8-f32.json");
        benchmark("f32", Map.of("f32", 220e9)).write(file);
        assertThat(file)
                .content()
                .contains(
                        "\"medianSeconds\" : 2.0", "\"productShare\" : 0.75", "\"threads\" : 2", "\"cpu\" : \"a CPU\"");
    }
}

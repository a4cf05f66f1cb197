package io.github.finessl.experiments.paper;

import static java.util.Comparator.comparingDouble;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summarizingDouble;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.report.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EncoderRatesTest {
    private static final Path ROOT = Files.isDirectory(Path.of("results")) ? Path.of("") : Path.of("..");

    /** The rate with the best mean of what the experiment compares, each with as many runs as the others. */
    @Test
    void theEncodersRateWasChosenOnHeldOutImages() throws IOException {
        Map<String, DoubleSummaryStatistics> byRate = records().stream()
                .collect(groupingBy(
                        record -> record.configuration().get(Option.ENCODER_LEARNING_RATE.name()),
                        summarizingDouble(record -> record.metrics().more().get("bestHeldOut.heldOutAccuracy"))));
        assertThat(byRate).hasSizeGreaterThan(2);
        assertThat(byRate.values())
                .extracting(DoubleSummaryStatistics::getCount)
                .containsOnly(3L);
        String best = byRate.entrySet().stream()
                .max(comparingDouble(entry -> entry.getValue().getAverage()))
                .orElseThrow()
                .getKey();
        assertThat(PaperProfile.ENCODER_RATE).isEqualTo(best);
    }

    /** Those that the experiment has left in every profile. */
    private static List<RunRecord> records() throws IOException {
        EncoderRates rates = new EncoderRates();
        List<RunRecord> records = new ArrayList<>();
        for (Profile profile : rates.profiles()) {
            Path runs = rates.directory(ROOT.resolve("results"), profile).resolve("runs");
            if (Files.isDirectory(runs)) {
                try (Stream<Path> files = Files.find(runs, 2, (file, attributes) -> file.endsWith("run.json"))) {
                    for (Path file : files.sorted().toList()) {
                        records.add(RunRecord.read(file));
                    }
                }
            }
        }
        return records;
    }
}

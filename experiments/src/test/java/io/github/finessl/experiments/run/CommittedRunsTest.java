package io.github.finessl.experiments.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.report.RunRecord;
import io.github.finessl.ssl.Methods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The records under {@code results} are found by today's code. */
class CommittedRunsTest {
    private static final Path ROOT = Files.isDirectory(Path.of("results")) ? Path.of("") : Path.of("..");

    /** The records of runs on the repository's own sets, and on those that were fetched here. */
    private static List<RunRecord> records() throws IOException {
        try (Stream<Path> files =
                Files.find(ROOT.resolve("results"), 4, (file, attributes) -> file.endsWith("run.json"))) {
            List<RunRecord> records = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                RunRecord record = RunRecord.read(file);
                if (Files.exists(
                        ROOT.resolve("data").resolve(record.configuration().get("data")))) {
                    records.add(record);
                }
            }
            return records;
        }
    }

    private static String id(Runner runner, RunRecord record, Options options) {
        return runner.prepared(new Run(record.variant(), options, record.seed()))
                .identity()
                .hash();
    }

    @Test
    void everyRecordHasTheIdentityOfItsOptions() throws IOException {
        List<RunRecord> records = records();
        assertThat(records).hasSizeGreaterThan(200);
        try (Runner runner = runner()) {
            for (RunRecord record : records) {
                assertThat(id(runner, record, Options.ofRecord(record)))
                        .as(record.experiment() + ": " + record.variant())
                        .isEqualTo(record.id());
            }
        }
    }

    /** A short run's averages move faster than once, when all had the authors' momentum. */
    @Test
    void anAverageOfOnceIsNotTakenForOneOfToday() throws IOException {
        List<RunRecord> averaging = records().stream()
                .filter(record -> Methods.averages(record.method()))
                .toList();
        assertThat(averaging).isNotEmpty();
        try (Runner runner = runner()) {
            for (RunRecord record : averaging) {
                Options today = Options.ofRecord(record).with(Option.EMA_MOMENTUM, Option.AUTO);
                assertThat(id(runner, record, today))
                        .as(record.variant())
                        .isNotEqualTo(id(runner, record, today.with(Option.EMA_MOMENTUM, "0.999")));
            }
        }
    }

    private static Runner runner() {
        return new Runner("test", RunContext.silent(), ROOT.resolve("target"), false, ROOT);
    }
}

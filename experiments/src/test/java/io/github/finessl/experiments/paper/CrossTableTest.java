package io.github.finessl.experiments.paper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.paper.CrossTable.Row;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.experiments.run.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of runs of three steps. */
class CrossTableTest {
    private static final Row SUPERVISED = Row.method("Supervised only", "supervised");
    private static final Row V_PET = Row.method("V-PET", "v-pet");

    @TempDir
    Path results;

    private String table(Row... rows) throws IOException {
        Options options = new Table1Benchmark()
                .options(Map.of(
                        "resolution", "32",
                        "steps", "3",
                        "batch", "4",
                        "survey", "0",
                        "precision", "f32",
                        "members", "linear,bitfit"));
        CrossTable table = new CrossTable(
                "Top-1", "method", List.of(rows), List.of(PaperProfile.labels("C", "cifar10-mini", 4)), Quotes.NONE);
        Path directory = results.resolve("test");
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        CrossTable.run("test", List.of(table), Set.of(), options, RunContext.to(Terminal.stream(printed)), directory);
        String written = Files.readString(directory.resolve("table.md"));
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains(written);
        return written;
    }

    @Test
    void stepsAreShownWhereOtherModelsTookSomeToo() throws IOException {
        assertThat(table(SUPERVISED)).doesNotContain("steps in all");
        assertThat(table(SUPERVISED, V_PET))
                .containsPattern("\\| method .* \\| steps in all \\|")
                .containsPattern("\\| Supervised only .* \\| +3 \\|")
                .containsPattern("\\| V-PET .* \\| +9 \\|");
    }
}

package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.report.ResultTable.Measured;
import io.github.finessl.report.ResultTable.Missing;
import io.github.finessl.report.ResultTable.Quoted;
import io.github.finessl.report.ResultTable.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultTableTest {

    private static final ResultTable TABLE = new ResultTable(
            "Ablation",
            "variant",
            List.of("top-1 (%)", "paper, CLIP ViT-B/16"),
            List.of(
                    new Row("full", List.of(new Measured(Summary.of(List.of(82.0, 84.0))), new Quoted(97.39))),
                    new Row("w/o BMS", List.of(new Measured(Summary.of(List.of(80.0))), Missing.NOT_KNOWN)),
                    new Row("w/o \"DLS\", α", List.of(Missing.NOT_RUN, new Missing("not built yet (issue 7)")))),
            "On a small encoder.");

    @Test
    void markdownLinesUp() {
        assertThat(TABLE.toMarkdown()).isEqualTo("""
                ## Ablation

                | variant      |    top-1 (%) |    paper, CLIP ViT-B/16 |
                |--------------|-------------:|------------------------:|
                | full         | 83.00 ± 1.41 |                   97.39 |
                | w/o BMS      |        80.00 |                         |
                | w/o "DLS", α |      not run | not built yet (issue 7) |

                On a small encoder.
                """);
    }

    @Test
    void csvHasALineForEachCell() {
        assertThat(TABLE.toCsv().lines())
                .hasSize(7)
                .contains(
                        "row,column,source,mean,deviation,runs,note",
                        "w/o BMS,top-1 (%),measured,80.0,,1,",
                        "full,\"paper, CLIP ViT-B/16\",quoted,97.39,,,",
                        "\"w/o \"\"DLS\"\", α\",top-1 (%),missing,,,,not run");
    }

    @Test
    void writesBothViews(@TempDir Path directory) throws IOException {
        TABLE.write(directory);
        assertThat(directory.resolve("table.md")).hasContent(TABLE.toMarkdown());
        assertThat(directory.resolve("table.csv")).hasContent(TABLE.toCsv());
    }

    @Test
    void refusesRaggedRows() {
        assertThatThrownBy(() -> new ResultTable("t", "r", List.of("a", "b"), List.of(new Row("x", List.of())), ""))
                .hasMessageContaining("row x has 0 cells for 2 columns");
    }

    @Test
    void deviationIsTheSamples() {
        Summary summary = Summary.of(List.of(1.0, 2.0, 4.0));
        assertThat(summary.mean()).isEqualTo(7 / 3.0, within(1e-12));
        assertThat(summary.deviation()).isEqualTo(1.5275252316519468, within(1e-12));
        assertThat(Summary.of(List.of(1.0)).deviation()).isNaN();
    }

    @Test
    void provenanceNamesEveryValueThatOccurs() {
        String line = Provenance.of(List.of(RunRecordTest.record(1, 0.8), RunRecordTest.record(2, 0.9)));
        assertThat(line)
                .contains("Encoder ViT-Ti/16", "data cifar10-mini (40 labelled, 360 unlabelled, 100 test images)")
                .contains("steps 350", "batch 16", "resolution 160", "seeds 1 / 2", "commit 0123456789ab")
                .doesNotContain("emaMomentum", "debias");
    }

    @Test
    void provenanceNamesTheMomentumOfAveragesWhereThereAreAny() {
        RunRecord averaging = RunRecordTest.record(1, 0.8);
        averaging.configuration().putAll(Map.of("emaMomentum", "0.9", "debias", "0.4"));
        assertThat(Provenance.of(List.of(averaging, RunRecordTest.record(2, 0.9))))
                .contains("; emaMomentum 0.9; debias 0.4; seeds 1 / 2;");
    }

    private static RunRecord of(String commit, String arithmetic) {
        RunRecord run = RunRecordTest.record(1, 0.8);
        Versions versions = run.versions();
        return new RunRecord(
                run.id(),
                run.experiment(),
                run.method(),
                run.variant(),
                run.configuration(),
                run.seed(),
                run.encoder(),
                run.data(),
                run.steps(),
                arithmetic,
                new Versions(
                        Optional.of(commit),
                        versions.java(),
                        versions.os(),
                        versions.nd4j(),
                        versions.backend(),
                        versions.onednn()),
                run.machine(),
                run.times(),
                run.peakResidentBytes(),
                run.metrics(),
                run.survey(),
                null,
                run.curve());
    }

    @Test
    void aNumberOfChangedCodeOrOfAnotherArithmeticIsMarkedAndExplained() {
        RunRecord usual = of("0123456789ab", "onednn-2.5.2-bf16");
        RunRecord changed = of("0123456789ab+changes", "onednn-2.5.2-bf16");
        RunRecord other = of("0123456789ab", "onednn-2.5.2-f32");
        List<RunRecord> table = List.of(usual, usual, changed, other);
        assertThat(Provenance.marks(List.of(usual), table)).isEmpty();
        assertThat(Provenance.marks(List.of(changed), table)).isEqualTo("†");
        assertThat(Provenance.marks(List.of(usual, other), table)).isEqualTo("‡");
        assertThat(new Measured(Summary.of(List.of(82.0)), "†").text()).isEqualTo("82.00†");
        assertThat(Provenance.ofMarked(table))
                .contains("runs of quickstart; predictions in 0 of 4 records;")
                .endsWith(" † by code with changes that are in no commit."
                        + " ‡ in another arithmetic than onednn-2.5.2-bf16, which most runs have.");
        assertThat(Provenance.ofMarked(List.of(usual))).doesNotContain("†", "‡");
    }
}

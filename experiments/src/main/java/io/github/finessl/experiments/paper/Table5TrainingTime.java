package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.paper.CrossTable.Row;
import io.github.finessl.experiments.run.Metric;
import io.github.finessl.report.ResultTable.Cell;
import io.github.finessl.report.ResultTable.Missing;
import io.github.finessl.report.ResultTable.Quoted;
import java.util.List;
import java.util.Map;

/** Table 5: the time of training, with the paper's seconds for a whole training on an RTX 3090 beside it. */
final class Table5TrainingTime implements PaperExperiment {
    private static final Row FIXMATCH = Row.method("FixMatch, VPT-deep", "fixmatch");
    private static final Row FINESSL = Row.method("FineSSL, VPT-deep", "finessl");
    private static final Row WIDE_RESNET = Row.missing("FixMatch, WideResNet", "training a WideResNet is not built");

    /** The paper's seconds for whole trainings on an RTX 3090. */
    private static final Map<Row, Double> PAPER = Map.of(WIDE_RESNET, 55_574.5, FIXMATCH, 9_240.0, FINESSL, 9_630.0);

    @Override
    public String name() {
        return "Table5TrainingTime";
    }

    @Override
    public String summary() {
        return "Table 5: training time";
    }

    @Override
    public String folder() {
        return "table5";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        return List.of(new CrossTable(
                "Table 5: training time (runs made on machines that did other things too are upper bounds)",
                "method",
                List.of(WIDE_RESNET, FIXMATCH, FINESSL),
                PaperProfile.cifar100(options).subList(0, 1),
                List.of(
                        new Metric("training, s", run -> run.times().trainSeconds()),
                        new Metric("a step, s", run -> run.times().secondsPerStep())),
                new Quotes(column -> "paper, training, s (RTX 3090)", Table5TrainingTime::paper)));
    }

    private static Cell paper(Row row, Column column) {
        return PAPER.containsKey(row) ? new Quoted(PAPER.get(row)) : Missing.NOT_KNOWN;
    }
}

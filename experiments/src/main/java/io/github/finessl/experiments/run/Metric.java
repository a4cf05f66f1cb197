package io.github.finessl.experiments.run;

import io.github.finessl.report.Confidence;
import io.github.finessl.report.Provenance;
import io.github.finessl.report.ResultTable.Cell;
import io.github.finessl.report.ResultTable.Measured;
import io.github.finessl.report.ResultTable.Missing;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.Summary;
import io.github.finessl.report.UnlabelledSurvey;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * A figure of a finished run, such as its accuracy, taken from its record.
 *
 * @param name with its unit
 * @param value null where a run has none
 */
public record Metric(String name, Function<RunRecord, Double> value) {

    /** The accuracy on the test images. */
    public static final Metric TOP1 =
            new Metric("top-1 in %", run -> percent(run.metrics().top1()));

    /** The accuracy of the pseudo-labels at the end of training. */
    public static final Metric PSEUDO_LABEL_ACCURACY = new Metric(
            "right pseudo-labels in %", survey(survey -> 100.0 * sum(survey.rightCounts()) / sum(survey.trueCounts())));

    /**
     * The bias of pseudo-labels: the share that would have to change class for every class to have as many as it has
     * images.
     */
    public static final Metric MISPLACED = new Metric("misplaced pseudo-labels in %", survey(Metric::misplaced));

    /** A figure of the {@link UnlabelledSurvey}, null for a run without one. */
    static Function<RunRecord, Double> survey(Function<UnlabelledSurvey, Double> figure) {
        return run -> run.survey() == null ? null : figure.apply(run.survey());
    }

    /**
     * A metric, in percent, of the confidence that weighs pseudo-labels: the auxiliary head's for FineSSL, the main
     * head's for other methods.
     */
    public static Metric weighing(String name, Function<Confidence, Double> figure) {
        return new Metric(name, survey(survey -> percent(figure.apply(survey.weighing()))));
    }

    /** The table cell with mean and spread over runs that differ only in their seed. */
    public Cell of(Collection<RunRecord> runs) {
        return of(runs, runs);
    }

    /** The table cell with mean and spread, and with marks where these runs differ from most of the table's. */
    public Cell of(Collection<RunRecord> runs, Collection<RunRecord> table) {
        List<Double> values = runs.stream().map(value).filter(Objects::nonNull).toList();
        if (values.isEmpty()) {
            return runs.isEmpty() ? Missing.NOT_RUN : new Missing("–");
        }
        return new Measured(Summary.of(values), Provenance.marks(runs, table));
    }

    private static Double misplaced(UnlabelledSurvey survey) {
        double known = sum(survey.trueCounts());
        double all = sum(survey.pseudoCounts());
        double distance = 0;
        for (int k = 0; k < survey.trueCounts().size(); k++) {
            distance += Math.abs(
                    survey.trueCounts().get(k) / known - survey.pseudoCounts().get(k) / all);
        }
        return 50 * distance;
    }

    private static Double percent(Double fraction) {
        return fraction == null ? null : 100 * fraction;
    }

    private static int sum(List<Integer> counts) {
        return counts.stream().mapToInt(Integer::intValue).sum();
    }
}

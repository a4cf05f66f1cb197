package io.github.finessl;

import io.github.finessl.data.DataSource;
import io.github.finessl.data.Split;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.report.CurvePoint;
import io.github.finessl.report.EvaluationResult;
import io.github.finessl.report.Machine;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.RunIdentity;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.Versions;
import io.github.finessl.train.TrainingOutcome;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** A run that has come to its end, and the files that are kept of it. */
record FinishedTraining(
        PreparedRun run,
        Kernels kernels,
        PreparedRun.Label label,
        Clock clock,
        boolean continued,
        TrainingOutcome outcome) {

    /**
     * When a process began with a run.
     *
     * @param processor time that the process had taken until then
     */
    record Clock(Instant start, Duration processor) {
        static Clock now() {
            return new Clock(Instant.now(), Machine.processorTime());
        }

        double seconds() {
            return (System.currentTimeMillis() - start.toEpochMilli()) / 1e3;
        }

        double processorSeconds() {
            return Machine.processorTime().minus(processor).toMillis() / 1e3;
        }
    }

    RunRecord record() {
        DataSource source = run.data().source();
        Split split = run.data().split();
        EvaluationResult evaluation =
                EvaluationResult.of(outcome.predictions(), source.classes().size());
        Precision precision = run.settings().precision() == Precision.AUTO
                ? Precision.ofKernels(kernels.name())
                : run.settings().precision();
        RunIdentity identity = run.identity(precision);
        SortedMap<String, String> configuration = new TreeMap<>(label.configuration());
        configuration.put("precision", precision.toString());
        Path file = run.encoderFile();
        return new RunRecord(
                identity.hash(),
                label.experiment(),
                run.settings().method().name(),
                label.variant(),
                configuration,
                identity.seed(),
                new RunRecord.Encoder(
                        file.getFileName().toString().replace(".onnx", ""),
                        file.toString(),
                        run.encoder().sha256()),
                new RunRecord.Data(
                        source.name(),
                        source.train().sha256(),
                        split.labelled().length,
                        split.unlabelled().length,
                        source.test().size(),
                        source.test().sha256(),
                        LeftOut.counts(source)),
                (int) outcome.steps(),
                kernels.name(),
                Versions.here(label.root()),
                Machine.here(),
                new RunRecord.Times(
                        clock.start(),
                        clock.seconds(),
                        outcome.trainSeconds(),
                        outcome.evaluationSeconds(),
                        outcome.secondsPerStep(),
                        outcome.imagesPerSecond(),
                        continued ? null : (Double) clock.processorSeconds()),
                Machine.peakResidentBytes(),
                new RunRecord.Metrics(
                        evaluation.top1().isPresent()
                                ? (Double) evaluation.top1().getAsDouble()
                                : null,
                        evaluation.perClassAccuracy(),
                        late(outcome.curve(), CurvePoint::pseudoLabelAccuracy),
                        late(outcome.curve(), CurvePoint::maskRate),
                        more()),
                outcome.survey().orElse(null),
                outcome.predictions().stream().map(Prediction::predicted).toList(),
                outcome.curve());
    }

    private Map<String, Double> more() {
        DataSource source = run.data().source();
        Map<String, Double> more = new TreeMap<>();
        more.put("trainedParameters", (double) outcome.parameters());
        more.put("dataWaitSeconds", outcome.dataWaitSeconds());
        run.guides()
                .members()
                .ifPresent(members ->
                        more.put(RunRecord.Metrics.STEPS_IN_ALL, (double) members.steps() + outcome.steps()));
        if (!source.skipped().isEmpty()) {
            more.put("skippedImages", (double) source.skipped().size());
        }
        outcome.bestHeldOut().ifPresent(best -> {
            more.put("bestHeldOut.step", (double) best.step());
            more.put("bestHeldOut.heldOutAccuracy", best.heldOutAccuracy());
            EvaluationResult.of(best.predictions(), source.classes().size())
                    .top1()
                    .ifPresent(top1 -> more.put("bestHeldOut.top1", top1));
        });
        return more;
    }

    /**
     * Predictions whose images have names that are the same wherever the run takes place: a relative path of the data
     * stays one.
     */
    static List<Prediction> named(List<Prediction> predictions, Path root) {
        String prefix =
                root.toString().isEmpty() ? "" : root.resolve("x").toString().replaceFirst("x$", "");
        return predictions.stream()
                .map(each -> each.image().startsWith(prefix)
                        ? new Prediction(
                                each.image().substring(prefix.length()),
                                each.label(),
                                each.predicted(),
                                each.confidence())
                        : each)
                .toList();
    }

    /** The mean over the last tenth of the curve; null where it has no such figure. */
    private static Double late(List<CurvePoint> curve, Function<CurvePoint, Double> figure) {
        int last = curve.isEmpty() ? 0 : curve.get(curve.size() - 1).step();
        OptionalDouble mean = curve.stream()
                .filter(point -> point.step() > 0.9 * last)
                .map(figure)
                .filter(Objects::nonNull)
                .mapToDouble(Double::doubleValue)
                .average();
        return mean.isPresent() ? (Double) mean.getAsDouble() : null;
    }
}

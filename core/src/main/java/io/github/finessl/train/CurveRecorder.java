package io.github.finessl.train;

import io.github.finessl.report.CurvePoint;
import io.github.finessl.report.CurvePoint.PseudoLabels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Means of the training figures since the last point of the curve. */
final class CurveRecorder {
    private final List<CurvePoint> points = new ArrayList<>();
    private final Map<String, Double> partSums = new LinkedHashMap<>();
    private double loss;
    private double batchAccuracy;
    private double pseudoLabelAccuracy;
    private int pseudoLabelled;
    private double maskRate;
    private int masked;
    private final List<PseudoLabels> pseudoLabels = new ArrayList<>();
    private int steps;

    CurveRecorder(List<CurvePoint> soFar) {
        points.addAll(soFar);
    }

    void add(StepFigures figures) {
        steps++;
        loss += figures.loss();
        figures.parts().forEach((name, value) -> partSums.merge(name, value, Double::sum));
        batchAccuracy += figures.batchAccuracy();
        if (figures.pseudoLabelAccuracy().isPresent()) {
            pseudoLabelled++;
            pseudoLabelAccuracy += figures.pseudoLabelAccuracy().getAsDouble();
        }
        if (figures.maskRate().isPresent()) {
            masked++;
            maskRate += figures.maskRate().getAsDouble();
        }
        figures.pseudoLabels().ifPresent(pseudoLabels::add);
    }

    /** Ends a stretch at this step; empty where no step was added since the last one. */
    Optional<CurvePoint> point(long step, Double testAccuracy) {
        if (steps == 0) {
            return Optional.empty();
        }
        Map<String, Double> parts = new LinkedHashMap<>();
        partSums.forEach((name, sum) -> parts.put(name, sum / steps));
        CurvePoint point = new CurvePoint(
                (int) step,
                loss / steps,
                parts,
                batchAccuracy / steps,
                pseudoLabelled == 0 ? null : (Double) (pseudoLabelAccuracy / pseudoLabelled),
                masked == 0 ? null : (Double) (maskRate / masked),
                testAccuracy,
                pseudoLabels.isEmpty() ? null : merged(pseudoLabels));
        points.add(point);
        pseudoLabels.clear();
        partSums.clear();
        loss = 0;
        batchAccuracy = 0;
        pseudoLabelAccuracy = 0;
        pseudoLabelled = 0;
        maskRate = 0;
        masked = 0;
        steps = 0;
        return Optional.of(point);
    }

    /** The mean figures of steps with as many unlabelled images each. */
    private static PseudoLabels merged(List<PseudoLabels> steps) {
        int classes = steps.get(0).counts().size();
        return new PseudoLabels(
                steps.stream().mapToDouble(PseudoLabels::confidence).average().orElseThrow(),
                steps.stream().mapToDouble(PseudoLabels::entropy).average().orElseThrow(),
                IntStream.range(0, classes)
                        .mapToObj(k -> steps.stream()
                                .mapToInt(step -> step.counts().get(k))
                                .sum())
                        .toList());
    }

    List<CurvePoint> points() {
        return List.copyOf(points);
    }
}

package io.github.finessl.report;

import io.github.finessl.io.AtomicFile;
import io.github.finessl.report.CurvePoint.PseudoLabels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** The curve of a run as CSV, a row for each point; a figure that a point does not have is left empty. */
final class CurveFile {
    private CurveFile() {}

    private record Column(String name, Function<CurvePoint, ?> value) {}

    /** @throws IOException naming the file */
    static void write(Path file, List<CurvePoint> points) throws IOException {
        List<Column> columns = columns(points);
        StringBuilder text = new StringBuilder();
        try (CSVPrinter csv = new CSVPrinter(
                text, CSVFormat.RFC4180.builder().setRecordSeparator('\n').get())) {
            csv.printRecord(columns.stream().map(Column::name));
            for (CurvePoint point : points) {
                csv.printRecord(columns.stream().map(column -> column.value().apply(point)));
            }
        }
        AtomicFile.write(file, text.toString());
    }

    private static List<Column> columns(List<CurvePoint> points) {
        Stream<Column> parts = points.stream()
                .flatMap(point -> point.lossParts().keySet().stream())
                .distinct()
                .map(part -> new Column(part, point -> point.lossParts().get(part)));
        List<Column> columns =
                new ArrayList<>(List.of(new Column("step", CurvePoint::step), new Column("loss", CurvePoint::loss)));
        columns.addAll(parts.toList());
        columns.addAll(Arrays.asList(
                new Column("batchAccuracy", CurvePoint::batchAccuracy),
                new Column("pseudoLabelAccuracy", CurvePoint::pseudoLabelAccuracy),
                new Column("maskRate", CurvePoint::maskRate),
                new Column("testAccuracy", CurvePoint::testAccuracy),
                new Column("pseudoLabelConfidence", ofPseudoLabels(PseudoLabels::confidence)),
                new Column("pseudoLabelEntropy", ofPseudoLabels(PseudoLabels::entropy))));
        return columns;
    }

    private static Function<CurvePoint, Double> ofPseudoLabels(Function<PseudoLabels, Double> figure) {
        return point -> point.pseudoLabels() == null ? null : figure.apply(point.pseudoLabels());
    }
}

package io.github.finessl.experiments.paper;

import static java.util.stream.Collectors.joining;

import io.github.finessl.data.DataException;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.run.DataOptions;
import io.github.finessl.experiments.run.Grid;
import io.github.finessl.experiments.run.Metric;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.experiments.run.Variant;
import io.github.finessl.report.Charts.Bars;
import io.github.finessl.report.Charts.Line;
import io.github.finessl.report.Charts.Series;
import io.github.finessl.report.Provenance;
import io.github.finessl.report.ResultTable;
import io.github.finessl.report.ResultTable.Cell;
import io.github.finessl.report.ResultTable.Measured;
import io.github.finessl.report.ResultTable.Missing;
import io.github.finessl.report.ResultTable.Stated;
import io.github.finessl.report.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * A table whose cells are runs: the options of every row with those of every column. A run that is impossible
 * here says why in its cell.
 *
 * @param title with the unit
 * @param corner what the rows are
 * @param metrics of each column's runs
 * @param paper what the paper reports beside it
 */
record CrossTable(
        String title, String corner, List<Row> rows, List<Column> columns, List<Metric> metrics, Quotes paper) {

    /** A row with its options by name, or with the reason why the code cannot run it. */
    record Row(String name, Map<String, String> options, Optional<String> missing) {
        Row(String name, Map<String, String> options) {
            this(name, options, Optional.empty());
        }

        /** A row for a method. */
        static Row method(String name, String method) {
            return new Row(name, Map.of(Option.METHOD.name(), method));
        }

        /** A row that the code cannot run, with the reason. */
        static Row missing(String name, String what) {
            return new Row(name, Map.of(), Optional.of(what));
        }
    }

    /** A column with its options by name. */
    record Column(String name, Map<String, String> options) {}

    /**
     * The reason why a cell cannot be run.
     *
     * @param brief for the table
     * @param sentence with what would help
     * @param file whether a file is missing, which the user can get, and not a part of the code
     */
    private record Absence(String brief, String sentence, boolean file) {
        static Absence ofCode(String what) {
            return new Absence(what, what, false);
        }

        static Absence ofFile(String brief, String sentence) {
            return new Absence(brief, sentence, true);
        }
    }

    /** A table of top-1 accuracy. */
    CrossTable(String title, String corner, List<Row> rows, List<Column> columns, Quotes paper) {
        this(title, corner, rows, columns, List.of(Metric.TOP1), paper);
    }

    /**
     * Carries out the unfinished runs of all tables, then prints the tables and writes them.
     *
     * @param around options that rows and columns vary around what the user gives
     * @throws DataException if nothing can be run for want of a file
     */
    static Grid run(
            String experiment,
            List<CrossTable> tables,
            Set<Option<?>> around,
            Options options,
            RunContext context,
            Path directory)
            throws IOException {
        Map<String, Options> variants = new LinkedHashMap<>();
        Set<Absence> absences = new LinkedHashSet<>();
        for (CrossTable table : tables) {
            table.requireNotGiven(experiment, around, options);
            for (Column column : table.columns()) {
                for (Row row : table.rows()) {
                    Optional<Absence> absence = table.absence(row, column, options);
                    absence.ifPresentOrElse(
                            absences::add,
                            () -> variants.putIfAbsent(name(row, column), table.options(row, column, options)));
                }
            }
        }
        if (variants.isEmpty() && absences.stream().anyMatch(Absence::file)) {
            throw new DataException(experiment + " needs what is not there. "
                    + absences.stream()
                            .filter(Absence::file)
                            .map(Absence::sentence)
                            .collect(joining(" ")));
        }
        absences.forEach(absence -> context.out().printf("Left out: %s%n", absence.sentence()));
        Grid grid = variants.isEmpty()
                ? new Grid(Map.of(), true, Optional.empty())
                : Grid.run(
                        experiment,
                        variants.entrySet().stream()
                                .map(variant -> new Variant(variant.getKey(), variant.getValue()))
                                .toList(),
                        options.get(Option.SEEDS),
                        context,
                        directory);
        List<ResultTable> results =
                tables.stream().map(table -> table.result(grid, options)).toList();
        ResultTable.write(results, directory);
        context.print(ResultTable.toMarkdown(results));
        return grid;
    }

    /** The finished runs of a cell. */
    List<RunRecord> records(Grid grid, Row row, Column column) {
        return grid.records(name(row, column));
    }

    /** This table with other metrics. */
    CrossTable withMetrics(List<Metric> others) {
        return new CrossTable(title, corner, rows, columns, others, paper);
    }

    /** This table with some of its columns. */
    CrossTable withColumns(Predicate<Column> which) {
        return new CrossTable(
                title, corner, rows, columns.stream().filter(which).toList(), metrics, paper);
    }

    /** A line for every row that has been run: the metric in every column, over {@code x} of the column. */
    List<Line> lines(Grid grid, Metric metric, ToDoubleFunction<Column> x) {
        return rows.stream()
                .map(row -> line(grid, row, metric, x))
                .filter(line -> !line.x().isEmpty())
                .toList();
    }

    private Line line(Grid grid, Row row, Metric metric, ToDoubleFunction<Column> x) {
        List<Double> xs = new ArrayList<>();
        List<Double> ys = new ArrayList<>();
        for (Column column : columns) {
            if (metric.of(records(grid, row, column)) instanceof Measured measured) {
                xs.add(x.applyAsDouble(column));
                ys.add(measured.summary().mean());
            }
        }
        return new Line(row.name(), xs, ys);
    }

    /** A bar chart of a metric of every row in every column. */
    Bars bars(Grid grid, String title, Metric metric) {
        List<Series> series = new ArrayList<>();
        for (Row row : rows) {
            List<Double> heights = new ArrayList<>();
            for (Column column : columns) {
                heights.add(
                        metric.of(records(grid, row, column)) instanceof Measured measured
                                ? (Double) measured.summary().mean()
                                : null);
            }
            if (heights.stream().anyMatch(Objects::nonNull)) {
                series.add(new Series(row.name(), heights));
            }
        }
        return new Bars(title, metric.name(), columns.stream().map(Column::name).toList(), series);
    }

    /** Refuses a user's options that rows or columns set, rather than overruling them. */
    private void requireNotGiven(String experiment, Set<Option<?>> around, Options options) {
        Stream.concat(rows.stream().map(Row::options), columns.stream().map(Column::options))
                .flatMap(set -> set.keySet().stream())
                .filter(options.given()::containsKey)
                .filter(name ->
                        around.stream().noneMatch(option -> option.name().equals(name)))
                .findFirst()
                .ifPresent(option -> {
                    throw new OptionException(experiment + " sets -D" + option + " itself; leave it out.");
                });
    }

    private static String name(Row row, Column column) {
        return row.name() + ", " + column.name();
    }

    private Options options(Row row, Column column, Options options) {
        return options.with(PaperProfile.with(row.options(), column.options()));
    }

    private Optional<Absence> absence(Row row, Column column, Options options) {
        if (row.missing().isPresent()) {
            return row.missing().map(Absence::ofCode);
        }
        Options cell = options(row, column, options);
        Path encoder = cell.get(Option.ENCODER);
        if (!Files.exists(encoder)) {
            return Optional.of(Absence.ofFile(
                    "no " + encoder.getFileName(),
                    "There is no encoder " + encoder + "; data/README.md says how to export one."));
        }
        return DataOptions.absence(cell).map(sentence -> Absence.ofFile("no " + cell.get(Option.DATA), sentence));
    }

    private ResultTable result(Grid grid, Options options) {
        Map<String, Column> quoted = new LinkedHashMap<>();
        columns.stream()
                .filter(column -> rows.stream().anyMatch(row -> paper.number().apply(row, column) != Missing.NOT_KNOWN))
                .forEach(column -> quoted.putIfAbsent(paper.head().apply(column), column));
        List<String> heads = new ArrayList<>();
        for (Column column : columns) {
            metrics.forEach(
                    metric -> heads.add(metrics.size() == 1 ? column.name() : column.name() + ": " + metric.name()));
        }
        List<RunRecord> runs = new ArrayList<>();
        rows.forEach(row -> columns.forEach(column -> runs.addAll(records(grid, row, column))));
        boolean stepsDiffer = runs.stream().anyMatch(run -> stepsInAll(run) != run.steps());
        if (stepsDiffer) {
            heads.add("steps in all");
        }
        heads.addAll(quoted.keySet());
        List<ResultTable.Row> lines = new ArrayList<>();
        for (Row row : rows) {
            List<Cell> cells = new ArrayList<>();
            for (Column column : columns) {
                Optional<Absence> absence = absence(row, column, options);
                for (Metric metric : metrics) {
                    cells.add(absence.<Cell>map(missing -> new Missing(missing.brief()))
                            .orElseGet(() -> metric.of(records(grid, row, column), runs)));
                }
            }
            if (stepsDiffer) {
                cells.add(steps(grid, row));
            }
            quoted.values().forEach(column -> cells.add(paper.number().apply(row, column)));
            lines.add(new ResultTable.Row(row.name(), cells));
        }
        return new ResultTable(title, corner, heads, lines, Provenance.ofMarked(runs));
    }

    /** The steps of a row's runs, those of the models that they learnt from among them. */
    private Cell steps(Grid grid, Row row) {
        String steps = columns.stream()
                .flatMap(column -> records(grid, row, column).stream())
                .map(CrossTable::stepsInAll)
                .distinct()
                .sorted()
                .map(String::valueOf)
                .collect(joining(", "));
        return steps.isEmpty() ? Missing.NOT_RUN : new Stated(steps);
    }

    private static long stepsInAll(RunRecord run) {
        Double all = run.metrics().more() == null ? null : run.metrics().more().get(RunRecord.Metrics.STEPS_IN_ALL);
        return all == null ? run.steps() : all.longValue();
    }
}

package io.github.finessl.report;

import static java.util.stream.Collectors.joining;

import io.github.finessl.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * A table of results: rows by columns of numbers (percentages unless the title or a column says otherwise), measured
 * here or quoted, with a caption that says what was measured.
 *
 * @param corner what the rows are, the head of the first column
 * @param caption one line under the table, usually {@link Provenance#of}
 */
public record ResultTable(String title, String corner, List<String> columns, List<Row> rows, String caption) {

    public ResultTable {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
        for (Row row : rows) {
            if (row.cells().size() != columns.size()) {
                throw new IllegalArgumentException("row " + row.name() + " has "
                        + row.cells().size() + " cells for " + columns.size() + " columns");
            }
        }
    }

    /** A named row, one cell for each column. */
    public record Row(String name, List<Cell> cells) {
        public Row {
            cells = List.copyOf(cells);
        }
    }

    /** A cell of the table. */
    public sealed interface Cell permits Measured, Estimated, Quoted, Stated, Missing {

        /** The cell's text for people. */
        String text();
    }

    /**
     * A number measured by runs of this code.
     *
     * @param marks behind the number, which the caption explains: {@link Provenance#marks}
     */
    public record Measured(Summary summary, String marks) implements Cell {

        /** A number from runs that need no mark. */
        public Measured(Summary summary) {
            this(summary, "");
        }

        @Override
        public String text() {
            return (summary.runs() == 1
                            ? number(summary.mean())
                            : number(summary.mean()) + " ± " + number(summary.deviation()))
                    + marks;
        }
    }

    /**
     * A mean over seeds with half of its 95 % t interval; one seed has none.
     *
     * @param note behind the number
     */
    public record Estimated(Summary summary, String note) implements Cell {
        @Override
        public String text() {
            return (summary.runs() == 1
                            ? number(summary.mean())
                            : number(summary.mean()) + " ± " + number(summary.halfInterval()))
                    + note;
        }
    }

    /** A number from a publication. */
    public record Quoted(double number) implements Cell {
        @Override
        public String text() {
            return ResultTable.number(number);
        }
    }

    /**
     * A text that is neither measured nor a number of the column's kind: a setting, or a change that a publication
     * reports.
     */
    public record Stated(String text) implements Cell {}

    /** A cell without a number, and why: {@code not run}, say. */
    public record Missing(String text) implements Cell {

        /** A cell that a run will fill. */
        public static final Missing NOT_RUN = new Missing("not run");

        /** A cell for a number that the publication does not have, or that is not known. */
        public static final Missing NOT_KNOWN = new Missing("");
    }

    /** The table in Markdown, its columns aligned. */
    public String toMarkdown() {
        List<List<String>> lines = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of(corner));
        head.addAll(columns);
        lines.add(head);
        for (Row row : rows) {
            List<String> line = new ArrayList<>(List.of(row.name()));
            row.cells().forEach(cell -> line.add(cell.text()));
            lines.add(line);
        }
        int[] widths = new int[head.size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(Math.max(widths[i], 3), line.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder("## " + title + "\n\n");
        appendLine(text, head, widths);
        text.append('|').append("-".repeat(widths[0] + 2)).append('|');
        for (int i = 1; i < widths.length; i++) {
            text.append("-".repeat(widths[i] + 1)).append(":|");
        }
        text.append('\n');
        lines.stream().skip(1).forEach(line -> appendLine(text, line, widths));
        return text.append('\n').append(caption).append('\n').toString();
    }

    private static void appendLine(StringBuilder text, List<String> line, int[] widths) {
        text.append("| ")
                .append(line.get(0))
                .append(" ".repeat(widths[0] - line.get(0).length()));
        for (int i = 1; i < widths.length; i++) {
            text.append(" | ")
                    .append(" ".repeat(widths[i] - line.get(i).length()))
                    .append(line.get(i));
        }
        text.append(" |\n");
    }

    /**
     * The table as CSV with a line for each cell: row, column, source, mean, deviation, runs, note; a measured cell's
     * note are its marks.
     */
    public String toCsv() {
        StringBuilder text = new StringBuilder();
        CSVFormat format = CSVFormat.RFC4180
                .builder()
                .setRecordSeparator('\n')
                .setHeader("row", "column", "source", "mean", "deviation", "runs", "note")
                .get();
        try (CSVPrinter csv = new CSVPrinter(text, format)) {
            for (Row row : rows) {
                for (int i = 0; i < columns.size(); i++) {
                    printCell(csv, row.name(), columns.get(i), row.cells().get(i));
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("a string cannot fail", e);
        }
        return text.toString();
    }

    private static void printCell(CSVPrinter csv, String row, String column, Cell cell) throws IOException {
        if (cell instanceof Measured measured) {
            Summary summary = measured.summary();
            String deviation = summary.runs() == 1 ? "" : Double.toString(summary.deviation());
            csv.printRecord(row, column, "measured", summary.mean(), deviation, summary.runs(), measured.marks());
        } else if (cell instanceof Estimated estimated) {
            Summary summary = estimated.summary();
            String deviation = summary.runs() == 1 ? "" : Double.toString(summary.deviation());
            csv.printRecord(row, column, "measured", summary.mean(), deviation, summary.runs(), estimated.note());
        } else if (cell instanceof Quoted quoted) {
            csv.printRecord(row, column, "quoted", quoted.number(), "", "", "");
        } else if (cell instanceof Stated) {
            csv.printRecord(row, column, "stated", "", "", "", cell.text());
        } else {
            csv.printRecord(row, column, "missing", "", "", "", cell.text());
        }
    }

    /** Writes {@code table.md} and {@code table.csv}. */
    public void write(Path directory) throws IOException {
        write(List.of(this), directory);
    }

    /** Writes all tables into {@code table.md}, and each into {@code table.csv}, {@code table2.csv} and so on. */
    public static void write(List<ResultTable> tables, Path directory) throws IOException {
        AtomicFile.write(directory.resolve("table.md"), toMarkdown(tables));
        for (int i = 0; i < tables.size(); i++) {
            AtomicFile.write(
                    directory.resolve("table" + (i == 0 ? "" : i + 1) + ".csv"),
                    tables.get(i).toCsv());
        }
    }

    /** Several tables in Markdown, one after the other. */
    public static String toMarkdown(List<ResultTable> tables) {
        return tables.stream().map(ResultTable::toMarkdown).collect(joining("\n"));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}

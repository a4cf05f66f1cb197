package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.paper.CrossTable.Row;
import io.github.finessl.report.ResultTable.Cell;
import io.github.finessl.report.ResultTable.Missing;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * What the paper reports beside a table's own numbers.
 *
 * @param head of the quoted column beside a column
 * @param number {@link Missing#NOT_KNOWN} where none is known to us
 */
record Quotes(Function<Column, String> head, BiFunction<Row, Column, Cell> number) {

    /** Nothing is known to us. */
    static final Quotes NONE = new Quotes(Column::name, (row, column) -> Missing.NOT_KNOWN);

    /** Top-1 accuracies, by a row's method and a column's data and labels. */
    static final Quotes TOP1 = of(PaperNumbers::top1);

    /** Numbers of the full data sets, whatever part of them a column has. */
    static Quotes of(BiFunction<Row, Column, Cell> number) {
        return of(PaperNumbers.COLUMN, number);
    }

    /** The same, with what the numbers are of. */
    static Quotes of(String what, BiFunction<Row, Column, Cell> number) {
        return new Quotes(column -> column.name().replace(PaperProfile.MINI, "") + " (" + what + ")", number);
    }
}

package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.paper.CrossTable.Row;
import io.github.finessl.report.ResultTable.Cell;
import io.github.finessl.report.ResultTable.Missing;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The paper's numbers that a table quotes beside its own.
 *
 * @param head of the quoted column beside a column
 * @param number {@link Missing#NOT_KNOWN} where none is known to us
 */
record Quotes(Function<Column, String> head, BiFunction<Row, Column, Cell> number) {

    /** No quoted numbers, where we know none. */
    static final Quotes NONE = new Quotes(Column::name, (row, column) -> Missing.NOT_KNOWN);

    /** The paper's top-1 accuracies, by a row's method and a column's data and labels. */
    static final Quotes TOP1 = of(PaperNumbers::top1);

    /** Quoted numbers for full data sets, also beside columns with a part of them. */
    static Quotes of(BiFunction<Row, Column, Cell> number) {
        return of(PaperNumbers.COLUMN, number);
    }

    /** Quoted numbers under a heading that names what they are. */
    static Quotes of(String what, BiFunction<Row, Column, Cell> number) {
        return new Quotes(column -> column.name().replace(PaperProfile.MINI, "") + " (" + what + ")", number);
    }
}

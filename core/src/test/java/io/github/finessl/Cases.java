package io.github.finessl;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * Which of very many cases of a test are tried: with {@code -Dtest.cases=all} all of them, else one in three, such that a
 * grid has each of its rows and columns tried.
 */
public final class Cases {

    private static final int EVERY = "all".equals(System.getProperty("test.cases")) ? 1 : 3;

    private Cases() {}

    /** Pairs of a row and a column. */
    public static Stream<Arguments> grid(List<String> rows, List<String> columns) {
        return IntStream.range(0, rows.size())
                .boxed()
                .flatMap(row -> IntStream.range(0, columns.size())
                        .filter(column -> tries(row, column))
                        .mapToObj(column -> Arguments.of(rows.get(row), columns.get(column))));
    }

    /** Whether this cell of a grid is tried. */
    public static boolean tries(int row, int column) {
        return (row + column) % EVERY == 0;
    }

    /** How many of so many random cases are tried. */
    public static int of(int all) {
        return all / EVERY;
    }
}

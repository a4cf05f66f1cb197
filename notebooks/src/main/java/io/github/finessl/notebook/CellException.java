package io.github.finessl.notebook;

import java.util.List;

/** A cell that cannot be run as it stands. */
final class CellException extends Exception {

    private final List<String> problems;

    /**
     * @param problems lines that say where the problems are and what they are; the first one alone is the message
     */
    CellException(List<String> problems) {
        super(problems.get(0));
        this.problems = List.copyOf(problems);
    }

    /** All that is to be shown. */
    List<String> problems() {
        return problems;
    }
}

package io.github.finessl.notebook;

/** An exception for a cell that cannot be run as it stands, with the problems as its message. */
final class CellException extends Exception {

    /** @param problems what is wrong, and where */
    CellException(String problems) {
        super(problems, null, false, false); // Jupyter would show the kernel's own stack.
    }
}

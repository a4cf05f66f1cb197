package io.github.finessl.notebook;

/** A cell that cannot be run as it stands; all there is to say is in the message. */
final class CellException extends Exception {

    /** @param problems what is wrong, and where */
    CellException(String problems) {
        super(problems, null, false, false); // Jupyter would show the kernel's own stack.
    }
}

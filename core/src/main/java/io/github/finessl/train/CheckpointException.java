package io.github.finessl.train;

import io.github.finessl.io.FileException;

/**
 * An exception for a checkpoint that cannot be used; the message names the file, what was expected and what was found.
 */
public final class CheckpointException extends FileException {
    private static final long serialVersionUID = 1L;

    /** Creates an exception with the sentence for the user. */
    public CheckpointException(String message) {
        super(message);
    }

    /** Creates an exception with the sentence for the user and its cause. */
    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}

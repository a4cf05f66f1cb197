package io.github.finessl.train;

import io.github.finessl.io.FileException;

/** A checkpoint that cannot be used; the message names the file, what was expected and what was found. */
public final class CheckpointException extends FileException {
    private static final long serialVersionUID = 1L;

    /** With the sentence for the user. */
    public CheckpointException(String message) {
        super(message);
    }

    /** With the sentence for the user and what lies behind it. */
    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}

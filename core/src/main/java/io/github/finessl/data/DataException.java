package io.github.finessl.data;

import io.github.finessl.io.FileException;

/** The data on disk is not what it should be; the message names the file, what was expected and what was found. */
public final class DataException extends FileException {

    private static final long serialVersionUID = 1;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}

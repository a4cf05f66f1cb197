package io.github.finessl.data;

import io.github.finessl.io.FileException;

/**
 * An exception for data on disk that are not what they should be; the message names the file, what was expected and
 * what was found.
 */
public final class DataException extends FileException {

    private static final long serialVersionUID = 1;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}

package io.github.finessl.serve;

import io.github.finessl.io.FileException;

/**
 * An exception for a model's folder that cannot be used; the message names the file, what was expected and what was
 * found.
 */
public final class ModelException extends FileException {
    private static final long serialVersionUID = 1L;

    public ModelException(String message) {
        super(message);
    }

    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}

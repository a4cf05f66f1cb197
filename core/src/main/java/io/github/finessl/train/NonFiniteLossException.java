package io.github.finessl.train;

import io.github.finessl.io.FineSslException;

/** An exception for a loss or a parameter that is not a finite number. */
public final class NonFiniteLossException extends FineSslException {
    private static final long serialVersionUID = 1L;

    /** Creates an exception with the sentence for the user. */
    public NonFiniteLossException(String message) {
        super(message);
    }
}

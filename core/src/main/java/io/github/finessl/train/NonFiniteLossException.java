package io.github.finessl.train;

/** Training ran into a loss or a parameter that is not a finite number. */
public final class NonFiniteLossException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With the sentence for the user. */
    public NonFiniteLossException(String message) {
        super(message);
    }
}

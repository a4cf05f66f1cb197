package io.github.finessl.experiments;

import io.github.finessl.FineSslException;

/** An option that cannot be followed; the message says which, what was given and what is allowed. */
public final class OptionException extends FineSslException {

    private static final long serialVersionUID = 1L;

    /** With a sentence for people. */
    public OptionException(String message) {
        super(message);
    }

    /** For option {@code name}, whose value {@code given} is not one of {@code allowed}. */
    static OptionException of(String name, String given, String allowed) {
        return new OptionException("-D" + name + "=" + given + " cannot be used: " + name + " is " + allowed + ".");
    }
}

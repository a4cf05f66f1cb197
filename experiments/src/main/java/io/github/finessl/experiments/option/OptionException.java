package io.github.finessl.experiments.option;

import io.github.finessl.SettingsException;
import io.github.finessl.io.FineSslException;
import java.util.stream.Collectors;

/** An option that cannot be followed; the message says which, what was given and what is allowed. */
public final class OptionException extends FineSslException {

    private static final long serialVersionUID = 1L;

    /** With a sentence for people. */
    public OptionException(String message) {
        super(message);
    }

    /** For settings that do not go together, each by its option. */
    public static OptionException of(SettingsException settings) {
        return new OptionException(
                settings.faults().stream().map(fault -> "-D" + fault).collect(Collectors.joining(" ")));
    }

    /** For option {@code name}, whose value {@code given} is not one of {@code allowed}. */
    static OptionException of(String name, String given, String allowed) {
        return new OptionException("-D" + name + "=" + given + " cannot be used: " + name + " is " + allowed + ".");
    }
}

package io.github.finessl.experiments.option;

import io.github.finessl.SettingsException;
import io.github.finessl.io.FineSslException;
import java.util.stream.Collectors;

/** An exception for an invalid option, whose message names the option, the given value and the permitted ones. */
public final class OptionException extends FineSslException {

    private static final long serialVersionUID = 1L;

    /** An exception whose message is a sentence for users. */
    public OptionException(String message) {
        super(message);
    }

    /** An exception for settings that do not go together, each named by its option. */
    public static OptionException of(SettingsException settings) {
        return new OptionException(
                settings.faults().stream().map(fault -> "-D" + fault).collect(Collectors.joining(" ")));
    }

    /** An exception for the option {@code name}, whose value {@code given} is not one of {@code allowed}. */
    static OptionException of(String name, String given, String allowed) {
        return new OptionException("-D" + name + "=" + given + " cannot be used: " + name + " is " + allowed + ".");
    }
}

package io.github.finessl;

import io.github.finessl.io.FineSslException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An exception for settings of a training that cannot be used, alone or together; the message has a sentence for each.
 */
public final class SettingsException extends FineSslException {

    private static final long serialVersionUID = 1L;

    private final transient List<Fault> faults;

    /**
     * One setting and what is wrong with it.
     *
     * @param setting its name, as run records have it
     * @param value that it has; empty where the fault is no single value's
     * @param reason a sentence without its full stop
     */
    public record Fault(String setting, Optional<String> value, String reason) {

        /** A fault of a value that is not allowed. */
        static Fault of(String setting, Object value, String allowed) {
            return new Fault(setting, Optional.of(value.toString()), "it must be " + allowed);
        }

        /** The fault as a sentence. */
        @Override
        public String toString() {
            return setting + value.map(text -> "=" + text).orElse("") + ": " + reason + ".";
        }
    }

    SettingsException(List<Fault> faults) {
        super(faults.stream().map(Fault::toString).collect(Collectors.joining(" ")));
        this.faults = List.copyOf(faults);
    }

    SettingsException(String setting, String reason) {
        this(List.of(new Fault(setting, Optional.empty(), reason)));
    }

    SettingsException(String setting, String value, String reason) {
        this(List.of(new Fault(setting, Optional.of(value), reason)));
    }

    /** All faults, in the order of the settings. */
    public List<Fault> faults() {
        return faults;
    }
}

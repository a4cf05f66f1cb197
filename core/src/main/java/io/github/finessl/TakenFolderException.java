package io.github.finessl;

import io.github.finessl.io.FileException;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An exception for a model's folder that holds something else: another folder helps, or to train anew in the place of
 * it.
 */
public final class TakenFolderException extends FileException {

    private static final long serialVersionUID = 1L;

    private final String found;
    private final List<String> settings;

    TakenFolderException(String found) {
        this(found, List.of());
    }

    /** @param settings whose values are named in {@code found} */
    TakenFolderException(String found, Collection<String> settings) {
        super(found + ": choose another folder, or train anew.");
        this.found = found;
        this.settings = List.copyOf(settings);
    }

    /** The fault of the folder, without advice: a sentence without its full stop. */
    public String found() {
        return found;
    }

    /** The fault as {@link #found()} has it, with the names of settings in another spelling. */
    public String found(UnaryOperator<String> spelling) {
        String text = found;
        for (String setting : settings) {
            text = text.replaceAll(
                    "(?<= )" + Pattern.quote(setting) + "(?==|[,).:])",
                    Matcher.quoteReplacement(spelling.apply(setting)));
        }
        return text;
    }
}

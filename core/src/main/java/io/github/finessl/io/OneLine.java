package io.github.finessl.io;

import java.util.regex.Pattern;

/** A rule for names that lists, tables and terminals show a line each: some text, without characters that end a line or steer. */
public final class OneLine {
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\u2028\\u2029]");

    private OneLine() {}

    /** Whether the text keeps the rule. */
    public static boolean is(String text) {
        return !text.isBlank() && !CONTROL.matcher(text).find();
    }

    /** The text with the characters that break the rule as {@code \\uXXXX}. */
    public static String visible(String text) {
        return CONTROL.matcher(text)
                .replaceAll(found -> "\\\\u%04x".formatted((int) found.group().charAt(0)));
    }
}

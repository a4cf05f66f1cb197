package io.github.finessl.experiments.run;

import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Streams for people's terminals, in which names of files and classes cannot act as control sequences.
 *
 * <p>What {@code printf} is given has its control characters replaced, line ends among them, and lines of
 * {@code println} have all but line ends and tabs replaced. What is written by other ways, such as CSV and JSON for
 * other programs, stays as it is.
 */
public final class Terminal {

    /** Control characters, including those that end lines or change the direction of text. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]");

    private static final Pattern CONTROL_IN_TEXT =
            Pattern.compile("[\\p{Cc}\\u202a-\\u202e\\u2066-\\u2069&&[^\\n\\r\\t]]");

    private static final String REPLACEMENT = "\ufffd";

    private Terminal() {}

    /** A stream that prints UTF-8 to another without control characters of names. */
    public static PrintStream stream(OutputStream to) {
        return new Stream(to);
    }

    /** A writer that prints UTF-8 to a stream without control characters of names. */
    public static PrintWriter writer(OutputStream to) {
        return new Writer(to);
    }

    private static Object[] arguments(Object... arguments) {
        return Arrays.stream(arguments)
                .map(each -> each instanceof CharSequence || each instanceof Path
                        ? CONTROL.matcher(each.toString()).replaceAll(REPLACEMENT)
                        : each)
                .toArray();
    }

    private static String text(String text) {
        return CONTROL_IN_TEXT.matcher(String.valueOf(text)).replaceAll(REPLACEMENT);
    }

    private static final class Stream extends PrintStream {
        Stream(OutputStream to) {
            super(to, true, StandardCharsets.UTF_8);
        }

        @Override
        public PrintStream format(String format, Object... arguments) {
            return super.format(format, arguments(arguments));
        }

        @Override
        public PrintStream format(Locale locale, String format, Object... arguments) {
            return super.format(locale, format, arguments(arguments));
        }

        @Override
        public void println(String text) {
            super.println(text(text));
        }
    }

    private static final class Writer extends PrintWriter {
        Writer(OutputStream to) {
            super(to, true, StandardCharsets.UTF_8);
        }

        @Override
        public PrintWriter format(String format, Object... arguments) {
            return super.format(format, arguments(arguments));
        }

        @Override
        public PrintWriter format(Locale locale, String format, Object... arguments) {
            return super.format(locale, format, arguments(arguments));
        }

        @Override
        public void println(String text) {
            super.println(text(text));
        }
    }
}

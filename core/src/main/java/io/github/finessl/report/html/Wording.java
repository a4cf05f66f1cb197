package io.github.finessl.report.html;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** The spelling of numbers in the report. */
final class Wording {

    /** Between a number and its unit no line breaks. */
    private static final String SPACE = "\u00a0";

    /** The largest number of names in a readable list. */
    private static final int MANY = 10;

    private Wording() {}

    /** {@code 76.3 %}, of a fraction. */
    static String percent(double fraction) {
        return number("%.1f", 100 * fraction) + SPACE + "%";
    }

    /** {@code 76 %}, of a fraction. */
    static String wholePercent(double fraction) {
        return number("%.0f", 100 * fraction) + SPACE + "%";
    }

    /** {@code 2,460}. */
    static String count(long number) {
        return number("%,d", number);
    }

    /** {@code 1 image}, {@code 2,460 images}. */
    static String count(long number, String one, String several) {
        return count(number) + SPACE + (number == 1 ? one : several);
    }

    /** {@code 29.5 s}, {@code 4 min 12 s}, {@code 2 h 5 min}. */
    static String duration(double seconds) {
        if (seconds < 60) {
            return number("%.1f", seconds) + SPACE + "s";
        }
        Duration time = Duration.ofSeconds(Math.round(seconds));
        return time.toHours() > 0
                ? time.toHours() + SPACE + "h " + time.toMinutesPart() + SPACE + "min"
                : time.toMinutes() + SPACE + "min " + time.toSecondsPart() + SPACE + "s";
    }

    /** Three significant digits. */
    static String figure(double value) {
        return Math.abs(value) >= 1000 ? count(Math.round(value)) : number("%.3g", value);
    }

    /** The text of a mark on an axis: {@code 2.5}, {@code 5}. */
    static String mark(double value) {
        return new BigDecimal(value)
                .round(new MathContext(4))
                .stripTrailingZeros()
                .toPlainString();
    }

    /** {@code cat, dog and owl}; of many the first, and how many more. */
    static String list(List<String> names) {
        if (names.size() == 1) {
            return names.get(0);
        }
        int named = names.size() <= MANY ? names.size() - 1 : MANY;
        String last = named < MANY ? names.get(named) : count(names.size() - named) + " more";
        return String.join(", ", names.subList(0, named)) + " and " + last;
    }

    static String number(String format, Object value) {
        return String.format(Locale.ROOT, format, value);
    }
}

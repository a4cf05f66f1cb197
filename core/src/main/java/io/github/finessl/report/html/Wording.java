package io.github.finessl.report.html;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** How the report writes numbers. */
final class Wording {

    private static final String THIN = "\u00a0";

    private Wording() {}

    /** {@code 76.3 %}, of a fraction. */
    static String percent(double fraction) {
        return number("%.1f", 100 * fraction) + THIN + "%";
    }

    /** {@code 76 %}, of a fraction. */
    static String wholePercent(double fraction) {
        return number("%.0f", 100 * fraction) + THIN + "%";
    }

    /** {@code 2,460}. */
    static String count(long number) {
        return number("%,d", number);
    }

    /** {@code 1 image}, {@code 2,460 images}. */
    static String count(long number, String one, String several) {
        return count(number) + THIN + (number == 1 ? one : several);
    }

    /** {@code 29.5 s}, {@code 4 min 12 s}, {@code 2 h 5 min}. */
    static String duration(double seconds) {
        if (seconds < 60) {
            return number("%.1f", seconds) + THIN + "s";
        }
        Duration time = Duration.ofSeconds(Math.round(seconds));
        return time.toHours() > 0
                ? time.toHours() + THIN + "h " + time.toMinutesPart() + THIN + "min"
                : time.toMinutes() + THIN + "min " + time.toSecondsPart() + THIN + "s";
    }

    /** Three significant digits. */
    static String figure(double value) {
        return Math.abs(value) >= 1000 ? count(Math.round(value)) : number("%.3g", value);
    }

    /** {@code cat, dog and owl}. */
    static String list(List<String> names) {
        int last = names.size() - 1;
        return last < 1
                ? String.join("", names)
                : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    }

    static String number(String format, Object value) {
        return String.format(Locale.ROOT, format, value);
    }
}

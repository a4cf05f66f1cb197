package io.github.finessl.studio.folder;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Locale;
import java.util.Optional;

/** One line of {@link LabelJournal}. */
public sealed interface JournalEntry {

    /** The number of the operation that the line belongs to: what one key or one click did, counted from 1. */
    long operation();

    /** The time in ISO 8601. */
    String time();

    /** The path that the photo had, relative to the folder, with slashes. */
    String from();

    /** The path that the photo got. */
    String to();

    /** The way in which a person gave a label. */
    enum By {
        /** By key, by typing or by correcting. */
        HAND,
        /** By agreeing to a suggestion. */
        ACCEPTED;

        /** The name in lower case, as the journal spells it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A photo's move from one place to another.
     *
     * @param sha256 of the photo's file
     * @param undoes the operation that the move takes back, if it does
     */
    record Move(long operation, String time, String sha256, String from, String to, By by, Optional<Long> undoes)
            implements JournalEntry {}

    /**
     * A note that the move of the same operation from and to these paths does not count: it could not be made, or what it did was
     * changed by others since.
     */
    record Withdrawal(long operation, String time, String from, String to) implements JournalEntry {}

    /** The form of both in the file. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Line(
            Long operation,
            String time,
            String sha256,
            String from,
            String to,
            String by,
            Long undoes,
            Boolean withdrawn) {

        static Line of(JournalEntry entry) {
            if (entry instanceof Move move) {
                return new Line(
                        move.operation(),
                        move.time(),
                        move.sha256(),
                        move.from(),
                        move.to(),
                        move.by().toString(),
                        move.undoes().orElse(null),
                        null);
            }
            return new Line(entry.operation(), entry.time(), null, entry.from(), entry.to(), null, null, true);
        }

        /** Empty where a part is missing. */
        Optional<JournalEntry> entry() {
            if (operation == null || time == null || from == null || to == null) {
                return Optional.empty();
            } else if (Boolean.TRUE.equals(withdrawn)) {
                return Optional.of(new Withdrawal(operation, time, from, to));
            } else if (sha256 == null || by == null) {
                return Optional.empty();
            }
            By way = by.equals(By.ACCEPTED.toString()) ? By.ACCEPTED : By.HAND;
            return Optional.of(new Move(operation, time, sha256, from, to, way, Optional.ofNullable(undoes)));
        }
    }
}

package io.github.finessl.studio.folder;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** One line of {@link LabelJournal}. */
public sealed interface JournalEntry {

    /** The number of the operation that the line belongs to: what one key or one click did, counted from 1. */
    long operation();

    /** The time in ISO 8601. */
    String time();

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

    /** An entry about a photo. */
    sealed interface OfPhoto extends JournalEntry {

        /** The path that the photo had, relative to the folder, with slashes. */
        String from();

        /** The path that the photo has since. */
        String to();

        /** What tells an entry from others of its operation, and is the same for a change and its withdrawal. */
        default Object key() {
            return List.of(operation(), from(), to());
        }
    }

    /** A change of a photo's label. */
    sealed interface Change extends OfPhoto {

        /** SHA-256 of the photo's file. */
        String sha256();

        By by();

        /** The operation that the change takes back, if it does. */
        Optional<Long> undoes();
    }

    /** A label given by a photo's move from one place to another, both in the folder. */
    record Move(long operation, String time, String sha256, String from, String to, By by, Optional<Long> undoes)
            implements Change {

        /** Whether both paths are such as the studio writes: they lead out of the folder by no word of theirs. */
        boolean isInside() {
            return isInside(from) && isInside(to);
        }

        private static boolean isInside(String path) {
            try {
                Path file = Path.of(path);
                return file.getRoot() == null
                        && !path.isEmpty()
                        && !file.startsWith("..")
                        && file.equals(file.normalize());
            } catch (InvalidPathException e) {
                return false;
            }
        }
    }

    /**
     * A label given in a table, of a photo that stays.
     *
     * @param photo its path; an absolute one where it lies outside of the folder
     * @param sha256 empty for a photo that was not looked at
     * @param before the label that it had; empty for none
     */
    record Relabelling(
            long operation,
            String time,
            String sha256,
            String photo,
            String before,
            String after,
            By by,
            Optional<Long> undoes)
            implements Change {
        @Override
        public String from() {
            return photo;
        }

        @Override
        public String to() {
            return photo;
        }
    }

    /**
     * A note that the change of the same operation from and to these paths does not count: it could not be made, or what it did
     * was changed by others since.
     */
    record Withdrawal(long operation, String time, String from, String to) implements OfPhoto {

        static Withdrawal of(Change change, String time) {
            return new Withdrawal(change.operation(), time, change.from(), change.to());
        }
    }

    /** A note that all operations up to this one were carried out when the journal was closed. */
    record Closing(long operation, String time) implements JournalEntry {}

    /** The form of all of them in the file. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Line(
            Long operation,
            String time,
            String sha256,
            String from,
            String to,
            String before,
            String after,
            String by,
            Long undoes,
            Boolean withdrawn,
            Boolean closed) {

        static Line of(JournalEntry entry) {
            if (entry instanceof Change change) {
                Optional<Relabelling> table = change instanceof Relabelling of ? Optional.of(of) : Optional.empty();
                return new Line(
                        change.operation(),
                        change.time(),
                        change.sha256(),
                        change.from(),
                        change.to(),
                        table.map(Relabelling::before).orElse(null),
                        table.map(Relabelling::after).orElse(null),
                        change.by().toString(),
                        change.undoes().orElse(null),
                        null,
                        null);
            }
            Optional<Withdrawal> photo = entry instanceof Withdrawal of ? Optional.of(of) : Optional.empty();
            return new Line(
                    entry.operation(),
                    entry.time(),
                    null,
                    photo.map(Withdrawal::from).orElse(null),
                    photo.map(Withdrawal::to).orElse(null),
                    null,
                    null,
                    null,
                    null,
                    photo.isPresent() ? true : null,
                    photo.isPresent() ? null : true);
        }

        /** Empty where a part is missing, or a path leads out of the folder. */
        Optional<JournalEntry> entry() {
            if (operation == null || time == null) {
                return Optional.empty();
            } else if (Boolean.TRUE.equals(closed)) {
                return Optional.of(new Closing(operation, time));
            } else if (from == null || to == null) {
                return Optional.empty();
            } else if (Boolean.TRUE.equals(withdrawn)) {
                return Optional.of(new Withdrawal(operation, time, from, to));
            }
            return sha256 == null || by == null
                    ? Optional.empty()
                    : Optional.<JournalEntry>of(change())
                            .filter(entry -> !(entry instanceof Move move) || move.isInside());
        }

        private Change change() {
            By way = by.equals(By.ACCEPTED.toString()) ? By.ACCEPTED : By.HAND;
            Optional<Long> back = Optional.ofNullable(undoes);
            return before == null || after == null
                    ? new Move(operation, time, sha256, from, to, way, back)
                    : new Relabelling(operation, time, sha256, from, before, after, way, back);
        }
    }
}

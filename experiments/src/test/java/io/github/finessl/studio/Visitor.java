package io.github.finessl.studio;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A person who knows the class of each photo, and labels one after the other by as few keys as the studio lets. */
final class Visitor {

    /** Letters that are keys of their own, so that a name that begins with one is typed behind a slash. */
    private static final String KEYS = "nsz";

    private static final int MOST_DIGITS = 10;

    private final Desk desk;
    private final UnaryOperator<String> truth;
    private int keys;
    private int labels;

    /**
     * What the page shows.
     *
     * @param photo the name of the photo; empty where none is left
     * @param suggestion the class that is suggested for it
     * @param classes those that have digits, and those behind
     */
    record Sight(String photo, Optional<String> suggestion, List<String> classes) {}

    /** The page of labelling, with the suggestions that the last label has made. */
    interface Desk {
        Sight look();

        /** Presses Enter. */
        void accept();

        /** Presses the digit of a class, from 1; the tenth is 0. */
        void digit(int number, String className);

        /** Types a name, behind a slash if it must be, and presses Enter. */
        void type(String keys, String className);
    }

    /**
     * A visitor.
     *
     * @param truth the class of a photo by its name
     */
    Visitor(Desk desk, UnaryOperator<String> truth) {
        this.desk = desk;
        this.truth = truth;
    }

    /** The keys pressed so far, those of names, Enter and digits included. */
    int keys() {
        return keys;
    }

    int labels() {
        return labels;
    }

    /** Labels photos as long as the keys suffice. */
    void label(int mostKeys) {
        while (labelOne(mostKeys)) {
            labels++;
        }
        assertThat(keys).isLessThanOrEqualTo(mostKeys);
    }

    private boolean labelOne(int mostKeys) {
        Sight sight = desk.look();
        if (sight.photo().isEmpty()) {
            return false;
        }
        String wanted = truth.apply(sight.photo());
        int digit = 1 + sight.classes().indexOf(wanted);
        if (sight.suggestion().equals(Optional.of(wanted))) {
            return pressed(1, mostKeys, desk::accept);
        } else if (digit >= 1 && digit <= MOST_DIGITS) {
            return pressed(1, mostKeys, () -> desk.digit(digit, wanted));
        }
        String typed = (KEYS.indexOf(wanted.charAt(0)) < 0 ? "" : "/") + wanted;
        return pressed(typed.length() + 1, mostKeys, () -> desk.type(typed, wanted));
    }

    private boolean pressed(int count, int mostKeys, Runnable act) {
        if (keys + count > mostKeys) {
            return false;
        }
        keys += count;
        act.run();
        return true;
    }
}

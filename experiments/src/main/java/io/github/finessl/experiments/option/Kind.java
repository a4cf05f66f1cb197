package io.github.finessl.experiments.option;

import java.util.Locale;

/** The kind of value that an option takes, as help shows it: {@code --steps=<number>}. */
public enum Kind {
    FLAG,
    NUMBER,
    FOLDER,
    FILE,
    NAME;

    /** The kind's name in lower case, as help shows it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package io.github.finessl.data;

import java.util.List;

/**
 * A data set's two parts, kept apart: splits and training loaders take the source and use {@code train} alone.
 *
 * @param name as the user gave it
 */
public record DataSource(String name, Dataset train, Dataset test) {

    public DataSource {
        if (!train.classes().equals(test.classes())) {
            throw new DataException("The training and test parts of %s must have the same classes, but have %s and %s."
                    .formatted(name, train.classes(), test.classes()));
        }
    }

    /** Class names in label order. */
    public List<String> classes() {
        return train.classes();
    }
}

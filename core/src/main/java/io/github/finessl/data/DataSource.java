package io.github.finessl.data;

import io.github.finessl.augment.Normalisation;
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

    /** The constants that the reference normalises this data with: CIFAR's own by name, otherwise ImageNet's. */
    public Normalisation normalisation() {
        if (name.startsWith("cifar100")) {
            return Normalisation.CIFAR100;
        }
        return name.startsWith("cifar10") ? Normalisation.CIFAR10 : Normalisation.IMAGENET;
    }
}

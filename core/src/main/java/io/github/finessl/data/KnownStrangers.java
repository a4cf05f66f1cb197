package io.github.finessl.data;

import java.util.List;

/**
 * Images known to be of none of the classes, by which a model learns when to answer none; the encoder and the heads are not
 * trained on them.
 *
 * @param training those that the threshold is set by
 * @param test those that it is tested on
 */
public record KnownStrangers(Dataset training, Dataset test) {

    /** The name of their folder beside the folders of the classes, and their label in a table. */
    public static final String NAME = "none";

    /** No such images. */
    static KnownStrangers none(List<String> classes) {
        Dataset empty = MemoryImages.of("none", classes, List.of(), List.of());
        return new KnownStrangers(empty, empty);
    }
}

package io.github.finessl;

import java.nio.file.Path;

/** Where the class vectors of the heads begin. */
public sealed interface ClassStart {

    /** Uniform random vectors: the paper's. */
    record Uniform() implements ClassStart {
        @Override
        public String toString() {
            return "uniform";
        }
    }

    /** The mean frozen feature of each class's labelled images: for short runs. */
    record Means() implements ClassStart {
        @Override
        public String toString() {
            return "means";
        }
    }

    /**
     * Vectors from a file, such as CLIP's text features of the classes' names.
     *
     * @param file .npy, .npz or .csv with a row for each class
     */
    record Features(Path file) implements ClassStart {
        @Override
        public String toString() {
            return "semantic";
        }
    }
}

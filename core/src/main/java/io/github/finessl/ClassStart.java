package io.github.finessl;

import java.nio.file.Path;

/** The initial class vectors of the two cosine heads. */
public sealed interface ClassStart {

    /** Uniform random class vectors, as in the paper. */
    record Uniform() implements ClassStart {
        @Override
        public String toString() {
            return "uniform";
        }
    }

    /** The mean frozen feature of each class's labelled images as its class vector: for short runs. */
    record Means() implements ClassStart {
        @Override
        public String toString() {
            return "means";
        }
    }

    /**
     * The class means, refined on the frozen features of all unlabelled images: for very few labels. See {@link
     * io.github.finessl.ssl.PileStart}.
     */
    record Pile() implements ClassStart {
        @Override
        public String toString() {
            return "pile";
        }
    }

    /** Class vectors from the classes' names, by the training's text tower. */
    record Names() implements ClassStart {
        @Override
        public String toString() {
            return "semantic";
        }
    }

    /**
     * Class vectors from a file, such as CLIP's text features of the classes' names.
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

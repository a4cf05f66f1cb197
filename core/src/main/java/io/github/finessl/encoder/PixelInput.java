package io.github.finessl.encoder;

import io.github.finessl.augment.Normalisation;
import java.util.Optional;

/**
 * What an encoder's file, and a configuration beside it, say about the pixels that the file takes.
 *
 * @param graph what the file's graph does to pixels itself; empty where it takes them ready for use, so that nothing in it
 *     tells how they are to be normalised
 * @param configured what the configuration beside the file says, where there is one
 */
public record PixelInput(Optional<Inside> graph, Optional<Configured> configured) {

    /** Of a file that takes pixels ready for use, without a configuration. */
    public static final PixelInput UNKNOWN = new PixelInput(Optional.empty(), Optional.empty());

    /** The values of pixels that a file takes: from 0 to the one of white. */
    public enum Range {
        ZERO_TO_ONE(1),
        ZERO_TO_255(255);

        private final int white;

        Range(int white) {
            this.white = white;
        }

        /** The value of white. */
        public int white() {
            return white;
        }

        /** The normalisation whose results lie in this range. */
        public Normalisation normalisation() {
            return this == ZERO_TO_ONE ? Normalisation.NONE : Normalisation.BYTES;
        }

        @Override
        public String toString() {
            return "0 to " + white;
        }
    }

    /**
     * A normalisation inside of the file.
     *
     * @param takes the range of the values that the file takes
     * @param normalisation what its network sees of them; {@link Normalisation#NONE} where it divides by 255 and no more
     * @param bounded whether values outside of the range are cut off or cannot be given
     */
    public record Inside(Range takes, Normalisation normalisation, boolean bounded) {

        /** Whether the file does more than to divide by 255. */
        public boolean normalises() {
            return !normalisation.isCloseTo(Normalisation.NONE);
        }
    }

    /**
     * The normalisation that a configuration says.
     *
     * @param file its name
     */
    public record Configured(String file, Normalisation normalisation) {}
}

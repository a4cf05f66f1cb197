package io.github.finessl;

import io.github.finessl.augment.Normalisation;

/**
 * The normalisation that pixels get before an encoder sees them, and why.
 *
 * @param reason why, beginning with "as", "for" or "a guess"
 */
public record PixelChoice(Normalisation normalisation, String reason) {

    /** The choice in one line. */
    @Override
    public String toString() {
        String how;
        if (normalisation.equals(Normalisation.BYTES)) {
            how = "from 0 to 255 as they are";
        } else if (normalisation.equals(Normalisation.NONE)) {
            how = "from 0 to 1 as they are";
        } else {
            how = "normalised by " + normalisation;
        }
        return how + ", " + reason;
    }
}

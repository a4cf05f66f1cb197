package io.github.finessl.train;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A notice, given once, that a training waits for its images. */
final class WaitNotice {
    private static final int LOOK_EVERY = 30;
    private static final double MUCH = 0.2;

    private boolean given;

    /**
     * The notice, if this is the time for it.
     *
     * @param stepSeconds of all steps so far
     * @param waited seconds of them
     * @param shortSide the pixels of a photo's short side that views are made of
     */
    Optional<String> of(List<Double> stepSeconds, double waited, int shortSide) {
        if (given || stepSeconds.size() % LOOK_EVERY != 0) {
            return Optional.empty();
        }
        double all = stepSeconds.stream().mapToDouble(s -> s).sum();
        given = waited > MUCH * all;
        return Optional.of(String.format(
                        Locale.ROOT,
                        "Steps have waited for images %.0f %% of the time so far: decoding and resizing them takes longer than"
                                + " learning from them. Copies with less than %d pixels on the short side would be faster.",
                        100 * waited / all,
                        2 * shortSide))
                .filter(notice -> given);
    }
}

package io.github.finessl.studio.photo;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;

/** A warning of a fault that every photo meets alike, such as a cache that cannot be written: given once. Thread-safe. */
public final class OneWarning {

    private final Logger log;
    private final AtomicBoolean given = new AtomicBoolean();

    /** A warning that was not given yet. */
    public OneWarning(Logger log) {
        this.log = log;
    }

    /** Gives the warning, unless it was given. */
    public void of(String sentence) {
        if (given.compareAndSet(false, true)) {
            log.warn("{}", sentence);
        } else {
            log.debug("{}", sentence);
        }
    }
}

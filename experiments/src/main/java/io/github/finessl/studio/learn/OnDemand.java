package io.github.finessl.studio.learn;

import io.github.finessl.studio.photo.Background;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * Something that takes a while to find out from labels and features: in the background, and only where somebody asks and they have
 * changed since it was found out last. Thread-safe.
 *
 * @param <T> what is found out
 */
final class OnDemand<T> implements AutoCloseable {

    private final Supplier<T> look;
    private final Background background;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean stale = true;
    private volatile boolean looking;
    private volatile T found;

    /**
     * Something that nobody has asked for yet.
     *
     * @param name of the thread that looks
     * @param nothing what is known before the first look
     */
    OnDemand(String name, T nothing, Supplier<T> look) {
        this.look = look;
        found = nothing;
        background = new Background(name, this::look);
    }

    /** Adds what is called, by the worker, when it has looked. */
    void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** Calls what was added. */
    void tell() {
        listeners.forEach(Runnable::run);
    }

    /** Tells that labels or features are others now. */
    void changed() {
        stale = true;
    }

    /** Looks again, if they have changed since it did. */
    void refresh() {
        if (stale) {
            looking = true;
            background.ask();
        }
    }

    /** Whether something else may be found at any moment. */
    boolean isLooking() {
        return looking;
    }

    /** What was found last. */
    T found() {
        return found;
    }

    private void look() {
        try {
            stale = false;
            found = look.get();
        } finally {
            looking = false;
            tell();
        }
    }

    /** Waits for the look that is being taken. */
    @Override
    public void close() {
        background.close();
    }
}

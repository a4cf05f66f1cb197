package io.github.finessl.studio.photo;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * The turns in which one worker takes photos, a few at a time. Their order is made once for all of them, and anew after changes, of
 * which any thread may tell.
 */
public final class Turns {

    private static final int AT_A_TIME = 32;

    private final Supplier<List<StudioPhoto>> order;
    private final AtomicBoolean isOld = new AtomicBoolean(true);
    private Queue<StudioPhoto> waiting = new ArrayDeque<>();

    /**
     * Turns in an order.
     *
     * @param order gives the photos that are not done yet, the most urgent first
     */
    public Turns(Supplier<List<StudioPhoto>> order) {
        this.order = order;
    }

    /** Tells that other photos are to be done, or others first. */
    public void changed() {
        isOld.set(true);
    }

    /** The photos whose turn it is, which must be done before the next ones are asked for; none where all are done. */
    public List<StudioPhoto> next() {
        if (isOld.getAndSet(false) || waiting.isEmpty()) {
            waiting = new ArrayDeque<>(order.get());
        }
        List<StudioPhoto> some = new ArrayList<>();
        while (some.size() < AT_A_TIME && !waiting.isEmpty()) {
            some.add(waiting.remove());
        }
        return some;
    }
}

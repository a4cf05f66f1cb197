package io.github.finessl.op;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A profile of a session's time by kind of op. */
public final class OpProfile {
    private final Map<String, Entry> entries = new HashMap<>();

    /**
     * The total time of all ops of a kind.
     *
     * @param op the SameDiff name of the kind
     * @param calls how often such an op ran
     * @param seconds in all
     */
    public record Entry(String op, long calls, double seconds) {
        private Entry plus(double more) {
            return new Entry(op, calls + 1, seconds + more);
        }
    }

    /** Adds one execution of an op. */
    public void add(String op, double seconds) {
        entries.put(op, entries.getOrDefault(op, new Entry(op, 0, 0)).plus(seconds));
    }

    /** The entries of all kinds of ops, the most expensive first. */
    public List<Entry> entries() {
        return entries.values().stream()
                .sorted(Comparator.comparingDouble(Entry::seconds).reversed())
                .toList();
    }
}

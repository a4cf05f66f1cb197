package io.github.finessl.train;

import io.github.finessl.tuning.Tuning;
import java.util.ArrayList;
import java.util.List;

/** The phases of a run, most often one, each with a schedule and an optimiser of its own. */
record Phases(List<Phase> all) {

    /**
     * A phase.
     *
     * @param begin its first step
     * @param end the step behind its last one
     */
    record Phase(Tuning tuning, long begin, long end) {}

    /** A strategy's phases in equal shares of so many steps. */
    static Phases of(Tuning tuning, long steps) {
        List<Tuning> tunings = tuning.phases();
        int count = tunings.size();
        List<Phase> phases = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            phases.add(new Phase(tunings.get(i), i * steps / count, (i + 1) * steps / count));
        }
        return new Phases(phases);
    }

    /** The phase of a step; where a phase has no steps, that of the next one; the last one of a run without steps. */
    Phase at(long step) {
        return all.stream().filter(phase -> step < phase.end()).findFirst().orElse(all.get(all.size() - 1));
    }
}

package io.github.finessl.experiments.run;

import io.github.finessl.Colours;
import io.github.finessl.PreparedRun;
import io.github.finessl.experiments.option.Options;
import java.util.SortedMap;
import java.util.TreeMap;

/** A run of a grid: a variant with a seed. */
record Run(String variant, Options options, long seed) {

    /** The options as the run's record has them; of a method that trains nothing, what it makes of them. */
    SortedMap<String, String> recorded(PreparedRun prepared) {
        SortedMap<String, String> recorded = new TreeMap<>(options.recorded());
        recorded.computeIfAbsent(Colours.RECORDED, prepared.identity().configuration()::get);
        if (prepared.settings().method().untrained().isPresent()) {
            recorded.putAll(prepared.identity().configuration());
        }
        return recorded;
    }

    /** The run's name in messages. */
    @Override
    public String toString() {
        return variant + ", seed " + seed;
    }
}

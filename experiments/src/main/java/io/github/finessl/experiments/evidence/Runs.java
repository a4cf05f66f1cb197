package io.github.finessl.experiments.evidence;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.RunStore;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The finished runs of the protocol, found by what their records say, so that they are found where the data is not.
 *
 * @param records the earliest first
 */
record Runs(List<RunRecord> records) {

    /** The options that decide no result. */
    private static final Set<String> OF_THE_MACHINE = List.of(
                    Option.PROFILE,
                    Option.SEEDS,
                    Option.PRECISION,
                    Option.CHECKPOINT_EVERY,
                    Option.RESUME,
                    Option.RERUN,
                    Option.OUT,
                    Option.THREADS,
                    Option.SPARK,
                    Option.HEAP,
                    Option.STACKTRACE)
            .stream()
            .map(Option::name)
            .collect(Collectors.toSet());

    /** The options that a method which trains nothing depends on. */
    private static final Set<String> OF_UNTRAINED = Stream.concat(
                    Options.SPLIT.stream(),
                    Stream.of(Option.METHOD, Option.ENCODER, Option.DATA, Option.HELD_OUT, Option.RESOLUTION))
            .map(Option::name)
            .collect(Collectors.toSet());

    /** The runs in a store. */
    static Runs in(RunStore store) throws IOException {
        return new Runs(store.all());
    }

    /** The record of a run with these options. */
    Optional<RunRecord> find(Options options, long seed) {
        SortedMap<String, String> wanted = options.recorded();
        if (options.settings().method().untrained().isPresent()) {
            wanted.keySet().retainAll(OF_UNTRAINED);
        }
        wanted.keySet().removeAll(OF_THE_MACHINE);
        return records.stream()
                .filter(record -> record.seed() == seed && hasAll(record, wanted))
                .findFirst();
    }

    /** The records, those with the least seeds first. */
    List<RunRecord> bySeed() {
        return records.stream().sorted(Comparator.comparing(RunRecord::seed)).toList();
    }

    /** The options of a run that decide its result, but for the seed. */
    Map<String, String> settingsOf(RunRecord run) {
        SortedMap<String, String> settings = new TreeMap<>(run.configuration());
        settings.keySet().removeAll(OF_THE_MACHINE);
        return settings;
    }

    private static boolean hasAll(RunRecord record, Map<String, String> wanted) {
        return wanted.entrySet().stream().allMatch(each -> each.getValue().equals(recorded(record, each.getKey())));
    }

    private static String recorded(RunRecord record, String name) {
        String value = record.configuration().get(name);
        return value != null
                ? value
                : Options.ALL.stream()
                        .filter(option -> option.name().equals(name))
                        .findFirst()
                        .map(Option::fallback)
                        .orElse(null);
    }
}

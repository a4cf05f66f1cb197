package io.github.finessl.report;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** The provenance of a table's numbers, in one line: what they were measured with. */
public final class Provenance {

    /** Options that the line names, and what it calls them. */
    private static final List<String> OPTIONS =
            List.of("batch", "mu", "resolution", "tuning", "promptStart", "headStart", "fidelity");

    /** The learning rate of the encoder's own weights, where it is another. */
    private static final String ENCODER_RATE = "encoderLr";

    /** The options of moving averages, which records name where the method has any. */
    private static final List<String> AVERAGING = List.of("emaMomentum", "debias");

    /** Behind a number of runs of code that differs from its commit. */
    private static final String CHANGES = "†";

    /** Behind a number of runs in another arithmetic than most of the table's. */
    private static final String ARITHMETIC = "‡";

    private Provenance() {}

    /** The marks behind a number from some of a table's runs, if any; {@link #ofMarked} explains them. */
    public static String marks(Collection<RunRecord> ofNumber, Collection<RunRecord> ofTable) {
        String usual = arithmetic(ofTable);
        return (ofNumber.stream().anyMatch(run -> run.versions().hasChanges()) ? CHANGES : "")
                + (ofNumber.stream().allMatch(run -> run.arithmetic().equals(usual)) ? "" : ARITHMETIC);
    }

    /** The arithmetic of most runs. */
    private static String arithmetic(Collection<RunRecord> runs) {
        return runs.stream().collect(groupingBy(RunRecord::arithmetic, TreeMap::new, counting())).entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse("");
    }

    /** The provenance of runs as {@link #of} has it, with what the marks behind numbers mean. */
    public static String ofMarked(Collection<RunRecord> runs) {
        String marks = marks(runs, runs);
        return of(runs)
                + (marks.contains(CHANGES) ? " " + CHANGES + " by code with changes that are in no commit." : "")
                + (marks.contains(ARITHMETIC)
                        ? " " + ARITHMETIC + " in another arithmetic than " + arithmetic(runs)
                                + ", which most runs have."
                        : "");
    }

    /** The provenance of runs: encoder, data and settings; where runs differ, every value is named. */
    public static String of(Collection<RunRecord> runs) {
        if (runs.isEmpty()) {
            return "Nothing has been run yet.";
        }
        List<String> parts = new ArrayList<>();
        parts.add("Encoder " + distinct(runs, run -> run.encoder().name()));
        parts.add("data " + distinct(runs, run -> run.data().name()) + " ("
                + distinct(runs, run -> run.data().labelled() + " labelled") + ", "
                + distinct(runs, run -> run.data().unlabelled() + " unlabelled") + ", "
                + distinct(runs, run -> run.data().test() + " test images") + ")");
        parts.add("steps " + distinct(runs, run -> Integer.toString(run.steps())));
        for (String option : OPTIONS) {
            parts.add(option + " " + distinct(runs, run -> run.configuration().getOrDefault(option, "?")));
        }
        if (runs.stream().anyMatch(run -> encoderRate(run).isPresent())) {
            parts.add(ENCODER_RATE + " "
                    + distinct(
                            runs,
                            run -> encoderRate(run).orElse(run.configuration().getOrDefault("lr", "?"))));
        }
        for (String option : AVERAGING) {
            Set<String> values = new LinkedHashSet<>();
            runs.forEach(
                    run -> Optional.ofNullable(run.configuration().get(option)).ifPresent(values::add));
            if (!values.isEmpty()) {
                parts.add(option + " " + String.join(" / ", values));
            }
        }
        parts.add("seeds " + distinct(runs, run -> Long.toString(run.seed())));
        parts.add("arithmetic " + distinct(runs, RunRecord::arithmetic));
        parts.add("runs of " + distinct(runs, RunRecord::experiment));
        long named = runs.stream().filter(run -> run.predicted() != null).count();
        parts.add("predictions in " + (named == runs.size() ? "all" : named + " of " + runs.size()) + " records");
        parts.add("commit " + distinct(runs, run -> run.versions().commit().orElse("unknown")));
        parts.add(distinct(
                runs,
                run -> run.machine().cores() + " cores of " + run.machine().cpu()));
        return String.join("; ", parts) + ".";
    }

    private static Optional<String> encoderRate(RunRecord run) {
        return Optional.ofNullable(run.configuration().get(ENCODER_RATE)).filter(rate -> !rate.equals("none"));
    }

    private static String distinct(Collection<RunRecord> runs, Function<RunRecord, String> property) {
        return runs.stream().map(property).distinct().collect(joining(" / "));
    }
}

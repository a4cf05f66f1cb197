package io.github.finessl.experiments.evidence;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.paper.PaperProfile;
import io.github.finessl.report.RunRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the tuning runs have chosen so far.
 *
 * @param tuned settings by set and method; a method whose grid is not finished has none
 * @param gammas γ by the method that it is matched for
 */
record Choices(Map<Key, Map<String, String>> tuned, Map<String, String> gammas) {

    /** A method on a set. */
    record Key(String set, String method) {}

    /** A candidate with its accuracy on the held-out images. */
    private record Candidate(Map<String, String> settings, double heldOut) {}

    /** The choices that the runs allow. */
    static Choices of(Protocol protocol, Runs runs, Options base) {
        Choices tuned = new Choices(tuned(protocol, runs, base), Map.of());
        return new Choices(tuned.tuned, tuned.gammas(protocol, runs, base));
    }

    private static Map<Key, Map<String, String>> tuned(Protocol protocol, Runs runs, Options base) {
        Map<Key, Map<String, String>> tuned = new HashMap<>();
        for (Block block : protocol.blocks()) {
            if (block.purpose() == Block.Purpose.TUNING) {
                block.rows().stream()
                        .map(Row::method)
                        .distinct()
                        .forEach(method -> best(block, method, runs, base)
                                .ifPresent(settings -> tuned.put(
                                        new Key(block.settings().get(0).set().name(), method), settings)));
            }
        }
        return tuned;
    }

    /** The settings of the best candidate of a method, the first of equals; empty unless all candidates are finished. */
    private static Optional<Map<String, String>> best(Block block, String method, Runs runs, Options base) {
        Setting setting = block.settings().get(0);
        List<Candidate> candidates = new ArrayList<>();
        for (Row row : block.rows()) {
            if (!row.method().equals(method)) {
                continue;
            }
            Optional<RunRecord> run = runs.find(
                    base.with(PaperProfile.with(setting.options(), row.options())),
                    block.seeds().get(0));
            if (run.isEmpty()) {
                return Optional.empty();
            }
            Map<String, String> settings = new TreeMap<>(row.options());
            settings.remove(Option.METHOD.name());
            candidates.add(new Candidate(settings, heldOut(run.get())));
        }
        Candidate best = candidates.get(0);
        for (Candidate candidate : candidates) {
            best = candidate.heldOut() > best.heldOut() ? candidate : best;
        }
        return Optional.of(best.settings());
    }

    /** The accuracy of a run's last model on its held-out images. */
    static double heldOut(RunRecord run) {
        return run.metrics().more().get("bestHeldOut.heldOutAccuracy");
    }

    private Map<String, String> gammas(Protocol protocol, Runs runs, Options base) {
        Map<String, String> gammas = new HashMap<>();
        for (Block block : protocol.blocks()) {
            if (block.purpose() == Block.Purpose.MATCHING) {
                Optional<Double> full = weight(block, block.rows().get(0), runs, base);
                for (Row row : block.rows()) {
                    Optional<Double> weight = weight(block, row, runs, base);
                    if (full.isPresent() && weight.isPresent()) {
                        double gamma = base.get(Option.GAMMA) * full.get() / weight.get();
                        gammas.put(row.method(), String.format(Locale.ROOT, "%.2f", gamma));
                    }
                }
            }
        }
        return gammas;
    }

    private Optional<Double> weight(Block block, Row row, Runs runs, Options base) {
        return options(row, block.settings().get(0), base)
                .flatMap(options -> runs.find(options, block.seeds().get(0)))
                .map(RunRecord::survey)
                .map(survey -> survey.weighing().mean());
    }

    /** Whether a candidate of a set's tuning is the one that was chosen. */
    boolean isChosen(Row candidate, Setting.Set set) {
        Map<String, String> settings = tuned.get(new Key(set.name(), candidate.method()));
        return settings != null && candidate.options().entrySet().containsAll(settings.entrySet());
    }

    /** The options of a run; empty while what it depends on is not chosen. */
    Optional<Options> options(Row row, Setting setting, Options base) {
        Map<String, String> all = new TreeMap<>(setting.options());
        if (row.tunedAs().isPresent()) {
            Map<String, String> settings =
                    tuned.get(new Key(setting.set().name(), row.tunedAs().get()));
            if (settings == null) {
                return Optional.empty();
            }
            all.putAll(settings);
        }
        if (row.matched()) {
            String gamma = gammas.get(row.method());
            if (gamma == null) {
                return Optional.empty();
            }
            all.put(Option.GAMMA.name(), gamma);
        }
        all.putAll(row.options());
        return Optional.of(base.with(all));
    }
}

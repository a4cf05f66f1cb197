package io.github.finessl.experiments;

import io.github.finessl.report.RunIdentity;
import io.github.finessl.report.RunRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What tells a run from an earlier one: names of options and of what else decides a result, with the values of both.
 *
 * @param before values of the earlier run that the other has not
 * @param now values of the other
 */
record RunDifferences(SortedMap<String, String> before, SortedMap<String, String> now) {

    static final String SEED = "seed";
    static final String ENCODER = "encoder.sha256";
    static final String DATA = "data.sha256";

    /** Options that name files, which count by their content. */
    private static final List<Option<?>> FILES =
            List.of(Option.ENCODER, Option.DATA, Option.LABELLED, Option.UNLABELLED, Option.TEST);

    static RunDifferences between(Map<String, String> before, Map<String, String> now) {
        SortedMap<String, String> earlier = new TreeMap<>(before);
        SortedMap<String, String> later = new TreeMap<>(now);
        earlier.entrySet().removeIf(each -> Objects.equals(now.get(each.getKey()), each.getValue()));
        later.entrySet().removeIf(each -> Objects.equals(before.get(each.getKey()), each.getValue()));
        return new RunDifferences(earlier, later);
    }

    /** From the run of a record; its files are told from others by their names alone, but for encoder and data. */
    static RunDifferences between(RunRecord before, Run now, RunIdentity identity) {
        Options then = Options.ofRecord(before);
        boolean open = now.options().get(Option.PRECISION).equals(Option.AUTO);
        return between(
                all(
                        options(open ? then.with(Option.PRECISION, Option.AUTO) : then),
                        before.seed(),
                        before.encoder().sha256(),
                        before.data().sha256()),
                all(options(now.options()), now.seed(), identity.encoderSha256(), identity.dataSha256()));
    }

    private static Map<String, String> options(Options options) {
        Map<String, String> texts = new TreeMap<>(options.resultAffecting());
        FILES.forEach(option -> texts.remove(option.name()));
        return texts;
    }

    /** All that decides a run's result, as checkpoints have it. */
    static Map<String, String> all(Map<String, String> configuration, long seed, String encoder, String data) {
        Map<String, String> all = new TreeMap<>(configuration);
        all.put(SEED, Long.toString(seed));
        all.put(ENCODER, encoder);
        all.put(DATA, data);
        return all;
    }

    boolean ofData() {
        return before.containsKey(DATA);
    }

    /** How many there are. */
    int size() {
        return names().size();
    }

    private TreeSet<String> names() {
        TreeSet<String> names = new TreeSet<>(before.keySet());
        names.addAll(now.keySet());
        return names;
    }

    /** For people; {@code data} says what is different about the images. */
    String text(String data) {
        List<String> parts = new ArrayList<>();
        for (String name : names()) {
            switch (name) {
                case DATA -> parts.add(0, data);
                case ENCODER -> parts.add("another encoder");
                case SEED -> parts.add(SEED + " " + now.get(SEED) + " instead of " + before.get(SEED));
                default -> parts.add(option(name));
            }
        }
        return parts.isEmpty() ? "a file that an option names has changed" : String.join(", ", parts);
    }

    private String option(String name) {
        String earlier = before.getOrDefault(name, Option.NONE);
        String later = now.getOrDefault(name, Option.NONE);
        boolean file = isHash(earlier) || isHash(later);
        return file ? "another file of -D" + name : "-D" + name + "=" + later + " instead of " + earlier;
    }

    private static boolean isHash(String value) {
        return value.matches("[0-9a-f]{64}");
    }
}

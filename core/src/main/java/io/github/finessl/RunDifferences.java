package io.github.finessl;

import io.github.finessl.report.RunIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The differences between a run and an earlier one: names of settings and of what else decides a result, with the
 * values of both.
 *
 * @param before values of the earlier run that the other has not
 * @param now values of the other
 */
public record RunDifferences(SortedMap<String, String> before, SortedMap<String, String> now) {

    private static final String NONE = "none";
    static final String SEED = "seed";
    static final String ENCODER = "encoder.sha256";
    static final String DATA = "data.sha256";

    static RunDifferences between(Map<String, String> before, Map<String, String> now) {
        SortedMap<String, String> earlier = new TreeMap<>(before);
        SortedMap<String, String> later = new TreeMap<>(now);
        earlier.entrySet().removeIf(each -> Objects.equals(now.get(each.getKey()), each.getValue()));
        later.entrySet().removeIf(each -> Objects.equals(before.get(each.getKey()), each.getValue()));
        return new RunDifferences(earlier, later);
    }

    /** The whole identity of a run by name, as checkpoints have it. */
    static Map<String, String> all(RunIdentity run) {
        Map<String, String> all = new TreeMap<>(run.configuration());
        all.put(SEED, Long.toString(run.seed()));
        all.put(ENCODER, run.encoderSha256());
        all.put(DATA, run.dataSha256());
        return all;
    }

    boolean ofData() {
        return before.containsKey(DATA);
    }

    /** The number of differences. */
    public int size() {
        return names().size();
    }

    /** The settings among them. */
    Set<String> settings() {
        TreeSet<String> settings = names();
        settings.removeAll(Set.of(SEED, ENCODER, DATA, Colours.RECORDED));
        return settings;
    }

    private TreeSet<String> names() {
        TreeSet<String> names = new TreeSet<>(before.keySet());
        names.addAll(now.keySet());
        return names;
    }

    /** The differences as text for people; {@code data} says what is different about the images. */
    public String text(String data) {
        List<String> parts = new ArrayList<>();
        for (String name : names()) {
            switch (name) {
                case DATA -> parts.add(0, data);
                case ENCODER -> parts.add("another encoder");
                case Colours.RECORDED -> parts.add("another normalisation of pixels");
                case SEED -> parts.add(SEED + " " + now.get(SEED) + " instead of " + before.get(SEED));
                default -> parts.add(option(name));
            }
        }
        return parts.isEmpty() ? "a file that an option names has changed" : String.join(", ", parts);
    }

    private String option(String name) {
        String earlier = before.getOrDefault(name, NONE);
        String later = now.getOrDefault(name, NONE);
        boolean file = isHash(earlier) || isHash(later);
        return file ? "another file of " + name : name + "=" + later + " instead of " + earlier;
    }

    private static boolean isHash(String value) {
        return value.matches("[0-9a-f]{64}");
    }
}

package io.github.finessl.report;

import io.github.finessl.io.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * The identity of a run, which is all that decides its result; two runs with the same identity are the same run.
 *
 * <p>The code's commit is not part of it: results of an earlier version stand until they are asked for anew. Where a
 * method's definition has changed, its revision is one of the options. The arithmetic is what {@code precision} says; of a
 * run that leaves it to the machine, the record has the one that it really had ({@link #with}).
 *
 * @param configuration the options that affect the result
 * @param encoderSha256 of the encoder's file
 * @param dataSha256 of the training part: its images and labels
 */
public record RunIdentity(Map<String, String> configuration, long seed, String encoderSha256, String dataSha256) {

    /** This identity with another value of an option. */
    public RunIdentity with(String option, String value) {
        Map<String, String> changed = new TreeMap<>(configuration);
        changed.put(option, value);
        return new RunIdentity(changed, seed, encoderSha256, dataSha256);
    }

    /** The identity's hash of 16 hexadecimal digits; the same in every JVM and for every order of the configuration. */
    public String hash() {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(configuration).forEach((name, value) -> append(text, name, value));
        append(text, "seed", Long.toString(seed));
        append(text, "encoder.sha256", encoderSha256);
        append(text, "data.sha256", dataSha256);
        return Sha256.hex(text.toString().getBytes(StandardCharsets.UTF_8)).substring(0, 16);
    }

    /** Appends a setting with lengths, so that no two configurations read the same. */
    private static void append(StringBuilder text, String name, String value) {
        text.append(name.length())
                .append(':')
                .append(name)
                .append('=')
                .append(value.length())
                .append(':')
                .append(value);
    }
}

package io.github.finessl.experiments.option;

import io.github.finessl.tuning.Tunings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A member of V-PET's ensemble, as users write it: {@code lora:rank=4} or {@code lora@encoder.onnx@224}.
 *
 * @param text as it was given
 * @param tuning the way of fine-tuning, with its settings
 * @param encoder its file; empty for that of the run
 * @param resolution side of its images in pixels; empty for the run's, or for another encoder's own
 */
public record Member(String text, String tuning, Optional<Path> encoder, Optional<Integer> resolution) {

    private static final Pattern TUNING = Pattern.compile("(?:" + String.join("|", Tunings.names()) + ")\\b");

    /** The members of a list with commas between, which may stand between a tuning's settings too. */
    static List<Member> list(String text) {
        List<String> texts = new ArrayList<>();
        for (String piece : text.split(",", -1)) {
            int last = texts.size() - 1;
            boolean setting = last >= 0
                    && texts.get(last).contains(":")
                    && !TUNING.matcher(piece.strip()).lookingAt();
            if (setting) {
                texts.set(last, texts.get(last) + "," + piece);
            } else {
                texts.add(piece);
            }
        }
        List<Member> members = texts.stream().map(Member::of).toList();
        OptionKinds.require(members.stream().distinct().count() == members.size());
        return members;
    }

    private static Member of(String text) {
        String member = text.strip();
        String[] parts = member.split("@", -1);
        try {
            Tunings.make(parts[0], 1, 1);
        } catch (IllegalArgumentException e) {
            throw new OptionException("-Dmembers=" + text + " cannot be used: " + e.getMessage() + ".");
        }
        OptionKinds.require(parts.length <= 3 && Arrays.stream(parts).noneMatch(String::isEmpty));
        return new Member(
                member,
                parts[0],
                parts.length > 1 ? Optional.of(Path.of(parts[1])) : Optional.empty(),
                parts.length > 2 ? Option.RESOLUTION.parse(parts[2]) : Optional.empty());
    }
}

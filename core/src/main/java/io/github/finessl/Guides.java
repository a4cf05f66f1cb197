package io.github.finessl;

import io.github.finessl.ssl.Method;
import io.github.finessl.text.ClassVectors;
import io.github.finessl.train.Teacher;
import io.github.finessl.train.Voter;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Supplier;

/**
 * The finished models that a run learns from besides its images.
 *
 * @param teacher of a method that has one
 * @param members of a method whose members vote
 * @param text what a text tower makes of the classes' names
 */
public record Guides(Optional<KnownTeacher> teacher, Optional<Members> members, Optional<ClassVectors> text) {

    /** No models: most methods learn from images alone. */
    public static final Guides NONE = new Guides(Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * A model whose predictions a method learns from in every step.
     *
     * @param sha256 of its checkpoint
     */
    public record KnownTeacher(String sha256, Teacher teacher) {}

    /**
     * Models that vote, which are known before they are trained.
     *
     * @param runs the hash of each one's {@link io.github.finessl.report.RunIdentity}, whatever its arithmetic
     * @param steps that all of them together are trained for
     * @param voters asked when they vote, once they are finished
     */
    public record Members(List<String> runs, int steps, Supplier<List<Voter>> voters) {}

    /** These models, but for the text tower. */
    Guides withoutText() {
        return new Guides(teacher, members, Optional.empty());
    }

    /** The members as models, where there are some. */
    Supplier<List<Voter>> voters() {
        return members.map(Members::voters).orElse(List::of);
    }

    /**
     * Makes sure that there is what a method learns from.
     *
     * @throws SettingsException naming the method
     */
    void requireFor(String name, Method method) {
        if (method.views().teacher() && teacher.isEmpty()) {
            throw new SettingsException("method", name, "it needs a teacher");
        }
        if (method.polls() && members.isEmpty()) {
            throw new SettingsException(
                    "method",
                    name,
                    "it trains several models, of which the others vote for the last one, as experiments alone can"
                            + " (mvn exec:java -Dexp=Quickstart)");
        }
    }

    /** Adds what tells runs with other such models apart, by the names of options. */
    void identify(SortedMap<String, String> configuration) {
        teacher.ifPresent(known -> configuration.put("teacher", known.sha256()));
        members.ifPresent(known -> configuration.put("members", String.join(",", known.runs())));
        text.ifPresent(vectors -> configuration.put("textEncoder", vectors.sha256()));
    }
}

package io.github.finessl.report;

import io.github.finessl.report.BeforeTraining.Strangers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The findings about a training's images in the form that is kept as {@value #FILE} in a model's folder and printed by
 * {@code finessl check --json}. Classes are named, so that the file can be read alone.
 *
 * @param format {@value #FORMAT}
 * @param wrongLabels labelled images whose labels look wrong, the most doubtful first
 * @param strangers unlabelled images that seem to be of no class; empty where too few labels are known to tell
 */
public record Findings(int format, List<WrongLabel> wrongLabels, Optional<Strangers> strangers, FolderFacts folders) {

    /** The file's name in a model's folder. */
    public static final String FILE = "findings.json";

    static final int FORMAT = 1;

    /**
     * A labelled image whose label looks wrong.
     *
     * @param label its class as labelled
     * @param answer the class that the other labels and the unlabelled images make of it
     * @param share of these that speak for the label, 0 to 1
     * @param answerShare of these that speak for the answer
     */
    public record WrongLabel(String image, String label, String answer, double share, double answerShare) {}

    /** Names the classes of what was found. */
    public static Findings of(BeforeTraining before, List<String> classes) {
        return new Findings(
                FORMAT,
                before.doubtfulLabels().stream()
                        .map(each -> new WrongLabel(
                                each.image(),
                                classes.get(each.votes().label()),
                                classes.get(each.votes().answer()),
                                each.votes().share(),
                                each.votes().answerShare()))
                        .toList(),
                before.strangers(),
                before.folders());
    }

    /** Whether there is something that should be looked at before a training: wrong labels, strangers, leaks, contradictions. */
    public boolean areSerious() {
        return !wrongLabels.isEmpty()
                || strangers.filter(Strangers::areMany).isPresent()
                || folders.copies().stream().anyMatch(FolderFacts.Copies::isSerious);
    }

    /** Writes {@value #FILE} into a folder. */
    public void write(Path folder) throws IOException {
        Json.write(folder.resolve(FILE), this);
    }

    /**
     * Reads {@value #FILE} of a folder.
     *
     * @return empty if there is none
     * @throws IOException naming the file, if it is not of this format
     */
    public static Optional<Findings> read(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        Findings found = Json.read(file, Findings.class, "findings");
        if (found.format() != FORMAT) {
            throw new IOException(
                    file + " should be of format " + FORMAT + ", but is of format " + found.format() + ".");
        }
        return Optional.of(found);
    }
}

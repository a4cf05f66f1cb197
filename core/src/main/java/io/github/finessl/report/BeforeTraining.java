package io.github.finessl.report;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the frozen encoder's features tell of a run's images without any training: how good the simplest models are, which labels
 * look wrong, and whether images of no class are among the unlabelled.
 *
 * @param rivals models without training of the encoder, which a training has to beat; empty without test images
 * @param doubtfulLabels labelled images that their neighbours take for another class, the most doubtful first
 * @param strangers unlabelled images that seem to be of no class; empty where too few labels are known to tell
 * @param folders what is in the folders
 */
public record BeforeTraining(
        List<Rival> rivals, List<DoubtfulLabel> doubtfulLabels, Optional<Strangers> strangers, FolderFacts folders) {

    /** Nothing known. */
    public static final BeforeTraining UNKNOWN =
            new BeforeTraining(List.of(), List.of(), Optional.empty(), FolderFacts.NONE);

    /** The names of the strangers, where they are many. */
    public Set<String> manyStrangers() {
        return strangers
                .filter(Strangers::areMany)
                .map(found -> Set.copyOf(found.images()))
                .orElse(Set.of());
    }

    /** A model without training of the encoder, and its predictions for the test images. */
    public record Rival(String name, List<Prediction> test) {}

    /**
     * A labelled image whose label looks wrong.
     *
     * @param image its name
     */
    public record DoubtfulLabel(String image, LabelVotes votes) {}

    /**
     * The unlabelled images that the labels hardly reach.
     *
     * @param share the part of all unlabelled images that are clearly of no class, 0 to 1: less than there are
     * @param images names of those that are less reached than 95 % of the labelled ones, the least first
     */
    public record Strangers(double share, List<String> images) {
        private static final double MANY = 0.15;

        /** Whether there are so many that people should know: a few are within the estimate's error. */
        public boolean areMany() {
            return share >= MANY;
        }
    }
}

package io.github.finessl.report;

import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * A survey of the finished model's pseudo-labels for unlabelled images, seen as they are, without augmentation: whether
 * they are spread over the classes as the images are, and whether their confidence can be trusted.
 *
 * @param images how many were looked at
 * @param trueCounts images of each class, as far as their class is known
 * @param pseudoCounts pseudo-labels of each class
 * @param rightCounts right pseudo-labels of each class
 * @param strangers images known to be of none of the classes
 * @param main confidence of the main head, whose pseudo-labels these are
 * @param weighing confidence that the method weighs pseudo-labels by: FineSSL's is the auxiliary head's
 */
public record UnlabelledSurvey(
        int images,
        List<Integer> trueCounts,
        List<Integer> pseudoCounts,
        List<Integer> rightCounts,
        int strangers,
        Confidence main,
        Confidence weighing) {

    /** Whether the true class of an image is known to the monitor, which the method never sees. */
    public enum Truth {
        /** The image shows one of the classes, and the monitor knows which. */
        KNOWN,
        /** The true class is not known. */
        UNKNOWN,
        /** The image shows none of the classes. */
        STRANGER
    }

    /**
     * One unlabelled image with its pseudo-label.
     *
     * @param label the true class where that is known
     * @param pseudoLabel argmax of the main head
     * @param confidence max of the main head's softmax
     * @param weighingConfidence what the method weighs it by
     */
    public record Image(Truth truth, int label, int pseudoLabel, double confidence, double weighingConfidence) {
        private boolean right() {
            return truth == Truth.KNOWN && label == pseudoLabel;
        }

        private boolean wrong() {
            return truth == Truth.KNOWN && label != pseudoLabel;
        }

        private boolean stranger() {
            return truth == Truth.STRANGER;
        }
    }

    /** Counts images into a survey. */
    public static UnlabelledSurvey of(List<Image> images, int classes) {
        int[] truths = new int[classes];
        int[] pseudo = new int[classes];
        int[] right = new int[classes];
        for (Image image : images) {
            pseudo[image.pseudoLabel()]++;
            if (image.truth() == Truth.KNOWN) {
                truths[image.label()]++;
                right[image.label()] += image.right() ? 1 : 0;
            }
        }
        return new UnlabelledSurvey(
                images.size(),
                boxed(truths),
                boxed(pseudo),
                boxed(right),
                (int) images.stream().filter(Image::stranger).count(),
                confidence(images, Image::confidence),
                confidence(images, Image::weighingConfidence));
    }

    private static Confidence confidence(List<Image> images, ToDoubleFunction<Image> confidence) {
        return Confidence.of(
                part(images, image -> true, confidence),
                part(images, Image::right, confidence),
                part(images, Image::wrong, confidence),
                part(images, Image::stranger, confidence));
    }

    private static double[] part(List<Image> images, Predicate<Image> which, ToDoubleFunction<Image> confidence) {
        return images.stream().filter(which).mapToDouble(confidence).toArray();
    }

    private static List<Integer> boxed(int[] counts) {
        return Arrays.stream(counts).boxed().toList();
    }
}

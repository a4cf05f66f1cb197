package io.github.finessl.report.html;

import io.github.finessl.report.BeforeTraining.DoubtfulLabel;
import io.github.finessl.report.EncodedImage;
import io.github.finessl.report.FolderFacts.Picture;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.PseudoLabelled;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * An image as a picture with a word on it.
 *
 * @param picture JPEG in base 64; empty where it could not be read
 * @param alt for those who do not see it
 * @param folder of the file; empty for a name without one
 * @param verdict {@code right} or {@code wrong}, empty where the truth is not known
 */
record Tile(
        Optional<String> picture,
        String alt,
        String label,
        String confidence,
        Optional<String> folder,
        String file,
        Optional<Verdict> verdict) {

    private static final int SIDE = 160;

    /** Labelled images whose labels look wrong. */
    static List<Tile> ofLabels(List<DoubtfulLabel> images, List<String> classes, Thumbnails thumbnails)
            throws IOException {
        List<Tile> tiles = new ArrayList<>();
        for (DoubtfulLabel image : images) {
            String label = classes.get(image.votes().label());
            tiles.add(of(
                    image.image(),
                    "Labelled image of " + label,
                    label,
                    Wording.percent(image.votes().share()),
                    Optional.of(new Verdict(
                            "wrong", "like " + classes.get(image.votes().answer()))),
                    thumbnails));
        }
        return tiles;
    }

    /** Images that seem to be of no class. */
    static List<Tile> ofStrangers(List<String> images, Thumbnails thumbnails) throws IOException {
        List<Tile> tiles = new ArrayList<>();
        for (String image : images) {
            tiles.add(of(image, "Unlabelled image of no class", "none?", "", Optional.empty(), thumbnails));
        }
        return tiles;
    }

    /** A test image that was taken for another class. */
    static Tile ofMistake(Prediction answer, List<String> classes, Thumbnails thumbnails) throws IOException {
        String truth = classes.get(answer.label());
        String predicted = classes.get(answer.predicted());
        return of(
                answer.image(),
                "Test image of " + truth + ", taken for " + predicted,
                predicted,
                Wording.percent(answer.confidence()),
                Optional.of(new Verdict("wrong", "really " + truth)),
                thumbnails);
    }

    /** A labelled image. */
    static Tile ofLabelled(LabelledImage image, List<String> classes, Thumbnails thumbnails) throws IOException {
        String label = classes.get(image.label());
        return of(image.name(), "Labelled image of " + label, label, "", Optional.empty(), thumbnails);
    }

    /** An image among its copies. */
    static Tile ofCopy(Picture picture, Thumbnails thumbnails) throws IOException {
        String label = picture.label().orElse("");
        return of(picture.image(), "Copy", label, picture.part().toString(), Optional.empty(), thumbnails);
    }

    private static Tile of(
            String image, String alt, String label, String figure, Optional<Verdict> verdict, Thumbnails thumbnails)
            throws IOException {
        Optional<BufferedImage> picture = thumbnails.of(image);
        int slash = Math.max(image.lastIndexOf('/'), image.lastIndexOf('\\'));
        return new Tile(
                picture.isPresent() ? Optional.of(jpeg(picture.get())) : Optional.empty(),
                alt,
                label,
                figure,
                slash < 1 ? Optional.empty() : Optional.of(image.substring(0, slash)),
                image.substring(slash + 1),
                verdict);
    }

    /**
     * Whether the label is right.
     *
     * @param kind {@code right}, {@code wrong}, or {@code guess} for another class that it may be
     */
    record Verdict(String kind, String text) {}

    /** Unlabelled images that the model doubts, with its second guess. */
    static List<Tile> ofDoubtful(List<PseudoLabelled> images, List<String> classes, Thumbnails thumbnails)
            throws IOException {
        List<Tile> tiles = new ArrayList<>();
        for (PseudoLabelled image : images) {
            String label = classes.get(image.label());
            PseudoLabelled.Guess second = image.second();
            tiles.add(of(
                    image.image(),
                    "Unlabelled image, taken for " + label,
                    label,
                    Wording.percent(image.confidence()),
                    Optional.of(verdict(image, classes)
                            .orElse(new Verdict(
                                    "guess",
                                    "or " + classes.get(second.label()) + " " + Wording.percent(second.confidence())))),
                    thumbnails));
        }
        return tiles;
    }

    static List<Tile> of(List<PseudoLabelled> images, List<String> classes, Thumbnails thumbnails) throws IOException {
        List<Tile> tiles = new ArrayList<>();
        for (PseudoLabelled image : images) {
            String label = classes.get(image.label());
            tiles.add(of(
                    image.image(),
                    "Unlabelled image, taken for " + label,
                    label,
                    Wording.percent(image.confidence()),
                    verdict(image, classes),
                    thumbnails));
        }
        return tiles;
    }

    private static Optional<Verdict> verdict(PseudoLabelled image, List<String> classes) {
        if (image.truth().isEmpty()) {
            return Optional.empty();
        }
        int truth = image.truth().getAsInt();
        return Optional.of(
                truth == image.label()
                        ? new Verdict("right", "right")
                        : new Verdict("wrong", "wrong: " + classes.get(truth)));
    }

    /** No larger than it is, on white where it is transparent. */
    private static String jpeg(BufferedImage image) throws IOException {
        double scale = Math.min(1, (double) SIDE / Math.max(image.getWidth(), image.getHeight()));
        int width = Math.max(1, (int) Math.round(scale * image.getWidth()));
        int height = Math.max(1, (int) Math.round(scale * image.getHeight()));
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = small.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width, height);
        graphics.drawImage(
                scale < 1 ? image.getScaledInstance(width, height, Image.SCALE_AREA_AVERAGING) : image, 0, 0, null);
        graphics.dispose();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        EncodedImage.write(small, "jpeg", bytes);
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}

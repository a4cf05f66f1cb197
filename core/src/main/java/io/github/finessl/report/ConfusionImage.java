package io.github.finessl.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The confusion matrix as a heat map: rows are true classes, columns predicted ones; the darker, the larger the part of the
 * row's images, by its square root, so that rare mistakes are seen.
 *
 * <p>Classes have their names, and cells their counts, as far as there is room.
 */
public final class ConfusionImage {
    /** Wanted for all cells of a row together, in pixels. */
    private static final int SIDE = 640;

    private static final int LARGEST_CELL = 64;

    /** The height of a name. */
    private static final int LINE = 14;

    /** Up to so many classes the image grows, so that all have their names. */
    private static final int CLASSES_NAMED = 120;

    /** The least size of a cell with a number. */
    private static final int CELL_WITH_COUNT = 2 * LINE;

    /** The room for names. */
    private static final int LABEL = 150;

    private static final int MARGIN = 24;
    private static final int GAP = 6;

    private static final Color INK = new Color(0x333333);
    private static final Color GRID = new Color(0xD0D0D0);
    private static final Color NONE = Color.WHITE;
    private static final Color ALL = new Color(0x08306B);

    private final EvaluationResult evaluation;
    private final List<String> classes;
    private final int cell;
    private final int side;
    private final int labels;

    private ConfusionImage(EvaluationResult evaluation, List<String> classes) {
        this.evaluation = evaluation;
        this.classes = classes;
        int least = classes.size() <= CLASSES_NAMED ? LINE : 1;
        cell = Math.min(LARGEST_CELL, Math.max(least, SIDE / classes.size()));
        side = cell * classes.size();
        labels = cell >= LINE ? LABEL : 0;
    }

    /** Draws the matrix; needs a font: see {@link Charts#checkFonts}. */
    public static BufferedImage draw(EvaluationResult evaluation, List<String> classes) {
        return new ConfusionImage(evaluation, classes).draw();
    }

    private BufferedImage draw() {
        int begin = MARGIN + labels + GAP;
        BufferedImage image =
                new BufferedImage(begin + side + MARGIN, begin + side + MARGIN, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, LINE - 2));
        graphics.translate(begin, begin);
        IntStream.range(0, classes.size()).forEach(label -> drawRow(graphics, label));
        graphics.setColor(GRID);
        graphics.drawRect(-1, -1, side + 1, side + 1);
        graphics.setColor(INK);
        int title = -labels - 2 * GAP;
        graphics.drawString("predicted class", 0, title);
        drawRowNames(graphics);
        graphics.rotate(-Math.PI / 2);
        graphics.drawString("true class", -graphics.getFontMetrics().stringWidth("true class"), title);
        drawColumnNames(graphics);
        graphics.dispose();
        return image;
    }

    private void drawRow(Graphics2D graphics, int label) {
        int images = IntStream.range(0, classes.size())
                .map(predicted -> evaluation.count(label, predicted))
                .sum();
        FontMetrics font = graphics.getFontMetrics();
        for (int predicted = 0; predicted < classes.size(); predicted++) {
            int count = evaluation.count(label, predicted);
            double strength = images == 0 ? 0 : Math.sqrt(count / (double) images);
            graphics.setColor(between(strength));
            graphics.fillRect(predicted * cell, label * cell, cell, cell);
            String number = Integer.toString(count);
            int width = font.stringWidth(number);
            if (count > 0 && cell >= CELL_WITH_COUNT && width + 2 < cell) {
                graphics.setColor(strength > 0.5 ? Color.WHITE : INK);
                graphics.drawString(number, predicted * cell + (cell - width) / 2, baseline(font, label));
            }
        }
    }

    private static Color between(double strength) {
        return new Color(
                mixed(NONE.getRed(), ALL.getRed(), strength),
                mixed(NONE.getGreen(), ALL.getGreen(), strength),
                mixed(NONE.getBlue(), ALL.getBlue(), strength));
    }

    private static int mixed(int none, int all, double strength) {
        return (int) Math.round(none + strength * (all - none));
    }

    private void drawRowNames(Graphics2D graphics) {
        FontMetrics font = graphics.getFontMetrics();
        for (int k = 0; labels > 0 && k < classes.size(); k++) {
            String name = shortened(classes.get(k), font);
            graphics.drawString(name, -GAP - font.stringWidth(name), baseline(font, k));
        }
    }

    /** On axes that were turned, so that names run upwards. */
    private void drawColumnNames(Graphics2D turned) {
        FontMetrics font = turned.getFontMetrics();
        for (int k = 0; labels > 0 && k < classes.size(); k++) {
            turned.drawString(shortened(classes.get(k), font), GAP, baseline(font, k));
        }
    }

    /** The baseline of text in the middle of the row, or the column, of a class. */
    private int baseline(FontMetrics font, int k) {
        return k * cell + (cell + font.getAscent() - font.getDescent()) / 2;
    }

    private static String shortened(String name, FontMetrics font) {
        String shorter = name;
        while (font.stringWidth(shorter) > LABEL) {
            int letters = shorter.codePointCount(0, shorter.length()) - (shorter.equals(name) ? 1 : 2);
            shorter = name.substring(0, name.offsetByCodePoints(0, letters)) + "…";
        }
        return shorter;
    }
}

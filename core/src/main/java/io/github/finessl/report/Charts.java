package io.github.finessl.report;

import io.github.finessl.io.AtomicFile;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.GraphicsEnvironment;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Line and bar charts as PNG files or images; needs no display. */
public final class Charts {

    private static final int WIDTH = 640;
    private static final int HEIGHT = 400;
    private static final int TITLE_HEIGHT = 44;

    /** The number of letters of a legend that have room below a chart. */
    private static final int LEGEND_LETTERS = 80;

    /** The number of letters of categories that have room side by side. */
    private static final int CATEGORY_LETTERS = 50;

    /** Pixels for each unit of length, so that text stays crisp on fine screens. */
    private static final int SCALE = 2;

    private static final String PERCENT = "%";
    private static final String FONT = Font.SANS_SERIF;
    private static final Color INK = new Color(0x333333);
    private static final Color GRID = new Color(0xE4E4E4);

    /** Colours that people with any colour vision can tell apart (Okabe and Ito; the last three are Tol's). */
    public static final List<Color> COLOURS = List.of(
            new Color(0x0072B2),
            new Color(0xD55E00),
            new Color(0x009E73),
            new Color(0xCC79A7),
            new Color(0xE69F00),
            new Color(0x56B4E9),
            new Color(0x000000),
            new Color(0x999999),
            new Color(0x882255),
            new Color(0x332288),
            new Color(0x999933));

    private Charts() {}

    /**
     * A named line through points whose x rise.
     *
     * @param halves of the interval around each y; empty for a line without intervals
     */
    public record Line(String name, List<Double> x, List<Double> y, List<Double> halves) {

        /** A line without intervals. */
        public Line(String name, List<Double> x, List<Double> y) {
            this(name, x, y, List.of());
        }
    }

    /** A panel of a chart: one set of axes. */
    public sealed interface Panel permits Lines, Bars {
        /** The panel's title. */
        String title();

        /** The names of what is told apart by colour. */
        List<String> names();
    }

    /** A panel with lines over numbers. */
    public record Lines(String title, String xLabel, String yLabel, List<Line> lines) implements Panel {
        @Override
        public List<String> names() {
            return lines.stream().map(Line::name).toList();
        }
    }

    /** A named series of bars, one for each category; null where there is none. */
    public record Series(String name, List<Double> heights) {}

    /** A panel with groups of bars, a group for each category. */
    public record Bars(String title, String yLabel, List<String> categories, List<Series> series) implements Panel {
        @Override
        public List<String> names() {
            return series.stream().map(Series::name).toList();
        }
    }

    /** The curve of one run. */
    public record Curve(String run, List<CurvePoint> points) {}

    /**
     * Checks that there is a font to draw text with.
     *
     * @throws IllegalStateException saying what to install, where Java finds no font
     */
    public static void checkFonts() {
        try {
            if (GraphicsEnvironment.getLocalGraphicsEnvironment().getAvailableFontFamilyNames().length > 0) {
                return;
            }
        } catch (RuntimeException | LinkageError | InternalError e) {
            throw noFonts(e);
        }
        throw noFonts(null);
    }

    private static IllegalStateException noFonts(Throwable cause) {
        return new IllegalStateException(
                "Charts need a font, and Java finds none here: install fontconfig and, say, fonts-dejavu-core.", cause);
    }

    /**
     * Writes charts of accuracy, pseudo-label accuracy, mask rate and loss over steps; panels that no run has two
     * points for are left out.
     */
    public static void writeCurves(Path png, String title, List<Curve> curves) throws IOException {
        List<Lines> panels = List.of(
                panel("Accuracy on test images", PERCENT, curves, point -> percent(point.testAccuracy())),
                panel("Accuracy on the labelled batch", PERCENT, curves, point -> percent(point.batchAccuracy())),
                panel("Pseudo-labels that are right", PERCENT, curves, point -> percent(point.pseudoLabelAccuracy())),
                panel("Confident pseudo-labels (mask rate)", PERCENT, curves, point -> percent(point.maskRate())),
                panel("Loss", "loss", curves, CurvePoint::loss));
        write(
                png,
                title,
                panels.stream()
                        .filter(panel -> !panel.lines().isEmpty())
                        .<Panel>map(panel -> panel)
                        .toList());
    }

    private static Lines panel(String title, String yLabel, List<Curve> curves, Function<CurvePoint, Double> value) {
        List<Line> lines = curves.stream()
                .map(curve -> {
                    List<CurvePoint> points = curve.points().stream()
                            .filter(point -> Objects.nonNull(value.apply(point)))
                            .toList();
                    return new Line(
                            curve.run(),
                            points.stream().map(point -> (double) point.step()).toList(),
                            points.stream().map(value).toList());
                })
                .filter(line -> line.x().size() > 1)
                .toList();
        return new Lines(title, "step", yLabel, lines);
    }

    private static Double percent(Double fraction) {
        return fraction == null ? null : 100 * fraction;
    }

    /**
     * Writes the panels that have something to show, two in a row, under a common title; no file where there is none.
     */
    public static void write(Path png, String title, List<? extends Panel> all) throws IOException {
        List<? extends Panel> panels =
                all.stream().filter(panel -> !panel.names().isEmpty()).toList();
        if (!panels.isEmpty()) {
            BufferedImage image = image(title, panels);
            AtomicFile.write(png, out -> EncodedImage.write(image, "png", out));
        }
    }

    /** Draws one panel or more, two in a row, under a common title. */
    public static BufferedImage image(String title, List<? extends Panel> panels) {
        checkFonts();
        int columns = Math.min(2, panels.size());
        int rows = (panels.size() + 1) / 2;
        BufferedImage image = new BufferedImage(
                SCALE * columns * WIDTH, SCALE * (TITLE_HEIGHT + rows * HEIGHT), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.scale(SCALE, SCALE);
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, columns * WIDTH, TITLE_HEIGHT + rows * HEIGHT);
        graphics.setColor(INK);
        graphics.setFont(new Font(FONT, Font.BOLD, 18));
        graphics.drawString(title, 20, 30);
        for (int i = 0; i < panels.size(); i++) {
            Graphics2D cell = (Graphics2D) graphics.create();
            cell.translate(i % 2 * WIDTH, TITLE_HEIGHT + i / 2 * HEIGHT);
            paint(panels.get(i), coloured(panels.get(i), panels), cell);
            cell.dispose();
        }
        graphics.dispose();
        return image;
    }

    /** The names of all panels of its kind: a run has the same colour in each of them. */
    private static List<String> coloured(Panel panel, List<? extends Panel> panels) {
        return panels.stream()
                .filter(other -> other.getClass() == panel.getClass())
                .flatMap(other -> other.names().stream())
                .distinct()
                .toList();
    }

    private static void paint(Panel panel, List<String> names, Graphics2D cell) {
        if (panel instanceof Bars bars) {
            chart(bars, names).paint(cell, WIDTH, HEIGHT);
        } else if (panel instanceof Lines lines) {
            chart(lines, names).paint(cell, WIDTH, HEIGHT);
        }
    }

    private static CategoryChart chart(Bars panel, List<String> names) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(panel.title())
                .yAxisTitle(panel.yLabel())
                .build();
        style(chart, panel);
        chart.getStyler().setAvailableSpaceFill(0.8);
        if (String.join("", panel.categories()).length() > CATEGORY_LETTERS) {
            chart.getStyler().setXAxisLabelRotation(15);
        }
        if (panel.yLabel().equals(PERCENT)) {
            chart.getStyler().setYAxisMin(0.0).setYAxisMax(100.0);
        }
        for (Series each : panel.series()) {
            chart.addSeries(each.name(), panel.categories(), each.heights())
                    .setFillColor(COLOURS.get(names.indexOf(each.name()) % COLOURS.size()));
        }
        return chart;
    }

    private static XYChart chart(Lines panel, List<String> names) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(panel.title())
                .xAxisTitle(panel.xLabel())
                .yAxisTitle(panel.yLabel())
                .build();
        style(chart, panel);
        chart.getStyler().setLegendVisible(panel.lines().size() > 1);
        chart.getStyler().setXAxisMin(0.0);
        if (panel.yLabel().equals(PERCENT)) {
            chart.getStyler().setYAxisMin(0.0).setYAxisMax(100.0);
        }
        for (Line line : panel.lines()) {
            Color colour = COLOURS.get(names.indexOf(line.name()) % COLOURS.size());
            XYSeries series = chart.addSeries(
                    line.name(), offTheGrid(line.x()), line.y(), line.halves().isEmpty() ? null : line.halves());
            series.setLineColor(colour);
            series.setLineStyle(new BasicStroke(2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
            series.setMarkerColor(colour);
            // A line through few points shows where they are.
            series.setMarker(line.x().size() <= 12 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
        }
        return chart;
    }

    /** XChart labels evenly spaced points until the labels touch, and others at round numbers: the first is moved a hair. */
    private static List<Double> offTheGrid(List<Double> x) {
        List<Double> moved = new ArrayList<>(x);
        if (x.size() > 1) {
            moved.set(0, x.get(0) + 1e-3 * (x.get(1) - x.get(0)));
        }
        return moved;
    }

    private static void style(Chart<? extends AxesChartStyler, ?> chart, Panel panel) {
        boolean fitsBelow =
                panel.names().stream().mapToInt(name -> name.length() + 6).sum() <= LEGEND_LETTERS;
        chart.getStyler()
                .setChartTitleFont(new Font(FONT, Font.PLAIN, 15))
                .setLegendFont(new Font(FONT, Font.PLAIN, 12))
                .setLegendPosition(fitsBelow ? Styler.LegendPosition.OutsideS : Styler.LegendPosition.OutsideE)
                .setLegendLayout(fitsBelow ? Styler.LegendLayout.Horizontal : Styler.LegendLayout.Vertical)
                .setLegendBorderColor(Color.WHITE)
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBackgroundColor(Color.WHITE)
                .setChartFontColor(INK);
        chart.getStyler()
                .setAxisTitleFont(new Font(FONT, Font.PLAIN, 12))
                .setAxisTickLabelsFont(new Font(FONT, Font.PLAIN, 12))
                .setAxisTickLabelsColor(INK)
                .setPlotGridLinesColor(GRID)
                .setPlotGridVerticalLinesVisible(false)
                .setPlotBorderVisible(false)
                .setMarkerSize(6);
    }
}

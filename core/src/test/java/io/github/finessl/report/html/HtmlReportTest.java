package io.github.finessl.report.html;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.report.BeforeTraining;
import io.github.finessl.report.CurvePoint;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.PseudoLabelled;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.Unreadable;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.parser.Parser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {

    private static final List<String> TWO = List.of("cat", "dog");

    @TempDir
    Path directory;

    @Test
    void saysHowGoodAndHowSure() throws IOException {
        Document page = page(Samples.tenClasses());
        assertThat(page.selectFirst("h1").text()).isEqualTo("76.3 % of the test images are named right");
        assertThat(page.selectFirst(".lead").text())
                .contains("1,000 test images", "between 73.6 % and 78.8 %", "Guessing would give 10.0 %");
        assertThat(page.select(".facts div").eachText())
                .contains("Labelled images 40", "Classes 10", "Unlabelled images 2,460", "Method finessl");
        assertThat(page.select("#training h3").eachText())
                .containsExactly(
                        "Loss",
                        "Accuracy on the labelled images",
                        "Pseudo-labels that are right",
                        "Confident pseudo-labels");
        assertThat(page.select(".matrix tbody tr")).hasSize(10);
        assertThat(page.select(".matrix td").eachText().stream().mapToInt(Integer::parseInt))
                .hasSize(100)
                .satisfies(cells -> assertThat(
                                cells.stream().mapToInt(Integer::intValue).sum())
                        .isEqualTo(1000));
        assertThat(page.select("#bias .small figure")).hasSize(10);
        assertThat(page.selectFirst("#bias .plot p").text()).contains("10, dashed", "From 8.1", "to 9.8");
        assertThat(page.select("#next .tile img")).hasSize(36);
        assertThat(page.select("#confidence figure h3").eachText()).containsExactly("Test images", "Unlabelled images");
        assertThat(page.selectFirst("#confidence figure p").text())
                .contains("763 right", "237 wrong", "Underconfident by 1.5 points");
        assertThat(page.select("#confidence figure").get(1).select(".legend li").eachText())
                .containsExactly("right", "wrong", "unknown");
        assertThat(page.select("#configuration .settings").get(0).text()).contains("steps 150 instead of 15000");
    }

    @Test
    void countsInItsHistograms() throws IOException {
        Document page = page(Samples.small(
                TWO,
                List.of(
                        new Prediction("1", 0, 0, 0.97),
                        new Prediction("2", 0, 1, 0.51),
                        new Prediction("3", 1, 1, 1.0),
                        new Prediction("4", 1, 1, 0.51)),
                List.of()));
        assertThat(page.select("#confidence rect title").eachText())
                .containsExactly(
                        "1 right, confidence 50 % to 55 %",
                        "1 wrong, confidence 50 % to 55 %", "2 right, confidence 95 % to 100 %");
        assertThat(page.select("#confidence tbody tr").eachText())
                .contains("≥ 50 % 4 100 % 75.0 %", "≥ 70 % 2 50 % 100.0 %", "≥ 99 % 1 25 % 100.0 %");
        assertThat(page.selectFirst("#confidence figure p").text())
                .isEqualTo("3 right, 83 % sure on average; 1 wrong, 51 % sure on average.");
    }

    @Test
    void withoutTestImagesSaysThatNothingIsKnown() throws IOException {
        Document page = page(Samples.withoutTestImages());
        assertThat(page.selectFirst("h1").text()).isEqualTo("How good this model is, nobody knows yet");
        assertThat(page.selectFirst(".lead").text()).contains("test/<class>/", "finessl evaluate");
        assertThat(page.select("#classes, .gauge, .verdict.right, .verdict.wrong"))
                .isEmpty();
        assertThat(page.select("#confidence figure")).hasSize(1);
        assertThat(page.selectFirst("#confidence figure p").text()).contains("Nobody knows which labels are right.");
        assertThat(page.select("#confidence thead th").eachText()).containsExactly("Confidence", "Unlabelled");
        assertThat(page.select(".gone")).isNotEmpty();
        assertThat(page.select(".settings").get(0).text()).contains("steps 150").doesNotContain("instead");
    }

    @Test
    void withoutUnlabelledImagesHasNothingToLabelNext() throws IOException {
        Document page = page(Samples.small(TWO, List.of(new Prediction("1", 0, 0, 0.9)), List.of()));
        assertThat(page.select("#next, #bias, .tile")).isEmpty();
        assertThat(page.select("nav a").eachText())
                .containsExactly("Classes and mistakes", "Confidence", "Configuration");
    }

    @Test
    void withNothingAtAllIsStillAPage() throws IOException {
        Document page = page(Samples.small(TWO, List.of(), List.of()));
        assertThat(page.select("nav a").eachText()).containsExactly("Configuration");
    }

    @Test
    void namesTheClassThatIsNeverPredicted() throws IOException {
        Document page = page(Samples.small(
                List.of("cat", "dog", "owl"),
                List.of(new Prediction("1", 0, 0, 0.9), new Prediction("2", 1, 0, 0.9)),
                List.of(pseudo("a.jpg", 0, 0.5), pseudo("b.jpg", 0, 0.6))));
        assertThat(page.selectFirst("#classes .warning").text()).isEqualTo("No test image was taken for dog and owl.");
        assertThat(page.select(".accuracy tr").eachText()).contains("owl no test images", "cat 100 % 1 of 1");
        assertThat(page.select(".plain tbody tr").get(0).text()).isEqualTo("dog cat 1 100 %");
        assertThat(page.selectFirst("#bias p").text())
                .isEqualTo("The finished model gives cat most often (2 images, 100.0 %) and dog and owl never. An even"
                        + " share, the mark, would be 1 of 2 images.");
    }

    @Test
    void ofAHundredClassesShowsTheMistaken() throws IOException {
        Document page = page(Samples.hundredClasses());
        assertThat(page.select(".matrix tbody tr")).hasSize(12);
        assertThat(page.select(".matrix thead th").last().text()).isEqualTo("any other");
        assertThat(page.select(".matrix tbody tr"))
                .allSatisfy(row -> assertThat(row.select("td").eachText().stream()
                                .mapToInt(Integer::parseInt)
                                .sum())
                        .isEqualTo(10));
        assertThat(page.select("#classes .accuracy tbody tr")).hasSize(100);
        assertThat(page.select("#bias .small figure")).hasSize(10);
    }

    @Test
    void tellsNoPreferenceFromAFewPseudoLabels() throws IOException {
        RunRecord run = Samples.run(2, 100, 0, null, pseudoLabels(2, 3), pseudoLabels(3, 2));
        Document page = page(
                Samples.content(run, Map.of(), TWO, List.of(), List.of(), BeforeTraining.UNKNOWN, Thumbnails.NONE));
        assertThat(page.select("#bias svg")).isEmpty();
        assertThat(page.selectFirst("#bias p").text()).contains("too few pseudo-labels");
        RunRecord longer = Samples.run(2, 100, 0, null, pseudoLabels(64, 0), pseudoLabels(32, 32));
        page = page(
                Samples.content(longer, Map.of(), TWO, List.of(), List.of(), BeforeTraining.UNKNOWN, Thumbnails.NONE));
        assertThat(page.selectFirst("#bias .plot p").text()).contains("2, dashed", "From 1.0", "to 2.0");
        assertThat(page.select("#bias .small figcaption").eachText())
                .containsExactly("cat 100.0 % → 50.0 %", "dog 0.0 % → 50.0 %");
    }

    private static CurvePoint.PseudoLabels pseudoLabels(Integer... counts) {
        return new CurvePoint.PseudoLabels(0.7, 0.9, List.of(counts));
    }

    @Test
    void showsTheMostDoubtfulFirstAndPointsToTheList() throws IOException {
        List<PseudoLabelled> images = IntStream.range(0, 100)
                .mapToObj(i -> pseudo("%d.jpg".formatted(i), i % 2, 0.5 + (i * 37 % 100) / 200.0))
                .toList();
        ReportContent content = Samples.small(TWO, List.of(), images);
        assertThat(page(content).selectFirst("#next p").text()).contains("finessl pseudo-label writes them all");
        PseudoLabelled.writeCsv(directory.resolve(PseudoLabelled.FILE), images, TWO);
        Document page = page(content);
        assertThat(page.select("#next p a").eachAttr("href")).containsExactly("pseudo-labels.csv");
        assertThat(page.select(".tiles").get(0).select(".file").eachText())
                .hasSize(24)
                .startsWith("0.jpg", "73.jpg", "46.jpg");
        assertThat(page.select(".tiles").get(1).select(".file").eachText())
                .hasSize(12)
                .startsWith("27.jpg");
        assertThat(Files.readAllLines(directory.resolve(PseudoLabelled.FILE)))
                .hasSize(101)
                .startsWith("image,label,confidence,weight,margin", "0.jpg,cat,0.5,,", "73.jpg,dog,0.505,,");
        assertThat(page(Samples.small(TWO, List.of(), images.subList(0, 1))).select(".tile"))
                .as("an image is shown once")
                .hasSize(1);
    }

    @Test
    void saysWhyFilesWereLeftOut() throws IOException {
        assertThat(page(Samples.tenClasses()).select("#left-out")).isEmpty();
        Document page = page(Samples.withoutTestImages());
        assertThat(page.select("nav a").eachAttr("href")).contains("#left-out");
        assertThat(page.selectFirst("#left-out p").text()).isEqualTo("15 files could not be read and took no part.");
        assertThat(page.select("#left-out tbody tr").eachText())
                .containsExactly("ends before its image <does> 12", "is empty 3");
        Unreadable.writeCsv(directory.resolve(Unreadable.FILE), List.of(new Unreadable("a \"b\",\nc.jpg", "is empty")));
        assertThat(page(Samples.withoutTestImages()).select("#left-out a").eachAttr("href"))
                .containsExactly("unreadable.csv");
        assertThat(directory.resolve(Unreadable.FILE))
                .content()
                .isEqualTo("image,reason\n\"a \"\"b\"\",\nc.jpg\",is empty\n");
    }

    @Test
    void shrinksItsPictures() throws IOException {
        Element picture = page(Samples.small(TWO, List.of(), List.of(pseudo("a.jpg", 0, 0.5))))
                .selectFirst(".tile img");
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(
                Base64.getDecoder().decode(picture.attr("src").replace("data:image/jpeg;base64,", ""))));
        assertThat(image.getWidth()).isEqualTo(160);
        assertThat(image.getHeight()).isEqualTo(120);
        assertThat(image.getRGB(80, 60) & 0xffffff).as("transparent is white").isEqualTo(0xffffff);
        page(Samples.tenClasses());
        assertThat(Files.size(directory.resolve("report.html"))).isLessThan(300_000);
    }

    @Test
    void escapesNamesOfUsers() throws IOException {
        String evil = "<script>alert('1')</script>\" onload=\"x\" 강아지 & `{{title}}`";
        Document page = page(Samples.small(
                List.of(evil, "dog"),
                List.of(new Prediction("1", 0, 1, 0.9), new Prediction("2", 1, 0, 0.9)),
                List.of(
                        Samples.pseudoLabelled(evil, 0, 0.5, 1.0, 0.0, OptionalInt.of(1)),
                        Samples.pseudoLabelled("b", 0, 0.6, 1.0, 0.0, OptionalInt.of(0)))));
        assertThat(page.selectFirst("#next .folder").text() + "/"
                        + page.selectFirst("#next .file").text())
                .isEqualTo(evil);
        assertThat(page.selectFirst("#next b").text()).isEqualTo(evil);
        assertThat(page.select(".matrix tbody .name").get(0).attr("title")).isEqualTo(evil);
        assertThat(page.select("#configuration dd").eachText()).contains("a \"model\" <here>");
    }

    @Test
    void cellsLeadToThePicturesOfTheMistakes() throws IOException {
        Document page = page(Samples.tenClasses());
        List<Element> links = page.select(".matrix td.wrong a");
        assertThat(links).isNotEmpty();
        for (Element link : links) {
            Element heading = page.selectFirst(link.attr("href"));
            assertThat(heading.nextElementSibling().select("li").size())
                    .isBetween(1, Math.min(6, Integer.parseInt(link.text())));
        }
        assertThat(page.select("#classes .tile").size()).isEqualTo(60);
        assertThat(page.select("#labelled .tile")).hasSizeBetween(20, 30);
    }

    @Test
    void refusesClassesThatThereAreNot() {
        assertThatThrownBy(() -> Samples.small(TWO, List.of(new Prediction("1", 0, 2, 0.9)), List.of()))
                .hasMessage("class 2 of 2");
    }

    private static PseudoLabelled pseudo(String image, int label, double confidence) {
        return Samples.pseudoLabelled(image, label, confidence, null, null, OptionalInt.empty());
    }

    /** Whatever the page shows, it is sound HTML, refers to nothing outside and runs nothing. */
    private Document page(ReportContent content) throws IOException {
        Path html = directory.resolve("report.html");
        HtmlReport.write(html, content);
        String text = Files.readString(html);
        Parser parser = Parser.htmlParser().setTrackErrors(10);
        Document page = Jsoup.parse(text.replace('\u00a0', ' '), "", parser);
        assertThat(parser.getErrors()).isEmpty();
        assertThat(page.select("script, link, iframe, object, embed, base, [onload], [onerror], [onclick]"))
                .isEmpty();
        assertThat(page.select("[src], [href], [srcset]"))
                .extracting(element -> element.hasAttr("src") ? element.attr("src") : element.attr("href"))
                .allMatch(to -> to.startsWith("data:image/jpeg;base64,")
                        || to.equals("pseudo-labels.csv")
                        || to.equals("unreadable.csv")
                        || (to.startsWith("#") && page.getElementById(to.substring(1)) != null));
        assertThat(page.select("style").html()).doesNotContain("@import", "url(", "http");
        assertThat(page.select("[style]").eachAttr("style")).allMatch(style -> style.matches("[-a-z0-9:;.%]+"));
        assertThat(page.text()
                        + page.select("svg").outerHtml()
                        + page.select("[style]").eachAttr("style"))
                .doesNotContain("NaN", "Infinity", "null", "Optional[", "{{#", "{{/", "{{>");
        assertThat(page.select("img:not([alt]), svg:not([aria-label]), table:not(:has(th))"))
                .isEmpty();
        assertThat(page.select("h1")).hasSize(1);
        return page;
    }
}

package io.github.finessl.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Visits with photos and the encoder of the repository, by the keys and buttons that people press. */
@Tag("browser")
class StudioVisitBrowserTest {

    private static final int MOST_KEYS = 59;
    private static final int PHOTOS = 500;

    @RegisterExtension
    static final StudioInBrowser studio = new StudioInBrowser();

    @TempDir
    Path directory;

    private Browser browser;

    @BeforeEach
    void takeBrowser() {
        browser = studio.browser();
    }

    @Test
    void aFewKeystrokesMakeAModelThatIsShipped() throws IOException, OrtException {
        Path folder = directory.resolve("photos");
        CifarPhotos photos = CifarPhotos.write(folder.resolve("unlabelled"), PHOTOS, 1);
        studio.open(folder, CifarPhotos.ENCODER, Integer.getInteger("visit.steps", 40), "en");
        try (StudioClient client = new StudioClient(studio.address())) {
            Visitor visitor = new Visitor(new BrowserDesk(browser, client), photos.truth()::get);
            visitor.label(MOST_KEYS);
            assertThat(visitor.keys()).isLessThan(60);
            assertThat(studio.files("labelled")).isEqualTo(visitor.labels());
            assertThat(visitor.labels()).isGreaterThanOrEqualTo(15);
            System.out.printf("%d keystrokes gave %d labels.%n", visitor.keys(), visitor.labels());
        }
        browser.show("grid", 1280, "light");
        browser.await("suggestions", () -> !browser.all(".tile").isEmpty());
        studio.look("grid", "visit-accept");
        studio.look("grid", "visit-accept", 860, "light");
        assertThat(rightOfSelected(photos.truth()))
                .as("selected suggestions that are right")
                .isGreaterThan(0.9);
        studio.train("001", "Model %s is ready.");
        studio.look("train", "visit-train");
        browser.show("ship", 1280, "light");
        browser.await("page", () -> browser.text("studio-ship").contains("Write the ONNX file"));
        browser.script(
                "[...document.querySelectorAll('studio-ship button')].find(b => b.textContent.includes('ONNX')).click()");
        browser.await("code", () -> browser.text("studio-ship pre").contains("Classify.java"));
        studio.look("ship", "visit-ship");
        try (ShippedOnnx model = ShippedOnnx.open(folder.resolve("models/001.onnx"))) {
            assertThat(model.accuracy(CifarPhotos.test())).isGreaterThan(0.75);
        }
        assertThat(browser.complaints()).isEmpty();
    }

    /** Of the suggestions that the page selects, in all classes, the part that is right. */
    private double rightOfSelected(Map<String, String> truth) {
        List<?> selected = (List<?>) browser.script("return Promise.all("
                + "[...document.querySelectorAll('#grid-class option')].map(each => fetch("
                + "`/api/grid?count=200&class=${encodeURIComponent(each.value)}`).then(r => r.json()))).then(all =>"
                + " all.flatMap(each => each.photos).filter(each => each.suggestion.confidence >= 0.5)"
                + ".map(each => each.name + '/' + each.suggestion.className))");
        long right = selected.stream()
                .map(each -> String.valueOf(each).split("/", 2))
                .filter(each -> truth.get(each[0]).equals(each[1]))
                .count();
        System.out.printf("%d of %d selected suggestions are right.%n", right, selected.size());
        return right / (double) selected.size();
    }

    @Test
    void groceriesAreAcceptedTwentyAtATimeAndTheModelIsTested() throws IOException, InterruptedException {
        Path folder = directory.resolve("groceries");
        assumeTrue(GroceryPhotos.areThere(), GroceryPhotos.WHERE);
        Map<String, String> truth = GroceryPhotos.write(folder);
        studio.open(folder, CifarPhotos.ENCODER, Integer.getInteger("visit.steps", 40), "en");
        browser.await("what to do", () -> browser.text(".next a").equals("Look at suggestions"));
        studio.look("overview", "grocery-overview");
        browser.show("grid", 1280, "light");
        browser.await("suggestions", () -> !browser.all(".tile").isEmpty());
        assertThat(rightOfSelected(truth))
                .as("selected suggestions that are right")
                .isGreaterThan(0.9);
        studio.look("grid", "grocery-accept");
        List<?> classes = (List<?>)
                browser.script("return [...document.querySelectorAll('#grid-class option')].map(each => each.value)");
        for (Object each : classes) {
            long before = studio.files("labelled");
            browser.select("#grid-class", String.valueOf(each));
            browser.await(
                    "suggestions",
                    () -> browser.text(".row button.main").endsWith(" as " + each)
                            || browser.text("studio-grid").contains("likelier to be of another class"));
            if (!browser.all("studio-grid .tile[aria-pressed=true]").isEmpty()) {
                browser.one(".row button.main").click();
                browser.await("more labels", () -> studio.files("labelled") > before);
            }
        }
        studio.look("label", "grocery-label");
        studio.train("001", "Model %s is ready.");
        assertThat(browser.text("studio-train")).contains("Model 001 is right on ");
        browser.show("models", 1280, "light");
        browser.await("curve", () -> !browser.all("studio-models .curve canvas").isEmpty());
        studio.look("models", "grocery-models");
        browser.show("ship", 1280, "light");
        browser.await("prices", () -> browser.text("#price").contains("180 test photos"));
        studio.look("ship", "grocery-ship");
        assertThat(browser.complaints()).isEmpty();
    }
}

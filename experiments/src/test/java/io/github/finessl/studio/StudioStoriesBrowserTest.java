package io.github.finessl.studio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** Visits what comes after the first labels: wrong ones, models one after the other, thresholds, what is shipped. */
@Tag("browser")
class StudioStoriesBrowserTest {

    private static final int TEST_PHOTOS = 12;

    @TempDir
    static Path profile;

    @TempDir
    Path directory;

    private static Browser browser;

    private Path photos;
    private Studio studio;

    @BeforeAll
    static void openBrowser() {
        browser = Browser.open(profile);
    }

    @AfterAll
    static void closeBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @AfterEach
    void close() {
        if (studio != null) {
            studio.close();
            studio = null;
        }
    }

    private void open(int steps, String language) {
        Studio.Settings usual = Studio.Settings.of(photos, ColouredPhotos.ENCODER);
        studio = Studio.open(
                new Studio.Settings(photos, Optional.empty(), usual.encoder(), usual.precision(), steps, 0));
        browser.complaints();
        browser.show(URI.create(studio.address().toString().replace("/#", "/?lang=" + language + "#")));
        browser.show("overview", 1280, "light");
        browser.await("end of the preparation", () -> browser.all("#prepared").isEmpty());
    }

    private ColouredPhotos twoClasses(int each) throws IOException {
        photos = directory.resolve("photos");
        ColouredPhotos all = new ColouredPhotos(photos).unlabelled(3);
        for (int i = 0; i < each; i++) {
            all.write("labelled/red/%d.png".formatted(i), 1, 10 + i)
                    .write("labelled/파랑/%d.png".formatted(i), 0, 10 + i);
        }
        return all;
    }

    private void testPhotos(ColouredPhotos all) throws IOException {
        for (int i = 0; i < TEST_PHOTOS; i++) {
            all.write("test/red/%d.png".formatted(i), 1, 20 + i).write("test/파랑/%d.png".formatted(i), 0, 20 + i);
        }
    }

    private long files(String folder) {
        try (Stream<Path> files = Files.walk(photos.resolve(folder))) {
            return files.filter(Files::isRegularFile).count();
        } catch (IOException e) {
            return 0;
        }
    }

    /** The part as it is in wide and narrow windows, in the light and in the dark. */
    private void look(String part, String name) throws IOException {
        for (int width : List.of(1280, 360)) {
            for (String scheme : List.of("light", "dark")) {
                browser.show(part, width, scheme);
                browser.await(
                        "text", () -> !browser.text("studio-" + part + " p").isEmpty());
                browser.await(
                        "pictures",
                        () -> browser.script(
                                        "return [...document.images].every(i => i.loading === 'lazy' || i.complete)")
                                .equals(true));
                browser.shoot("%s-%d-%s".formatted(name, width, scheme));
                browser.requireFits();
                browser.requireAccessible();
            }
        }
        browser.show(part, 1280, "light");
    }

    private void train(String model) {
        browser.show("train", 1280, "light");
        browser.one("studio-train .row button.main").click();
        browser.await("model " + model, () -> browser.text("studio-train").contains("Model " + model + " is ready."));
    }

    private String shown() {
        return String.valueOf(browser.script("const p = document.querySelector('studio-review .photo img');"
                + " return p !== null && p.offsetParent !== null ? p.alt : ''"));
    }

    @Test
    void labelsThatLookWrongAreCorrectedAndKeptByKeys() throws IOException {
        twoClasses(6).write("labelled/red/wrong-1.png", 0, 40).write("labelled/파랑/wrong-2.png", 1, 41);
        open(1, "en");
        browser.await(
                "word on the first page", () -> browser.text("studio-overview").contains("Labels that look wrong: 2."));
        browser.show("review", 1280, "light");
        browser.await("photo", () -> !shown().isEmpty());
        browser.await("both", () -> browser.text("studio-review").contains("2 of 14 labels look wrong."));
        look("review", "review");
        browser.await("photo", () -> !shown().isEmpty());
        String first = shown();
        browser.one("studio-review .tiles button").click();
        browser.await("the other one", () -> !shown().equals(first));
        browser.type("s");
        browser.await("the first one again", () -> shown().equals(first));
        boolean firstIsBlue = first.contains("wrong-1");
        browser.script("document.activeElement.blur()");
        browser.type(Keys.ENTER);
        browser.await("corrected label", () -> files(firstIsBlue ? "labelled/파랑" : "labelled/red") == 8);
        browser.await("the other one", () -> !shown().isEmpty() && !shown().equals(first));
        browser.type("r");
        browser.await(
                "none",
                () -> shown().isEmpty()
                        && browser.text("studio-review").contains("No label looks wrong, of 14 that were compared."));
        browser.requireAccessible();
        browser.type("z"); // the one that was right
        browser.await("it is back", () -> !shown().isEmpty() && !shown().equals(first));
        browser.type("z"); // the one that was corrected
        browser.await("label as it was", () -> files("labelled/red") == 7 && files("labelled/파랑") == 7);
        browser.await("both", () -> browser.text("studio-review").contains("2 of 14 labels look wrong."));
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void modelsGetBetterAreComparedRestoredAndShipped() throws IOException {
        ColouredPhotos all = twoClasses(2);
        testPhotos(all);
        open(12, "en");
        train("001");
        browser.show("label", 1280, "light");
        browser.await("word on who suggests", () -> browser.text("studio-label").contains("24 test photos"));
        browser.await("a reason", () -> browser.text("studio-label").contains("Shown first: "));
        for (int i = 1; i <= 3; i++) {
            int labels = i;
            browser.type("1");
            browser.await("label", () -> files("labelled") == 4 + labels);
        }
        train("002");
        browser.show("models", 1280, "light");
        browser.await("table", () -> browser.all("studio-models tbody tr").size() > 2);
        browser.await("verdict", () -> browser.text(".verdict").contains("test photos"));
        browser.await("curve", () -> !browser.all("studio-models .curve canvas").isEmpty());
        browser.await("comparison", () -> browser.text("studio-models").contains("Labels changed: +3"));
        look("models", "models");
        browser.await("table", () -> !browser.all("studio-models tbody button").isEmpty());
        browser.one("studio-models tbody button").click();
        browser.await(
                "restored model", () -> browser.text("#status").startsWith("Model 001 suggests and ships from now on"));
        assertThat(photos.resolve("models/002/model.json")).exists();

        browser.show("ship", 1280, "light");
        browser.await("model", () -> browser.text("studio-ship").contains("Model 001 is in use."));
        browser.await("answers", () -> browser.all("#answered").isEmpty());
        browser.await("prices", () -> browser.text("#price").contains("24 test photos"));
        assertThat(browser.text("#price"))
                .startsWith("Of 100 photos 100 are answered, and 100% of the answers are right, as on 24 test photos.");
        browser.script(
                "const s = document.querySelector('#threshold'); s.value = 99; s.dispatchEvent(new Event('input'))");
        browser.one("studio-ship button").click();
        browser.await("kept threshold", () -> browser.text("#status").startsWith("99% is kept with model 001."));
        assertThat(photos.resolve("models/001/model.json")).content().contains("\"unsureBelow\" : 0.99");
        assertThat(
                        browser.script(
                                "return fetch(document.querySelector('a[download]').href).then(r => r.headers.get('content-disposition'))"))
                .isEqualTo("attachment; filename=\"photos.csv\"");
        browser.script(
                "[...document.querySelectorAll('studio-ship button')].find(b => b.textContent.includes('ONNX')).click()");
        browser.await("code", () -> browser.text("studio-ship pre").contains("Classify.java"));
        browser.script(
                "[...document.querySelectorAll('studio-ship button')].find(b => b.textContent.startsWith('Copy')).click()");
        browser.await("sorted photos", () -> browser.text("studio-ship").contains("photos are sorted into"));
        assertThat(directory.resolve("photos-sorted/red/0.png")).exists();
        assertThat(browser.text("studio-ship")).contains("finessl serve ", "curl --data-binary @photo.jpg");
        look("ship", "ship");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aTrainingThatWasInterruptedIsOfferedAndWithoutTestPhotosLabelsAreSetAside() throws IOException {
        twoClasses(12);
        open(60, "en");
        browser.show("train", 1280, "light");
        browser.one("#aside").click();
        browser.one("studio-train .row button.main").click();
        browser.await("steps", () -> browser.text("studio-train").contains("step 1"));
        studio.close();
        open(60, "en");
        browser.complaints(); // of the studio that was gone
        browser.await("offer on the first page", () -> browser.text(".next").startsWith("A training was interrupted"));
        browser.show("train", 1280, "light");
        browser.await(
                "offer", () -> browser.text("studio-train").contains("The training of model 001 was interrupted"));
        browser.shoot("interrupted-1280-light");
        browser.requireAccessible();
        browser.script(
                "[...document.querySelectorAll('studio-train button')].find(b => b.textContent === 'Go on').click()");
        browser.await("model", () -> browser.text("studio-train").contains("Model 001 is ready."));
        browser.show("models", 1280, "light");
        browser.await(
                "verdict", () -> browser.text(".verdict").matches("Model 001 is right on .* of \\d+ test photos.*"));
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void theNewPartsSpeakKorean() throws IOException {
        ColouredPhotos all = twoClasses(6).write("labelled/red/wrong.png", 0, 40);
        testPhotos(all);
        open(4, "ko");
        browser.show("train", 1280, "light");
        browser.one("studio-train .row button.main").click();
        browser.await("model", () -> browser.text("studio-train").contains("모델 001이(가) 준비되었습니다."));
        browser.show("ship", 360, "light");
        browser.await("price", () -> browser.text("#price").contains("평가 사진 24장에서"));
        for (String part : List.of("review", "models", "ship", "label")) {
            look(part, part + "-ko");
            String text = String.valueOf(browser.script("return document.querySelector('main').innerText"));
            assertThat(text).as(part).containsPattern("[가-힣]").doesNotContain("{", "}");
        }
        assertThat(browser.complaints()).isEmpty();
    }
}

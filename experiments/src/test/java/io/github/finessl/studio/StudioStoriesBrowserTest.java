package io.github.finessl.studio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** Visits what comes after the first labels: wrong ones, models one after the other, thresholds, what is shipped. */
@Tag("browser")
class StudioStoriesBrowserTest {

    private static final int TEST_PHOTOS = 12;
    private static final String READY = "Model %s is ready.";

    @RegisterExtension
    static final StudioInBrowser studio = new StudioInBrowser();

    @TempDir
    Path directory;

    private Browser browser;
    private Path photos;

    @BeforeEach
    void takeBrowser() {
        browser = studio.browser();
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

    private String shown() {
        return studio.shown("review");
    }

    @Test
    void labelsThatLookWrongAreCorrectedAndKeptByKeys() throws IOException {
        twoClasses(6).write("labelled/red/wrong-1.png", 0, 40).write("labelled/파랑/wrong-2.png", 1, 41);
        studio.open(photos, 1, "en");
        browser.await(
                "word on the first page", () -> browser.text("studio-overview").contains("Labels that look wrong: 2."));
        browser.show("review", 1280, "light");
        browser.await("photo", () -> !shown().isEmpty());
        browser.await("both", () -> browser.text("studio-review").contains("2 of 14 labels look wrong."));
        studio.look("review", "review");
        browser.await("photo", () -> !shown().isEmpty());
        String first = shown();
        browser.one("studio-review .tiles button").click();
        browser.await("the other one", () -> !shown().equals(first));
        browser.type("s");
        browser.await("the first one again", () -> shown().equals(first));
        boolean firstIsBlue = first.contains("wrong-1");
        browser.script("document.activeElement.blur()");
        browser.type(Keys.ENTER);
        browser.await("corrected label", () -> studio.files(firstIsBlue ? "labelled/파랑" : "labelled/red") == 8);
        browser.await("the other one", () -> !shown().isEmpty() && !shown().equals(first));
        browser.type("r");
        browser.await(
                "none",
                () -> shown().isEmpty()
                        && browser.text("studio-review").contains("No label looks wrong, of 14 that were compared."));
        browser.requireGood();
        browser.type("z"); // the one that was right
        browser.await("it is back", () -> !shown().isEmpty() && !shown().equals(first));
        browser.type("z"); // the one that was corrected
        browser.await("label as it was", () -> studio.files("labelled/red") == 7 && studio.files("labelled/파랑") == 7);
        browser.await("both", () -> browser.text("studio-review").contains("2 of 14 labels look wrong."));
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void modelsGetBetterAreComparedRestoredAndShipped() throws IOException {
        ColouredPhotos all = twoClasses(2);
        testPhotos(all);
        studio.open(photos, 12, "en");
        studio.train("001", READY);
        browser.await("how good it is", () -> browser.text("studio-train").contains("Model 001 is right on "));
        assertThat(browser.text("studio-train")).contains("Labelled photos that it learns from: named right");
        studio.look("train", "train");
        browser.show("overview", 1280, "light");
        browser.await("what to do with it", () -> browser.text(".next").contains("Try model 001 with a photo"));
        browser.show("label", 1280, "light");
        browser.await("word on who suggests", () -> browser.text("studio-label").contains("24 test photos"));
        browser.await("a reason", () -> browser.text("studio-label").contains("Shown first: "));
        for (int i = 1; i <= 3; i++) {
            int labels = i;
            browser.type("1");
            browser.await("label", () -> studio.files("labelled") == 4 + labels);
        }
        browser.show("overview", 1280, "light");
        browser.await(
                "what changed",
                () -> browser.text(".next").startsWith("Labels since model 001 was trained: 3 new. Train again"));
        studio.look("overview", "overview-again");
        studio.train("002", READY);
        browser.show("models", 1280, "light");
        browser.await("table", () -> browser.all("studio-models tbody tr").size() > 2);
        browser.await("verdict", () -> browser.text(".verdict").contains("test photos"));
        browser.await("curve", () -> !browser.all("studio-models .curve canvas").isEmpty());
        browser.await(
                "comparison", () -> browser.text("studio-models").contains("Labels since the one before: 3 new."));
        studio.look("models", "models");
        browser.await("table", () -> !browser.all("studio-models tbody button").isEmpty());
        browser.one("studio-models tbody button").click();
        browser.await(
                "restored model", () -> browser.text("#status").startsWith("Model 001 suggests and ships from now on"));
        assertThat(photos.resolve("models/002/model.json")).exists();

        browser.show("ship", 1280, "light");
        browser.await("model", () -> browser.text("studio-ship").contains("Model 001 is in use"));
        browser.await("answers", () -> browser.all("#answered").isEmpty());
        browser.await("prices", () -> browser.text("#price").contains("24 test photos"));
        assertThat(browser.text("#price"))
                .startsWith(
                        "Of 100 photos it answers 100, and 100.0% of these answers are right, as on 24 test photos.");
        browser.script(
                "const s = document.querySelector('#threshold'); s.value = 99; s.dispatchEvent(new Event('input'))");
        browser.one("studio-ship button").click();
        browser.await("kept threshold", () -> browser.text("#status").startsWith("99.0% is kept with model 001."));
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
        assertThat(browser.one("studio-ship a[href*='onnxruntime']").getDomAttribute("href"))
                .startsWith("https://repo1.maven.org/maven2/com/microsoft/onnxruntime/onnxruntime/");
        studio.look("ship", "ship");
        browser.show("classes", 1280, "light");
        browser.select("#shown-class", "red");
        browser.one("#other-name").sendKeys("rouge", Keys.ENTER);
        browser.await(
                "what the model does not know",
                () -> browser.text("studio-classes").contains("Model 002 knows other classes than there are now."));
        studio.look("classes", "classes-renamed");
        browser.show("overview", 1280, "light");
        browser.await("what to do", () -> browser.text(".next a").equals("Train again"));
        Files.writeString(photos.resolve("models/002/model.json"), "{");
        browser.script("dispatchEvent(new Event('focus'))");
        browser.show("models", 1280, "light");
        browser.await(
                "word on the damaged model", () -> browser.text("studio-models").contains("Model 002 cannot be used:"));
        browser.await(
                "the others",
                () -> browser.all("studio-models table.wide tbody tr").size() == 1);
        studio.look("models", "models-unreadable");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aTrainingThatWasInterruptedIsOfferedAndWithoutTestPhotosLabelsAreSetAside() throws IOException {
        twoClasses(12);
        studio.open(photos, 60, "en");
        browser.show("train", 1280, "light");
        browser.one("#aside").click();
        browser.one("studio-train .row button.main").click();
        browser.await("steps", () -> browser.text("studio-train").contains("step 1"));
        studio.close();
        studio.open(photos, 60, "en");
        browser.complaints(); // of the studio that was gone
        browser.await("offer on the first page", () -> browser.text(".next").startsWith("A training was interrupted"));
        browser.show("train", 1280, "light");
        browser.await(
                "offer", () -> browser.text("studio-train").contains("The training of model 001 was interrupted"));
        browser.shoot("interrupted-1280-light");
        browser.requireGood();
        browser.script(
                "[...document.querySelectorAll('studio-train button')].find(b => b.textContent === 'Go on').click()");
        browser.await("model", () -> browser.text("studio-train").contains("Model 001 is ready."));
        browser.show("models", 1280, "light");
        browser.show("ship", 1280, "light");
        browser.await(
                "why no threshold is chosen", () -> browser.text("studio-ship").contains("once there are 20 photos"));
        studio.look("ship", "ship-no-price");
        browser.show("models", 1280, "light");
        browser.await(
                "verdict", () -> browser.text(".verdict").matches("Model 001 is right on .* of \\d+ test photos.*"));
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void theNewPartsSpeakKorean() throws IOException {
        ColouredPhotos all = twoClasses(6).write("labelled/red/wrong.png", 0, 40);
        testPhotos(all);
        studio.open(photos, 4, "ko");
        studio.train("001", "모델 %s이(가) 준비되었습니다.");
        browser.show("ship", 360, "light");
        browser.await("price", () -> browser.text("#price").contains("평가 사진 24장에서"));
        for (String part :
                List.of("overview", "label", "grid", "review", "classes", "train", "models", "try", "ship")) {
            studio.look(part, part + "-ko");
            String text = String.valueOf(browser.script("return document.querySelector('main').innerText"));
            assertThat(text).as(part).containsPattern("[가-힣]").doesNotContain("{", "}");
        }
        assertThat(browser.complaints()).isEmpty();
    }
}

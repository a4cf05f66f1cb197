package io.github.finessl.studio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

/**
 * Visits the studio in a real browser and leaves pictures of it in {@code target/studio-shots}.
 *
 * <p>{@code apt-get install chromium chromium-driver fonts-noto-cjk}, then {@code mvn verify -Dtest.excludedGroups=
 * -Dtest.groups=browser}. Without the browser the tests fail.
 */
@Tag("browser")
class StudioBrowserTest {

    @RegisterExtension
    static final StudioInBrowser studio = new StudioInBrowser();

    @TempDir
    Path photos;

    private Browser browser;

    @BeforeEach
    void takeBrowser() {
        browser = studio.browser();
    }

    private String shown() {
        return studio.shown("label");
    }

    /** The digit that the page shows for a class. */
    private int digit(String className) {
        return Integer.parseInt(String.valueOf(browser.script(
                "return [...document.querySelectorAll('.keys button')]"
                        + ".find(b => b.children[1].textContent === arguments[0]).firstChild.textContent",
                className)));
    }

    private static String colour(String name) {
        return Stream.of("red", "blue", "green")
                .filter(name::contains)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void labellingByKeysAlone() throws IOException {
        new ColouredPhotos(photos).unlabelled(8);
        studio.open(photos, 30, "en");
        assertThat(browser.address()).endsWith("#/overview").doesNotContain("token");
        browser.show("label", 1280, "light");
        browser.await("first photo", () -> !shown().isEmpty());
        Set<String> named = new LinkedHashSet<>();
        int labels = 0;
        while (named.size() < 3) { // by name until each colour has a class
            String before = shown();
            named.add(colour(before));
            browser.type("/", colour(before), Keys.ENTER);
            browser.await("next photo", () -> !shown().equals(before));
            browser.await(
                    "a key for the class", () -> browser.all(".keys button").size() == named.size());
            labels++;
        }
        long byName = labels;
        browser.await("labels", () -> studio.files("labelled") == byName);
        assertThat(named.stream().map(this::digit))
                .as("digits in the order of naming")
                .containsExactly(1, 2, 3);
        String byDigit = colour(shown());
        long before = studio.files("labelled/" + byDigit);
        browser.type(Integer.toString(digit(byDigit)));
        browser.await("a label more", () -> studio.files("labelled/" + byDigit) == before + 1);

        browser.await(
                "a suggestion",
                () -> !browser.all(".row > button.main:not([disabled])").isEmpty());
        browser.shoot("label-1280-light");
        browser.requireGood();
        browser.type(Keys.ENTER);
        browser.await("a label more", () -> studio.files("labelled") == byName + 2);
        browser.type("n");
        browser.await("none of these", () -> studio.files("labelled/none") == 1);
        String skipped = shown();
        browser.type("s");
        browser.await("next photo", () -> !shown().equals(skipped));
        assertThat(studio.files("labelled")).isEqualTo(byName + 3);
        browser.type("snz", Keys.ENTER); // a name, though each of its letters is a key
        browser.await("a class by its name", () -> studio.files("labelled/snz") == 1);
        assertThat(studio.files("labelled")).isEqualTo(byName + 4);
        for (long left = byName + 3; left >= 0; left--) {
            long wanted = left;
            browser.type("z");
            browser.await("one label less", () -> studio.files("labelled") == wanted);
        }
        assertThat(studio.files("unlabelled")).isEqualTo(24);
        browser.type("z");
        browser.await("end of undo", () -> browser.text("#status").equals("There is nothing to undo."));
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void suggestionsAreAcceptedTogetherButForThoseClickedOut() throws IOException {
        ColouredPhotos all = new ColouredPhotos(photos).unlabelled(8);
        all.write("labelled/red/r.png", 1, 20)
                .write("labelled/blue/b.png", 0, 20)
                .write("labelled/green/g.png", 2, 20);
        studio.open(photos, 30, "en");
        browser.show("grid", 1280, "light");
        browser.select("#grid-class", "red");
        browser.await("suggestions", () -> browser.all(".tile").size() > 4);
        requireSureSelected();
        int sure = browser.all(".tile[aria-pressed=true]").size();
        assertThat(sure).isGreaterThan(4);
        browser.one(".tiles li:nth-child(2) .tile").click();
        browser.actions()
                .keyDown(Keys.SHIFT)
                .click(browser.one(".tiles li:nth-child(4) .tile"))
                .keyUp(Keys.SHIFT)
                .perform();
        assertThat(browser.all(".tile[aria-pressed=true]")).hasSize(sure - 3);
        browser.shoot("grid-1280-light");
        browser.requireGood();
        assertThat(browser.text(".row button.main")).isEqualTo("Accept " + (sure - 3) + " as red");
        browser.one(".row button.main").click();
        browser.await("more labels", () -> studio.files("labelled/red") == sure - 2);
        assertThat(studio.files("unlabelled")).isEqualTo(27 - sure);
        assertThat(browser.complaints()).isEmpty();
    }

    /** Suggestions of half of the probability or more are selected, and no others. */
    private void requireSureSelected() {
        assertThat(
                        browser.script(
                                "return [...document.querySelectorAll('studio-grid .tile')].filter(tile =>"
                                        + " (parseFloat(tile.textContent) >= 50) !== (tile.getAttribute('aria-pressed') === 'true')).length"))
                .isEqualTo(0L);
    }

    @Test
    void doubtfulSuggestionsAreShownBelowAndNotSelected() throws IOException {
        ColouredPhotos all = new ColouredPhotos(photos).unlabelled(3);
        for (int k = 0; k < 12; k++) {
            all.write("labelled/class %d/x.png".formatted(k), k % 3, 20 + k);
        }
        studio.open(photos, 30, "en");
        browser.show("grid", 1280, "light");
        String some = (String) browser.script("return fetch('/api/next?count=1').then(r => r.json())"
                + ".then(all => all.photos[0].suggestion.className)");
        browser.select("#grid-class", some);
        browser.await("suggestions", () -> !browser.all(".tile").isEmpty());
        requireSureSelected();
        assertThat(browser.all(".tile[aria-pressed=true]")).isEmpty();
        assertThat(browser.text("studio-grid")).contains("No photo is " + some, "Less sure, not selected");
        assertThat(browser.one(".row button.main").isEnabled()).isFalse();
        browser.shoot("grid-doubtful-1280-light");
        browser.requireGood();
        browser.one(".tile").click();
        browser.one(".row button.main").click();
        browser.await("a label more", () -> studio.files("labelled/" + some) == 2);
    }

    @Test
    void listsWithoutSuggestionsSayWhy() throws IOException {
        new ColouredPhotos(photos).unlabelled(2);
        studio.open(photos, 30, "en");
        browser.show("grid", 1280, "light");
        browser.await("word", () -> browser.text("studio-grid").contains("There are no classes yet."));
        assertThat(browser.one("studio-grid").getText()).doesNotContain("Selected are the photos");
        new ColouredPhotos(photos).write("labelled/red/x.png", 1, 9);
        Files.createDirectories(photos.resolve("labelled/empty"));
        browser.script(
                "return fetch('/api/rescan', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'})");
        browser.await("word", () -> browser.text("studio-grid").contains("Suggestions need labelled photos of two"));
        new ColouredPhotos(photos).write("labelled/blue/x.png", 0, 9);
        browser.script(
                "return fetch('/api/rescan', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'})");
        browser.await("classes", () -> browser.text("#grid-class").contains("blue"));
        browser.select("#grid-class", "empty");
        browser.await("word", () -> browser.text("studio-grid").contains("No photo is labelled empty yet"));
        browser.requireGood();
        browser.select("#grid-class", "red");
        browser.await("suggestions", () -> !browser.all(".tile").isEmpty());
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void digitsStayWithTheirClassesWhateverComes() throws IOException {
        new ColouredPhotos(photos).unlabelled(4).write("labelled/m/1.png", 0, 9).write("labelled/z/2.png", 1, 9);
        studio.open(photos, 30, "en");
        browser.show("label", 1280, "light");
        browser.await("photo", () -> !shown().isEmpty());
        assertThat(List.of(digit("m"), digit("z"))).containsExactly(1, 2);
        browser.type("/", "a", Keys.ENTER);
        browser.await("a class more", () -> browser.all(".keys button").size() == 3);
        assertThat(List.of(digit("m"), digit("z"), digit("a"))).containsExactly(1, 2, 3);
        browser.show("classes", 1280, "light");
        browser.select("#shown-class", "m");
        browser.one("#other-name").sendKeys("y", Keys.ENTER);
        browser.await("another name", () -> browser.text("#shown-class").contains("y (1)"));
        browser.show("label", 1280, "light");
        browser.await("photo", () -> !shown().isEmpty());
        assertThat(List.of(digit("y"), digit("z"), digit("a"))).containsExactly(1, 2, 3);
        String before = shown();
        browser.type("2");
        browser.await("next photo", () -> !shown().equals(before));
        browser.await("label", () -> studio.files("labelled/z") == 2);
    }

    @Test
    void aNameThatIsRefusedStaysWithItsPhoto() throws IOException {
        new ColouredPhotos(photos).unlabelled(3);
        studio.open(photos, 30, "en");
        browser.show("label", 1280, "light");
        browser.await("photo", () -> !shown().isEmpty());
        String before = shown();
        browser.type("/", "a", "/", "b", Keys.ENTER);
        browser.await(
                "the photo again",
                () -> shown().equals(before)
                        && "a/b".equals(browser.script("return document.querySelector('#name').value")));
        browser.type(Keys.BACK_SPACE, Keys.BACK_SPACE, Keys.ENTER);
        browser.await("next photo", () -> !shown().equals(before));
        browser.await("label", () -> studio.files("labelled/a") == 1);
        studio.close();
        browser.type("/", "a", Keys.ENTER);
        browser.await("why", () -> browser.text("#status").startsWith("The studio does not answer"));
        browser.complaints(); // of requests that were refused, or not answered
    }

    @Test
    void oneOfManyClassesIsFoundByTypingAndByArrows() throws IOException {
        ColouredPhotos all = new ColouredPhotos(photos).unlabelled(4);
        for (int k = 0; k < 200; k++) {
            all.write("labelled/class %d/x.png".formatted(k), k % 3, k);
        }
        studio.open(photos, 30, "en");
        browser.script("document.querySelector('#search').value = '19'");
        browser.script("document.querySelector('#search').dispatchEvent(new Event('input'))");
        assertThat(browser.all(".classes li:not([hidden])")).hasSize(12); // 19, 119, 190 to 199
        browser.show("label", 1280, "light");
        browser.await("photo", () -> !shown().isEmpty());
        browser.type("/", "S", "S", " ", "1", "5", "7");
        assertThat(browser.all(".keys button:not([hidden])")).hasSize(1);
        assertThat(browser.text("#hint")).isEqualTo("Enter: new class SS 157");
        browser.shoot("label-typed-1280-light");
        browser.type(Keys.ARROW_DOWN, Keys.ENTER);
        browser.await("label", () -> studio.files("labelled/class 157") == 2);
        assertThat(browser.all(".keys button:not([hidden])")).hasSize(200);
        browser.script("document.activeElement.blur()");
        browser.type("/", "CLASS 12");
        assertThat(browser.text("#hint")).isEqualTo("Enter: class 12");
        browser.type(Keys.ENTER);
        browser.await("label", () -> studio.files("labelled/class 12") == 2);
        browser.type("/", "x", Keys.ESCAPE);
        assertThat(browser.all(".keys button:not([hidden])")).hasSize(200);
        browser.requireGood();
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void enterAcceptsTheSuggestionAfterAClassWasClicked() throws IOException {
        new ColouredPhotos(photos)
                .unlabelled(6)
                .write("labelled/blue/1.png", 0, 9)
                .write("labelled/red/2.png", 1, 9)
                .write("labelled/green/3.png", 2, 9);
        studio.open(photos, 30, "en");
        browser.show("label", 1280, "light");
        browser.await("photo", () -> !shown().isEmpty());
        browser.one(".keys button").click();
        browser.await("a label more", () -> studio.files("labelled") == 4);
        assertThat(browser.script("return document.activeElement === document.body"))
                .isEqualTo(true);
        browser.await(
                "a suggestion",
                () -> !browser.all(".row > button.main:not([disabled])").isEmpty());
        String suggested =
                browser.text(".row > button.main").replaceFirst("Enter ", "").replaceFirst(",.*", "");
        long before = studio.files("labelled/" + suggested);
        browser.type(Keys.ENTER);
        browser.await("what was suggested", () -> studio.files("labelled/" + suggested) == before + 1);
    }

    @Test
    void classesAreAddedRenamedMergedAndLabelsCorrected() throws IOException {
        new ColouredPhotos(photos)
                .write("labelled/a/1.png", 0, 1)
                .write("labelled/b/2.png", 1, 2)
                .write("labelled/b/3.png", 1, 3);
        studio.open(photos, 30, "en");
        browser.show("classes", 1280, "light");
        browser.one("#new-class").sendKeys("고양이", Keys.ENTER);
        browser.await("new class", () -> browser.text("#shown-class").contains("고양이 (0)"));
        browser.select("#shown-class", "b");
        browser.one("#other-name").sendKeys("a", Keys.ENTER);
        browser.await("one class of both", () -> browser.text("#shown-class").startsWith("a (3)"));
        browser.select("#shown-class", "a");
        browser.await("its photos", () -> browser.all(".tiles li").size() == 3);
        browser.shoot("classes-1280-light");
        browser.requireGood();
        browser.select(".tiles li select", "class:고양이");
        browser.await("corrected label", () -> studio.files("labelled/고양이") == 1);
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aModelIsTrainedWhileTheBrowserGoesAwayAndIsTried() throws IOException {
        ColouredPhotos all = new ColouredPhotos(photos).unlabelled(6);
        for (int i = 0; i < 3; i++) {
            all.write("labelled/red/%d.png".formatted(i), 1, 20 + i)
                    .write("labelled/파랑/%d.png".formatted(i), 0, 20 + i);
        }
        studio.open(photos, 30, "en");
        browser.show("train", 1280, "light");
        browser.one(".row button.main").click();
        browser.await("steps", () -> browser.text("studio-train").contains("step "));
        browser.leave();
        browser.show(studio.address());
        browser.show("train", 1280, "light");
        browser.await("model", () -> browser.text("studio-train").contains("Model 001 is ready."));
        browser.await(
                "list of models", () -> browser.all("studio-train .scroll td").size() == 5);
        browser.await("curve", () -> !browser.all(".curve canvas").isEmpty());
        browser.shoot("train-1280-light");
        browser.requireGood();
        browser.show("try", 1280, "light");
        browser.one("#photo")
                .sendKeys(
                        photos.resolve("unlabelled/red-0.png").toAbsolutePath().toString());
        browser.await("answer", () -> browser.text("studio-try table th").equals("red"));
        browser.shoot("try-1280-light");
        browser.requireGood();
        assertThat(browser.complaints()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1, 1280, light", "12, 360, light", "12, 1280, dark", "200, 1280, light", "200, 360, dark"})
    void manyClassesFitTheWindow(int classes, int width, String scheme) throws IOException {
        ColouredPhotos all = new ColouredPhotos(photos).unlabelled(3);
        for (int k = 0; k < classes; k++) {
            all.write("labelled/%s %d/x.png".formatted(k % 2 == 0 ? "아주 긴 이름의 클래스" : "class", k), k % 3, k);
        }
        Files.writeString(photos.resolve("broken-with-a-long-name-".repeat(6) + ".jpg"), "none");
        studio.open(photos, 30, "en");
        for (String part :
                List.of("overview", "label", "grid", "review", "classes", "train", "models", "try", "ship")) {
            browser.show(part, width, scheme);
            browser.await("photo", () -> !part.equals("label") || !shown().isEmpty());
            browser.await(
                    "word on models",
                    () -> !part.equals("try") || browser.text("studio-try").contains("There are no models yet."));
            browser.await(
                    "pictures",
                    () -> browser.script("return [...document.images].every(i => i.loading === 'lazy' || i.complete)")
                            .equals(true));
            browser.shoot("%s-%d-classes-%d-%s".formatted(part, classes, width, scheme));
            browser.requireGood();
        }
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void itSpeaksKorean() throws IOException {
        new ColouredPhotos(photos).unlabelled(1);
        studio.open(photos, 30, "en");
        browser.show(URI.create(studio.address().toString().replace("/#", "/?lang=ko#")));
        browser.await("Korean", () -> browser.text("h1").equals("FineSSL 스튜디오"));
        browser.show("label", 360, "light");
        browser.await("photo", () -> !shown().isEmpty());
        browser.shoot("label-ko-360-light");
        browser.requireGood();
    }

    @Test
    void emptyAndUnreadableFoldersSayWhatToDo() throws IOException {
        studio.open(photos, 30, "en");
        browser.await("word", () -> browser.text(".next").contains("no photo that can be read"));
        browser.requireGood();
        for (int i = 0; i < 3; i++) {
            Files.writeString(photos.resolve(i + ".jpg"), "no image");
        }
        browser.one("studio-overview .row button").click();
        browser.await("count", () -> browser.text("#unreadable summary").equals("Files that cannot be read: 3"));
        browser.one("#unreadable summary").click();
        browser.await("reason", () -> browser.text("#unreadable li").startsWith("0.jpg must be an image"));
        browser.shoot("unreadable-1280-light");
    }

    @Test
    void withoutTheTokenNothingIsShown() throws IOException {
        new ColouredPhotos(photos).unlabelled(1);
        studio.open(photos, 30, "en");
        browser.forget();
        browser.show(URI.create("http://127.0.0.1:" + studio.address().getPort() + "/"));
        browser.await("refusal", () -> browser.text("main").contains("it ends with a token"));
        assertThat(browser.all("main img")).isEmpty();
    }
}

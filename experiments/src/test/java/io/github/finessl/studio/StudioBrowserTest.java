package io.github.finessl.studio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
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

    @TempDir
    static Path profile;

    @TempDir
    Path photos;

    private static Browser browser;

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
        }
    }

    private void open() {
        Studio.Settings usual = Studio.Settings.of(photos, ColouredPhotos.ENCODER);
        studio = Studio.open(new Studio.Settings(photos, Optional.empty(), usual.encoder(), usual.precision(), 30, 0));
        browser.complaints();
        browser.show(studio.address());
    }

    private void awaitPrepared() {
        browser.show("overview", 1280, "light");
        browser.await("end of the preparation", () -> browser.all("#prepared").isEmpty());
    }

    private String shownName() {
        return (String) browser.script("return document.querySelector('.photo img')?.alt ?? ''");
    }

    private static String colour(String name) {
        return Stream.of("red", "blue", "green")
                .filter(name::contains)
                .findFirst()
                .orElseThrow();
    }

    private long files(String folder) {
        try (Stream<Path> files = Files.walk(photos.resolve(folder))) {
            return files.filter(Files::isRegularFile).count();
        } catch (IOException e) {
            return 0;
        }
    }

    @Test
    void labellingByKeysAlone() throws IOException {
        new ColouredPhotos(photos).unlabelled(8);
        open();
        assertThat(browser.address()).endsWith("/#/overview").doesNotContain("token");
        awaitPrepared();
        browser.show("label", 1280, "light");
        browser.await("first photo", () -> !shownName().isEmpty());
        Set<String> named = new TreeSet<>();
        int labels = 0;
        while (named.size() < 3) { // by name until each colour has a class
            String before = shownName();
            named.add(colour(before));
            browser.type("/", colour(before), Keys.ENTER);
            browser.await("next photo", () -> !shownName().equals(before));
            labels++;
        }
        long byName = labels;
        browser.await("keys for all classes", () -> browser.all(".keys button").size() == 3);
        browser.await("labels", () -> files("labelled") == byName);
        String byDigit = colour(shownName());
        long before = files("labelled/" + byDigit);
        browser.type(Integer.toString(1 + List.copyOf(named).indexOf(byDigit)));
        browser.await("a label more", () -> files("labelled/" + byDigit) == before + 1);

        browser.await(
                "a suggestion",
                () -> !browser.all(".row > button.main:not([disabled])").isEmpty());
        browser.shoot("label-1280-light");
        browser.requireFits();
        browser.requireAccessible();
        browser.type(Keys.ENTER);
        browser.await("a label more", () -> files("labelled") == byName + 2);
        browser.type("n");
        browser.await("none of these", () -> files("labelled/none") == 1);
        String skipped = shownName();
        browser.type("s");
        browser.await("next photo", () -> !shownName().equals(skipped));
        assertThat(files("labelled")).isEqualTo(byName + 3);
        browser.type("snz", Keys.ENTER); // a name, though each of its letters is a key
        browser.await("a class by its name", () -> files("labelled/snz") == 1);
        assertThat(files("labelled")).isEqualTo(byName + 4);
        for (long left = byName + 3; left >= 0; left--) {
            long wanted = left;
            browser.type("z");
            browser.await("one label less", () -> files("labelled") == wanted);
        }
        assertThat(files("unlabelled")).isEqualTo(24);
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
        open();
        awaitPrepared();
        browser.show("grid", 1280, "light");
        browser.select("#grid-class", "red");
        browser.await("suggestions", () -> browser.all(".tile").size() > 4);
        int suggested = browser.all(".tile").size();
        browser.one(".tiles li:nth-child(2) .tile").click();
        browser.actions()
                .keyDown(Keys.SHIFT)
                .click(browser.one(".tiles li:nth-child(4) .tile"))
                .keyUp(Keys.SHIFT)
                .perform();
        assertThat(browser.all(".tile[aria-pressed=false]")).hasSize(3);
        browser.shoot("grid-1280-light");
        browser.requireFits();
        browser.requireAccessible();
        assertThat(browser.text(".row button.main")).isEqualTo("Accept " + (suggested - 3) + " as red");
        browser.one(".row button.main").click();
        browser.await("more labels", () -> files("labelled/red") == suggested - 2);
        assertThat(files("unlabelled")).isEqualTo(27 - suggested);
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void classesAreAddedRenamedMergedAndLabelsCorrected() throws IOException {
        new ColouredPhotos(photos)
                .write("labelled/a/1.png", 0, 1)
                .write("labelled/b/2.png", 1, 2)
                .write("labelled/b/3.png", 1, 3);
        open();
        awaitPrepared();
        browser.show("classes", 1280, "light");
        browser.one("#new-class").sendKeys("고양이", Keys.ENTER);
        browser.await("new class", () -> browser.text("#shown-class").contains("고양이 (0)"));
        browser.select("#shown-class", "b");
        browser.one("#other-name").sendKeys("a", Keys.ENTER);
        browser.await("one class of both", () -> browser.text("#shown-class").startsWith("a (3)"));
        browser.select("#shown-class", "a");
        browser.await("its photos", () -> browser.all(".tiles li").size() == 3);
        browser.shoot("classes-1280-light");
        browser.requireFits();
        browser.requireAccessible();
        browser.select(".tiles li select", "class:고양이");
        browser.await("corrected label", () -> files("labelled/고양이") == 1);
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aModelIsTrainedWhileTheBrowserGoesAwayAndIsTried() throws IOException {
        ColouredPhotos all = new ColouredPhotos(photos).unlabelled(6);
        for (int i = 0; i < 3; i++) {
            all.write("labelled/red/%d.png".formatted(i), 1, 20 + i)
                    .write("labelled/파랑/%d.png".formatted(i), 0, 20 + i);
        }
        open();
        awaitPrepared();
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
        browser.requireFits();
        browser.requireAccessible();
        browser.show("try", 1280, "light");
        browser.one("#photo")
                .sendKeys(
                        photos.resolve("unlabelled/red-0.png").toAbsolutePath().toString());
        browser.await("answer", () -> browser.text("studio-try table th").equals("red"));
        browser.shoot("try-1280-light");
        browser.requireAccessible();
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
        open();
        awaitPrepared();
        for (String part :
                List.of("overview", "label", "grid", "review", "classes", "train", "models", "try", "ship")) {
            browser.show(part, width, scheme);
            browser.await("photo", () -> !part.equals("label") || !shownName().isEmpty());
            browser.await(
                    "word on models",
                    () -> !part.equals("try") || browser.text("studio-try").contains("There are no models yet."));
            browser.await(
                    "pictures",
                    () -> browser.script("return [...document.images].every(i => i.loading === 'lazy' || i.complete)")
                            .equals(true));
            browser.shoot("%s-%d-classes-%d-%s".formatted(part, classes, width, scheme));
            browser.requireFits();
            browser.requireAccessible();
        }
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void itSpeaksKorean() throws IOException {
        new ColouredPhotos(photos).unlabelled(1);
        open();
        browser.show(URI.create(studio.address().toString().replace("/#", "/?lang=ko#")));
        browser.await("Korean", () -> browser.text("h1").equals("FineSSL 스튜디오"));
        browser.show("label", 360, "light");
        browser.await("photo", () -> !shownName().isEmpty());
        browser.shoot("label-ko-360-light");
        browser.requireFits();
        browser.requireAccessible();
    }

    @Test
    void emptyAndUnreadableFoldersSayWhatToDo() throws IOException {
        open();
        browser.await("word", () -> browser.text(".next").contains("no photo that can be read"));
        browser.requireAccessible();
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
        open();
        Studio.Settings usual = Studio.Settings.of(photos, ColouredPhotos.ENCODER);
        studio.close();
        studio = Studio.open(usual);
        browser.show(URI.create("http://127.0.0.1:" + studio.address().getPort() + "/"));
        browser.await("refusal", () -> browser.text("main").contains("it ends with a token"));
        assertThat(browser.all("main img")).isEmpty();
    }
}

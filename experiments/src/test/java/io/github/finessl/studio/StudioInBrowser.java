package io.github.finessl.studio;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A browser for the tests of a class, and in it the studio on a folder of photos, one at a time. */
final class StudioInBrowser implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {

    private static final Duration TRAINING = Duration.ofMinutes(15);

    private Browser browser;
    private Studio studio;
    private Path photos;

    @Override
    public void beforeAll(ExtensionContext context) {
        browser = Browser.open();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        close();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (browser != null) {
            browser.close();
        }
    }

    Browser browser() {
        return browser;
    }

    /** Opens the studio on a folder and waits until all photos have been looked at. */
    void open(Path folder, int steps, String language) {
        open(folder, ColouredPhotos.ENCODER, steps, language);
    }

    void open(Path folder, Path encoder, int steps, String language) {
        close();
        photos = folder;
        Studio.Settings usual = Studio.Settings.of(folder, encoder);
        studio = Studio.open(new Studio.Settings(folder, Optional.empty(), encoder, usual.precision(), steps, 0));
        browser.complaints(); // of a studio that was gone
        browser.show(URI.create(studio.address().toString().replace("/#", "/?lang=" + language + "#")));
        browser.show("overview", 1280, "light");
        browser.await("end of the preparation", () -> browser.all("#prepared").isEmpty());
    }

    void close() {
        if (studio != null) {
            studio.close();
            studio = null;
        }
    }

    URI address() {
        return studio.address();
    }

    /** How many files are in a folder beside the photos. */
    long files(String folder) {
        try (Stream<Path> files = Files.walk(photos.resolve(folder))) {
            return files.filter(Files::isRegularFile).count();
        } catch (IOException e) {
            return 0;
        }
    }

    /** The photo that is shown large, by its text for people who do not see it; empty where there is none. */
    String shown(String part) {
        return String.valueOf(browser.script(
                "const image = document.querySelector(`studio-${arguments[0]} .photo img`);"
                        + " return image !== null && image.offsetParent !== null ? image.alt : ''",
                part));
    }

    /** Trains a model by the page, to its end. */
    void train(String model, String ready) {
        browser.show("train", 1280, "light");
        browser.one("studio-train .row button.main").click();
        browser.await(
                "model " + model, TRAINING, () -> browser.text("studio-train").contains(ready.formatted(model)));
    }

    /** The part as it is in wide and narrow windows, in the light and in the dark. */
    void look(String part, String name) throws IOException {
        for (int width : List.of(1280, 360)) {
            for (String scheme : List.of("light", "dark")) {
                look(part, name, width, scheme);
            }
        }
        browser.show(part, 1280, "light");
    }

    /** The part as it is in a window of a size and colour scheme: a picture of it, and what is wrong with it. */
    void look(String part, String name, int width, String scheme) throws IOException {
        browser.show(part, width, scheme);
        browser.await("text", () -> !browser.text("studio-" + part + " p").isEmpty());
        browser.await(
                "pictures",
                () -> browser.script("return [...document.images].every(i => i.loading === 'lazy' || i.complete)")
                        .equals(true));
        browser.shoot("%s-%d-%s".formatted(name, width, scheme));
        browser.requireGood();
    }
}

package io.github.finessl.studio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Headless Chromium that knows this machine alone. */
final class Browser implements AutoCloseable {

    private static final Path CHROMIUM = Path.of(System.getProperty("chromium", "/usr/bin/chromium"));
    private static final Path DRIVER = Path.of(System.getProperty("chromedriver", "/usr/bin/chromedriver"));
    private static final Path SHOTS = Path.of("experiments/target/studio-shots");
    private static final String AXE = "/META-INF/resources/webjars/axe-core/4.6.3/axe.min.js";
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Opens it with a profile of its own, which the driver makes and takes away. */
    static Browser open() {
        assertThat(List.of(CHROMIUM, DRIVER))
                .as("apt-get install chromium chromium-driver, or give -Dchromium and -Dchromedriver")
                .allMatch(Files::isExecutable);
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.toString());
        options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
        options.addArguments(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--hide-scrollbars",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1");
        return new Browser(new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(DRIVER.toFile())
                        .build(),
                options));
    }

    /** Forgets its cookies. */
    void forget() {
        driver.manage().deleteAllCookies();
    }

    /** Goes away from the studio. */
    void leave() {
        driver.get("about:blank");
    }

    void show(URI address) {
        leave();
        driver.get(address.toString());
        await("the page", () -> !all("h2").isEmpty());
    }

    /** Shows a part in a window of a size and colour scheme. */
    void show(String part, int width, String scheme) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", 800, "deviceScaleFactor", 1, "mobile", false));
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
        driver.executeScript("location.hash = '#/overview'; location.hash = '#/' + arguments[0]", part);
        await("the part " + part, () -> !all("studio-" + part + " h2").isEmpty());
    }

    /** Keys that go to whatever has the focus. */
    void type(CharSequence... keys) {
        for (CharSequence key : keys) {
            new Actions(driver).sendKeys(key).perform();
        }
    }

    void select(String selector, String value) {
        script(
                "const select = document.querySelector(arguments[0]); select.value = arguments[1];"
                        + " select.dispatchEvent(new Event('change'))",
                selector,
                value);
    }

    Actions actions() {
        return new Actions(driver);
    }

    List<WebElement> all(String selector) {
        return driver.findElements(By.cssSelector(selector));
    }

    WebElement one(String selector) {
        return driver.findElement(By.cssSelector(selector));
    }

    String text(String selector) {
        return String.valueOf(
                driver.executeScript("return document.querySelector(arguments[0])?.textContent ?? ''", selector));
    }

    Object script(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    String address() {
        return driver.getCurrentUrl();
    }

    void await(String what, BooleanSupplier wish) {
        await(what, PATIENCE, wish);
    }

    void await(String what, Duration patience, BooleanSupplier wish) {
        long end = System.nanoTime() + patience.toNanos();
        while (!wish.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("no " + what + " in " + driver.getPageSource());
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    /** The whole page, however long, as a picture to look at. */
    void shoot(String name) throws IOException {
        Map<String, Object> page = Map.of(
                "x", 0,
                "y", 0,
                "scale", 1,
                "width", driver.executeScript("return innerWidth"),
                "height", driver.executeScript("return Math.max(innerHeight, document.documentElement.scrollHeight)"));
        Map<String, Object> shot = driver.executeCdpCommand(
                "Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true, "clip", page));
        Files.createDirectories(SHOTS);
        Files.write(SHOTS.resolve(name + ".png"), Base64.getDecoder().decode((String) shot.get("data")));
    }

    /** The page fits, is for all people, and has one form of numbers. */
    void requireGood() throws IOException {
        requireFits();
        requireAccessible();
        assertThat(text("main"))
                .as("per cent have one decimal")
                .doesNotContainPattern("(?<![0-9.])[0-9]+%")
                .doesNotContainPattern("[.][0-9]{2,}%");
    }

    private void requireFits() {
        assertThat(script("return document.documentElement.scrollWidth <= innerWidth"))
                .as("the page is as wide as the window")
                .isEqualTo(true);
        assertThat(
                        script(
                                "return [...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, .skip')"
                                        + " && e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.outerHTML.slice(0, 200))"))
                .as("what sticks out")
                .isEqualTo(List.of());
        assertThat(script("return [...document.images].filter(i => i.complete && i.src && !i.naturalWidth).length"))
                .as("pictures that are none")
                .isEqualTo(0L);
    }

    /** What axe-core finds wrong for people who do not see or use no mouse. */
    private void requireAccessible() throws IOException {
        try (InputStream in = Browser.class.getResourceAsStream(AXE)) {
            script(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        assertThat(driver.executeAsyncScript("const done = arguments[arguments.length - 1]; axe.run().then(found =>"
                        + " done(found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '))))"))
                .as("axe-core")
                .isEqualTo(List.of());
    }

    /** What the browser complains of, but for how axe-core itself reads colours. */
    List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(LogEntry::getMessage)
                .filter(message -> !message.contains("willReadFrequently"))
                .toList();
    }

    @Override
    public void close() {
        driver.quit();
    }
}

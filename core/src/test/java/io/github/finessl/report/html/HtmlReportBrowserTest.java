package io.github.finessl.report.html;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * Opens reports in a real browser, offline, and leaves pictures of them in {@code target/report-shots}.
 *
 * <p>{@code apt-get install chromium chromium-driver fonts-noto-cjk}, then {@code mvn verify -Dtest.excludedGroups=
 * -Dtest.groups=browser}. Without the browser the tests fail.
 */
@Tag("browser")
class HtmlReportBrowserTest {

    private static final Path CHROMIUM = Path.of(System.getProperty("chromium", "/usr/bin/chromium"));
    private static final Path DRIVER = Path.of(System.getProperty("chromedriver", "/usr/bin/chromedriver"));
    private static final Path SHOTS = Path.of("target/report-shots");

    @TempDir
    static Path profile;

    @TempDir
    Path directory;

    private static ChromeDriver browser;

    @BeforeAll
    static void open() {
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
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                "--user-data-dir=" + profile);
        browser = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(DRIVER.toFile())
                        .build(),
                options);
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.quit();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "quickstart, 1280, light",
        "quickstart, 360, light",
        "quickstart, 1280, dark",
        "withoutTestImages, 1280, light",
        "withoutTestImages, 360, light",
        "hundredClasses, 1280, light",
        "hundredClasses, 360, dark",
        "longNames, 1280, light",
        "longNames, 360, light"
    })
    void opensOfflineWithoutErrorsAndFitsTheWindow(String sample, int width, String scheme) throws IOException {
        Path html = directory.resolve("report.html");
        HtmlReport.write(html, content(sample));
        browser.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", 800, "deviceScaleFactor", 1, "mobile", false));
        browser.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
        browser.get(html.toUri().toString());

        shoot(SHOTS.resolve("%s-%d-%s.png".formatted(sample, width, scheme)));
        assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
                .extracting(LogEntry::getMessage)
                .isEmpty();
        assertThat(browser.executeScript("return performance.getEntriesByType('resource').filter("
                        + "e => !e.name.startsWith('data:')).map(e => e.name)"))
                .as("what it fetched")
                .isEqualTo(List.of());
        assertThat(browser.executeScript("return innerWidth")).isEqualTo((long) width);
        assertThat(browser.executeScript("return document.documentElement.scrollWidth"))
                .as("the page's width")
                .isEqualTo((long) width);
        assertThat(
                        browser.executeScript(
                                "return [...document.querySelectorAll('body *')].filter(e =>"
                                        + " !e.closest('.scroll, .hidden, details:not([open])')"
                                        + " && e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.outerHTML.slice(0, 200))"))
                .as("what sticks out")
                .isEqualTo(List.of());
        assertThat(browser.executeScript(
                        "return [...document.images].filter(i => i.complete && !i.naturalWidth).length"))
                .as("pictures that are none")
                .isEqualTo(0L);
    }

    private static ReportContent content(String sample) throws IOException {
        return switch (sample) {
            case "quickstart" -> Samples.quickstart();
            case "withoutTestImages" -> Samples.withoutTestImages();
            case "hundredClasses" -> Samples.hundredClasses();
            case "longNames" -> Samples.longNames();
            default -> throw new IllegalArgumentException(sample);
        };
    }

    /** The whole page, however long. */
    private static void shoot(Path png) throws IOException {
        Map<String, Object> shot = browser.executeCdpCommand(
                "Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
        Files.createDirectories(png.getParent());
        Files.write(png, Base64.getDecoder().decode((String) shot.get("data")));
    }
}

package io.github.finessl.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.endpoint.TestEndpoint.FormFile;
import io.github.finessl.web.RawHttp;
import io.github.finessl.web.RawHttp.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an endpoint must not do, each tried. */
class EndpointSecurityTest {

    private static final int MOST_BYTES = 100_000;
    private static final int MOST_PHOTOS = 4;

    @TempDir
    static Path shared;

    private static Path model;

    private static TestEndpoint endpoint;
    private static OpenApi openApi;

    @BeforeAll
    static void start() throws IOException {
        model = shared.resolve("model");
        TestEndpoint.train(model);
        Settings.Limits small =
                new Settings.Limits(MOST_BYTES, MOST_PHOTOS, 3, Duration.ofMillis(1), Settings.Limits.USUAL.patience());
        endpoint = TestEndpoint.start(
                model, new Settings(Settings.LOOPBACK, 0, List.of("Proxy.example:443", "other.example"), small));
        openApi = OpenApi.of(endpoint);
    }

    @AfterAll
    static void stop() {
        if (endpoint != null) {
            endpoint.close();
        }
    }

    private static byte[] photo() throws IOException {
        return TestEndpoint.photo(0, 0, "png");
    }

    private static Answer post(Map<String, String> headers, byte[] content) throws IOException {
        return endpoint.http().send("POST", "/classify", headers, content);
    }

    /** One sentence as problem details, and nothing of the program inside. */
    private static void assertRefused(Answer answer, int status, String sentence) throws IOException {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        openApi.check("POST", "/classify", answer);
        assertThat(answer.json().get("status").asInt()).isEqualTo(status);
        assertThat(answer.json().get("detail").asText()).isEqualTo(sentence);
        assertThat(answer.text()).doesNotContain("Exception", "io.github", "\tat ", shared.toString());
    }

    @ParameterizedTest
    @MethodSource("io.github.finessl.web.RawHttp#otherHosts")
    @ValueSource(strings = {"proxy.example", "proxy.example:PORT", "other.example"})
    void anotherHostsNameIsRefused(String host) throws IOException {
        String sent = host.replace("PORT", "" + endpoint.http().port());
        assertRefused(post(endpoint.headers("Host", sent), photo()), 421, "This is not the host that was asked for.");
        assertThat(endpoint.http()
                        .send("GET", "/health", endpoint.headers("Host", sent), new byte[0])
                        .status())
                .isEqualTo(421);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1:PORT",
                "localhost:PORT",
                "LOCALHOST:PORT",
                "[::1]:PORT",
                "proxy.example:443",
                "other.example:PORT"
            })
    void itsOwnNamesAreKnown(String host) throws IOException {
        String sent = host.replace("PORT", "" + endpoint.http().port());
        assertThat(post(endpoint.headers("Host", sent), photo()).status()).isEqualTo(200);
    }

    /** Photos and forms are what a page of another site can make a browser send without asking. */
    @ParameterizedTest
    @CsvSource({
        "Origin, http://evil.example",
        "Origin, null",
        "Origin, http://127.0.0.1:1",
        "Origin, http://127.0.0.1",
        "Sec-Fetch-Site, cross-site",
        "Sec-Fetch-Site, same-site"
    })
    void anotherSitesPageIsRefused(String header, String value) throws IOException {
        String sentence = "No page of another site may ask this.";
        for (String type : List.of("image/png", "text/plain", "multipart/form-data; boundary=x")) {
            Map<String, String> headers = endpoint.headers(header, value);
            headers.put("Content-Type", type);
            assertRefused(post(headers, photo()), 403, sentence);
        }
        for (String path : List.of("/", "/health", "/metrics", "/openapi.json")) {
            assertThat(endpoint.http()
                            .send("GET", path, endpoint.headers(header, value), new byte[0])
                            .status())
                    .isEqualTo(403);
        }
    }

    @Test
    void itsOwnPageAndOtherProgramsAreNot() throws IOException {
        for (Map<String, String> headers : List.of(
                endpoint.headers(),
                endpoint.headers("Origin", "http://127.0.0.1:" + endpoint.http().port()),
                endpoint.headers("Sec-Fetch-Site", "same-origin"),
                endpoint.headers("Sec-Fetch-Site", "none"))) {
            assertThat(post(headers, photo()).status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY", "HEAD"})
    void otherMethodsAreRefusedWithTheRightOne(String method) throws IOException {
        Answer answer = endpoint.http().send(method, "/classify", endpoint.headers(), new byte[0]);
        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.header()).contains("Allow: POST").doesNotContain("Access-Control");
        assertThat(endpoint.http()
                        .send("POST", "/health", endpoint.headers(), new byte[0])
                        .header())
                .contains(" 405 ", "Allow: GET");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/nothing",
                "/classify/",
                "/classify/../../etc/passwd",
                "//classify",
                "/CLASSIFY",
                "/etc/passwd",
                "/..%2f..%2fetc%2fpasswd",
                "/%2e%2e/model.json",
                "/model.json",
                "/META-INF/finessl.properties",
                "/openapi.json%00",
                "/classify;x=y",
                "/%"
            })
    void noPathLeadsToAFile(String path) throws IOException {
        Answer answer = endpoint.get(path);
        assertThat(answer.status()).isIn(400, 404);
        assertThat(answer.header()).contains("application/problem+json", "nosniff");
        assertThat(answer.json().get("detail").asText()).endsWith(".");
        assertThat(answer.text()).doesNotContain("root:", "version", "Exception", "Jetty", "<");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/health", "/metrics", "/openapi.json", "/nothing", "/%"})
    void everyAnswerHasTheHeadersThatBindABrowser(String path) throws IOException {
        assertThat(endpoint.get(path).header())
                .contains(
                        "Content-Security-Policy: default-src 'none'",
                        "X-Content-Type-Options: nosniff",
                        "Cross-Origin-Resource-Policy: same-origin",
                        "Cache-Control: no-store")
                .doesNotContain("Access-Control-Allow", "Server:", "Jetty", "Set-Cookie");
    }

    @Test
    void whatIsNoPhotoIsSaidWithWhatWasFound() throws IOException {
        String expected = "The photo must be an image that can be decoded, but %s.";
        assertRefused(post(endpoint.headers(), new byte[0]), 400, expected.formatted("is empty"));
        assertRefused(
                post(endpoint.headers(), "hello".getBytes(StandardCharsets.UTF_8)),
                400,
                expected.formatted("is neither JPEG, PNG, WebP, GIF, BMP, TIFF nor PNM"));
        byte[] half = Arrays.copyOf(photo(), photo().length / 2);
        assertRefused(post(endpoint.headers(), half), 400, expected.formatted("ends early or is damaged"));
        assertRefused(
                post(endpoint.headers(), "\0\0\0\30ftypheic".getBytes(StandardCharsets.ISO_8859_1)),
                400,
                expected.formatted("is a HEIC photo, which cannot be decoded here: save it as JPEG"));
    }

    @Test
    void aPictureOfTooManyPixelsIsRefusedByItsHeader() throws IOException {
        byte[] bomb = photo();
        for (int i = 16; i < 24; i++) { // the width and the height of a PNG
            bomb[i] = (byte) (i % 4 == 2 ? 0x7f : 0);
        }
        assertRefused(
                post(endpoint.headers(), bomb),
                400,
                "The photo must be an image that can be decoded, but has 32512 x 32512 pixels, more than 200 million in all"
                        + " or 65535 on a side.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"text/plain", "application/json", "video/mp4", "text/html; charset=utf-8", "multipart/mixed"})
    void otherContentIsRefused(String type) throws IOException {
        assertRefused(
                post(endpoint.headers("Content-Type", type), photo()),
                415,
                "The content must be a photo, as image/* or application/octet-stream, or photos as multipart/form-data.");
    }

    @Test
    void compressedContentIsRefused() throws IOException {
        assertRefused(
                post(endpoint.headers("Content-Encoding", "gzip"), photo()),
                415,
                "The content must not be compressed: photos are already.");
    }

    @Test
    void whatIsTooLargeIsNotRead() throws IOException {
        String sentence = "The request has more than 100,000 bytes.";
        Map<String, String> claimed = endpoint.headers("Content-Length", Long.toString(60L << 30));
        assertRefused(post(claimed, new byte[100]), 413, sentence);
        assertRefused(post(endpoint.headers(), new byte[MOST_BYTES + 1]), 413, sentence);
        assertThat(post(endpoint.headers(), new byte[MOST_BYTES]).status()).isEqualTo(400);
        try (Socket socket = endpoint.http().open()) {
            OutputStream out = socket.getOutputStream();
            out.write(head(endpoint, "Transfer-Encoding: chunked"));
            byte[] chunk = ("4000\r\n" + "x".repeat(0x4000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 7; i++) {
                out.write(chunk);
            }
            assertRefused(RawHttp.answer(socket), 413, sentence);
        }
    }

    /** None of these clients asks before it sends, and some listen only when they have sent all. */
    @Test
    void whoSendsTooMuchHearsWhatIsWrong() throws IOException {
        byte[] much = new byte[30 << 20];
        assertRefused(post(endpoint.headers(), much), 413, "The request has more than 100,000 bytes.");
        assertThat(post(endpoint.headers("Content-Type", "text/plain"), much).status())
                .isEqualTo(415);
        assertThat(post(endpoint.headers("Origin", "http://evil.example"), much).status())
                .isEqualTo(403);
        assertThat(endpoint.get("/metrics").text()).contains("path=\"/classify\",status=\"413\"");
    }

    @Test
    void whatIsStillBeingSentWhenItStopsIsRefusedAsSuch() throws IOException, InterruptedException {
        TestEndpoint stopping = TestEndpoint.start(model, TestEndpoint.settings(Settings.Limits.USUAL));
        try (Socket socket = stopping.http().open()) {
            socket.getOutputStream().write(head(stopping, "Content-Length: 50000"));
            socket.getOutputStream().write(new byte[100]);
            Thread.sleep(500); // it is being read; where not, it is refused in the same words
            stopping.close();
            assertRefused(RawHttp.answer(socket), 503, "The endpoint is stopping.");
        }
    }

    private static byte[] head(TestEndpoint to, String header) {
        return "POST /classify HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n%s\r\n\r\n"
                .formatted(to.http().port(), header)
                .getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void aHeaderThatIsTooLongIsRefused() throws IOException {
        Answer answer = endpoint.http().send("GET", "/" + "x".repeat(20_000), endpoint.headers(), new byte[0]);
        assertThat(answer.status()).isIn(414, 431);
        assertThat(answer.json().get("detail").asText()).isEqualTo("The request's header is too long.");
        assertThat(endpoint.http()
                        .send("GET", "/health", endpoint.headers("X", "x".repeat(20_000)), new byte[0])
                        .status())
                .isEqualTo(431);
    }

    /** An endpoint with little patience, whose model takes longer than that. */
    private static TestEndpoint impatient() {
        Settings.Limits usual = Settings.Limits.USUAL;
        Settings.Limits limits = new Settings.Limits(
                usual.upload(), usual.photos(), usual.waiting(), usual.window(), Duration.ofSeconds(2));
        return TestEndpoint.start(model, TestEndpoint.settings(limits), Duration.ofSeconds(4));
    }

    /** On a machine that stands still meanwhile, the connection may end without an answer. */
    private static void assertNotWaitedFor(Socket socket) throws IOException {
        byte[] said = socket.getInputStream().readAllBytes();
        if (said.length > 0) {
            assertThat(new String(said, StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 408 ")
                    .contains("\"detail\":\"The request came too slowly.\"");
        }
    }

    @Test
    void whoSendsSlowlyIsNotWaitedFor() throws IOException, InterruptedException {
        try (TestEndpoint impatient = impatient()) {
            try (Socket socket = impatient.http().open()) { // a byte now and then, for ever
                OutputStream out = socket.getOutputStream();
                out.write(head(impatient, "Content-Length: 50000"));
                while (socket.getInputStream().available() == 0) {
                    out.write(1);
                    Thread.sleep(100);
                }
                assertNotWaitedFor(socket);
            }
            try (Socket socket = impatient.http().open()) { // half, and then nothing
                socket.getOutputStream().write(head(impatient, "Content-Length: 50000"));
                socket.getOutputStream().write(photo());
                assertNotWaitedFor(socket);
            }
            try (Socket socket = impatient.http().open()) { // a header without an end
                socket.getOutputStream().write("POST /classify HTTP/1.1\r\nHo".getBytes(StandardCharsets.US_ASCII));
                assertThat(socket.getInputStream().readAllBytes()).isEmpty();
            }
        }
    }

    @Test
    void whoWaitsForAnAnswerIsNoSlowClient() throws IOException {
        try (TestEndpoint impatient = impatient()) {
            Answer answer = impatient.classify("", photo());
            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        }
    }

    @Test
    void aFormIsBounded() throws IOException {
        FormFile file = FormFile.of("a.png", photo());
        assertThat(endpoint.form("", Collections.nCopies(3, file)).status()).isEqualTo(200);
        assertRefused(
                endpoint.form("", Collections.nCopies(5, file)),
                413,
                "The form has more than 4 files, or one with too long a header.");
        assertRefused(
                endpoint.form("", List.of(FormFile.of("x".repeat(20_000), photo()))),
                413,
                "The form has more than 4 files, or one with too long a header.");
        assertRefused(endpoint.form("", List.of()), 400, "The form has no file.");
        assertRefused(
                endpoint.form("", List.of(file, new FormFile(Optional.empty(), new byte[] {'3'}))),
                400,
                "Each field of the form must be a file; options stand in the address: /classify?top=5.");
        byte[] damaged = "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n\r\nno end"
                .getBytes(StandardCharsets.US_ASCII);
        assertRefused(
                post(endpoint.headers("Content-Type", "multipart/form-data; boundary=x"), damaged),
                400,
                "The form is damaged.");
        for (String boundary : List.of("", "; boundary=", "; boundary=" + "x".repeat(71))) {
            assertRefused(
                    post(endpoint.headers("Content-Type", "multipart/form-data" + boundary), damaged),
                    400,
                    "The form's Content-Type must have a boundary of 1 to 70 characters.");
        }
    }

    /** Three may wait here, and four come. */
    @Test
    void whatCannotWaitIsToldToComeAgain() throws IOException {
        Answer answer = endpoint.form("", Collections.nCopies(4, FormFile.of("a.png", photo())));
        assertRefused(answer, 503, "Too many photos are waiting; try again.");
        assertThat(answer.header()).contains("Retry-After: 1");
        assertThat(post(endpoint.headers(), photo()).status()).isEqualTo(200);
    }

    @Test
    void nothingIsWrittenToDisk() throws IOException {
        List<String> before = temporary();
        assertThat(endpoint.form("", List.of(FormFile.of("../../evil.png", photo())))
                        .status())
                .isEqualTo(200);
        assertThat(temporary()).isEqualTo(before);
        try (var files = Files.walk(shared)) {
            assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.contains("evil"));
        }
    }

    private static List<String> temporary() throws IOException {
        try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.contains("MultiPart") || name.contains("evil"))
                    .sorted()
                    .toList();
        }
    }
}

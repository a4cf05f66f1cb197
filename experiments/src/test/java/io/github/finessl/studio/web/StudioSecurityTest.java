package io.github.finessl.studio.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.studio.ColouredPhotos;
import io.github.finessl.studio.Studio;
import io.github.finessl.web.RawHttp.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the studio's server must not do, each tried. */
class StudioSecurityTest {

    @TempDir
    static Path photos;

    @TempDir
    static Path outside;

    private static Studio studio;
    private static Http http;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        new ColouredPhotos(photos).unlabelled(1);
        Files.writeString(outside.resolve("secret.png"), "secret");
        Files.createSymbolicLink(photos.resolve("unlabelled/link.png"), outside.resolve("secret.png"));
        studio = Studio.open(Studio.Settings.of(photos, ColouredPhotos.ENCODER));
        http = new Http(studio).open();
        http.await("/api/overview", state -> state.at("/prepared/done").equals(state.at("/prepared/all")));
    }

    @AfterAll
    static void stop() {
        if (studio != null) {
            studio.close();
        }
    }

    private static Answer send(String method, String path, Map<String, String> headers, String content)
            throws IOException {
        return http.send(method, path, headers, content.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, String> with(Map<String, String> headers, String name, String value) {
        headers.put(name, value);
        return headers;
    }

    private static Map<String, String> without(Map<String, String> headers, String name) {
        headers.remove(name);
        return headers;
    }

    @Test
    void itListensOnThisMachineAlone() throws IOException {
        for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            for (InetAddress address : Collections.list(each.getInetAddresses())) {
                if (!address.isLoopbackAddress() && address.getAddress().length == 4) {
                    try (Socket socket = new Socket()) {
                        socket.connect(new InetSocketAddress(address, http.port()), 500);
                        throw new AssertionError("it listens on " + address);
                    } catch (IOException e) {
                        assertThat(e).hasMessageContaining("refused");
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.github.finessl.web.RawHttp#otherHosts")
    void anotherHostsNameIsRefused(String host) throws IOException {
        Answer answer = send("GET", "/", with(http.headers(), "Host", host.replace("PORT", "" + http.port())), "");
        assertThat(answer.status()).isEqualTo(421);
        assertThat(send("GET", "/", with(http.headers(), "Host", "localhost:" + http.port()), "")
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/overview",
                "/api/next",
                "/api/events",
                "/api/models",
                "/api/models/unreadable",
                "/api/grid?class=a",
                "/api/labelled",
                "/api/review",
                "/api/history",
                "/api/compare?one=001&other=002",
                "/api/growth",
                "/api/ship",
                "/api/photos.csv",
                "/api/photos/0123456789abcdef/small",
                "//api/overview",
                "/api/../api/overview",
                "/%61pi/overview",
                "/api;x/overview"
            })
    void nothingIsShownWithoutTheCookie(String path) throws IOException {
        assertThat(send("GET", path, without(http.headers(), "Cookie"), "").status())
                .isIn(400, 401, 404);
        assertThat(send("GET", path, with(http.headers(), "Cookie", "finessl-studio-" + http.port() + "=x"), "")
                        .status())
                .isIn(400, 401, 404);
    }

    @Test
    void theCookieIsForThisSiteAndNoScript() throws IOException {
        Answer answer = http.post("/api/session", "{\"token\":\"" + http.token() + "\"}");
        assertThat(answer.header()).contains("Set-Cookie: ", "; Path=/; HttpOnly; SameSite=Strict");
        assertThat(answer.header()).doesNotContain(http.token());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"token\":\"x\"}", "{\"token\":\"\"}", "{\"token\":null}", "{}", "null", "[]", "{", ""})
    void anotherTokenOpensNothing(String content) throws IOException {
        Answer answer = send("POST", "/api/session", without(http.writing(), "Cookie"), content);
        assertThat(answer.status()).isIn(400, 401);
        assertThat(answer.header()).doesNotContain("Set-Cookie");
    }

    @ParameterizedTest
    @CsvSource({
        "Origin, http://evil.example",
        "Origin, null",
        "Origin, http://127.0.0.1:1",
        "Origin, https://127.0.0.1",
        "Content-Type, text/plain",
        "Content-Type, application/x-www-form-urlencoded",
        "Content-Type, multipart/form-data; boundary=x",
        "Sec-Fetch-Site, cross-site",
        "Sec-Fetch-Site, same-site"
    })
    void whatOtherSitesCouldSendIsNotDone(String header, String value) throws IOException {
        for (String path : List.of(
                "/api/undo",
                "/api/label",
                "/api/train",
                "/api/session",
                "/api/try",
                "/api/review/right",
                "/api/models/use",
                "/api/models/threshold",
                "/api/models/export",
                "/api/sort",
                "/api/sort/stop")) {
            assertThat(send("POST", path, with(http.writing(), header, value), "{}")
                            .status())
                    .isIn(403, 415);
        }
        assertThat(send("POST", "/api/undo", without(http.writing(), "Origin"), "{}")
                        .status())
                .isEqualTo(403);
        assertThat(send("POST", "/api/undo", without(http.writing(), "Content-Type"), "{}")
                        .status())
                .isEqualTo(415);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"})
    void otherMethodsAreRefused(String method) throws IOException {
        Answer answer = send(method, "/api/undo", http.writing(), "{}");
        assertThat(answer.status()).isIn(400, 405);
        assertThat(answer.header()).doesNotContain("Access-Control-Allow");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/", "/js/main.js", "/studio.css", "/texts/ko", "/api/overview", "/nothing", "/lib/uPlot.esm.js"
            })
    void everyAnswerHasTheHeadersThatBindThePage(String path) throws IOException {
        Answer answer = http.get(path);
        assertThat(answer.status()).isEqualTo(path.equals("/nothing") ? 404 : 200);
        assertThat(answer.header())
                .contains(
                        "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'",
                        "frame-ancestors 'none'",
                        "X-Content-Type-Options: nosniff",
                        "Referrer-Policy: no-referrer",
                        "Cross-Origin-Resource-Policy: same-origin")
                .doesNotContain("unsafe-inline", "Access-Control-Allow", "Server:", "Jetty");
    }

    @Test
    void thePageHasNoScriptOfItsOwn() throws IOException {
        String page = http.get("/").text();
        assertThat(page).contains("<script type=\"module\" src=\"/js/main.js\"></script>");
        assertThat(page.split("<script", -1)).hasSize(2);
        assertThat(page).doesNotContain("style=", "onclick", "onload", "<style", "http://", "https://");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/../../etc/passwd",
                "/js/../../../../etc/passwd",
                "/js/%2e%2e/%2e%2e/studio.html",
                "/lib/..%2f..%2fetc%2fpasswd",
                "/api/photos/..%2f..%2fetc%2fpasswd/small",
                "/api/photos/%2e%2e/large",
                "/api/photos/unlabelled%2fred-0.png/small",
                "/META-INF/finessl.properties",
                "/js/",
                "/texts/..",
                "/texts/fr",
                "/js/main.js%00.png"
            })
    void noPathLeadsToAFile(String path) throws IOException {
        Answer answer = http.get(path);
        assertThat(answer.status()).isIn(400, 404, 409);
        assertThat(answer.text()).doesNotContain("root:", "version=");
    }

    @Test
    void aLinkOutOfTheFolderIsNotServed() throws IOException {
        String reason =
                http.get("/api/overview").json().at("/unreadable/0/reason").asText();
        assertThat(reason).startsWith("unlabelled/link.png leads out of ");
        assertThat(http.get("/api/next?count=9").text()).contains("red-0.png").doesNotContain("link.png");
    }

    @Test
    void photosAreEncodedAnewAndNamedByIdsThatSayNothing() throws IOException {
        String id = http.get("/api/next?count=1").json().at("/photos/0/id").asText();
        assertThat(id).matches("[0-9a-f]{16}");
        Answer small = http.get("/api/photos/" + id + "/small");
        assertThat(small.header()).contains("Content-Type: image/jpeg");
        assertThat(small.content()).startsWith(0xff, 0xd8, 0xff);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../x", "a/b", "a\\\\b", "..", ".x", "con", "none", "a\\u0000b", "@eaDir", "labelled/../../x"})
    void aClassCannotBeAPath(String name) throws IOException {
        String id = http.get("/api/next?count=1").json().at("/photos/0/id").asText();
        for (Answer answer : List.of(
                http.post("/api/label", "{\"photos\":[\"%s\"],\"className\":\"%s\"}".formatted(id, name)),
                http.post("/api/classes", "{\"name\":\"%s\"}".formatted(name)))) {
            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.json().get("error").asText()).contains("cannot be the name of a class");
        }
        try (var there = Files.walk(photos)) {
            assertThat(there.filter(Files::isDirectory).map(photos::relativize).map(Path::toString))
                    .containsExactlyInAnyOrder("", "unlabelled");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "[]",
                "{}",
                "{\"photos\":[]}",
                "{\"photos\":null,\"className\":\"a\"}",
                "{\"photos\":[{}],\"className\":\"a\"}",
                "{\"photos\":\"a\"}",
                "{\"photos\":[null],\"className\":\"a\"}",
                "{\"photos\":[\"0123456789abcdef\"],\"className\":\"a\"}"
            })
    void whatIsNoWishIsRefusedWithASentence(String content) throws IOException {
        Answer answer = http.post("/api/label", content);
        assertThat(answer.status()).isIn(400, 409);
        assertThat(answer.json().get("error").asText()).endsWith(".");
    }

    @ParameterizedTest
    @CsvSource({
        "/api/review/right, '{\"photo\":\"../secret\",\"right\":true}'",
        "/api/review/right, '{\"photo\":\"unlabelled/red-0.png\",\"right\":true}'",
        "/api/review/right, '{}'",
        "/api/models/use, '{\"number\":\"../001\"}'",
        "/api/models/use, '{\"number\":\"001\"}'",
        "/api/models/use, '{}'",
        "/api/models/threshold, '{\"number\":\"../../x\",\"threshold\":0.5}'",
        "/api/models/threshold, '{\"number\":\"001\",\"threshold\":\"NaN\"}'",
        "/api/models/export, '{\"number\":\"/etc/passwd\"}'",
        "/api/sort, '{\"folder\":\"/tmp/elsewhere\"}'",
        "/api/train, '{\"goOn\":true}'"
    })
    void whatNamesNoPhotoOrModelOfTheStudiosIsRefusedAndNothingWritten(String path, String content) throws IOException {
        Answer answer = http.post(path, content);
        assertThat(answer.status()).as(answer.text()).isIn(400, 409);
        assertThat(answer.json().get("error").asText()).endsWith(".");
        assertThat(photos.resolve("models")).doesNotExist();
        assertThat(photos.resolve("checked.jsonl")).isEmptyFile();
        try (var beside = Files.list(photos.toRealPath().getParent())) {
            assertThat(beside.map(file -> file.getFileName().toString()))
                    .noneMatch(name -> name.startsWith(photos.getFileName() + "-sorted"));
        }
        assertThat(http.get("/api/compare?one=..%2f001&other=/etc/passwd").status())
                .isEqualTo(409);
    }

    @Test
    void theTableIsAFileThatNoPageShows() throws IOException {
        Answer answer = http.get("/api/photos.csv?unknown=%0d%0aSet-Cookie:x");
        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.header()).doesNotContain("Set-Cookie");
    }

    @Test
    void whatIsTooLargeIsNotRead() throws IOException {
        char[] much = new char[1 << 17];
        Arrays.fill(much, 'x');
        Answer json = http.post("/api/label", "{\"photos\":[\"%s\"]}".formatted(new String(much)));
        assertThat(json.status()).isEqualTo(413);
        Map<String, String> upload = with(http.writing(), "Content-Type", "application/octet-stream");
        upload.put("Content-Length", Long.toString(60L << 20));
        assertThat(http.send("POST", "/api/try", upload, new byte[100]).status())
                .isEqualTo(413);
        upload.remove("Content-Length");
        Answer sent = http.send("POST", "/api/try", upload, new byte[60 << 20]);
        assertThat(sent.status()).isEqualTo(413);
        assertThat(sent.json().get("error").asText()).isEqualTo("The request has more than 52,428,800 bytes.");
        Answer foreign = http.send(
                "POST", "/api/try", with(http.writing(), "Origin", "http://evil.example"), new byte[10 << 20]);
        assertThat(foreign.status()).isEqualTo(403);
        String query = new String(much, 0, 20_000);
        assertThat(http.get("/api/grid?class=" + query).status()).isIn(414, 431);
    }
}

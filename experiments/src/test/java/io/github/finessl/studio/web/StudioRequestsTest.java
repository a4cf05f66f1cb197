package io.github.finessl.studio.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.studio.ColouredPhotos;
import io.github.finessl.studio.Studio;
import io.github.finessl.web.RawHttp.Answer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that lack what they must have, or have it in another form: they are refused, and nothing is done. */
class StudioRequestsTest {

    @TempDir
    static Path photos;

    private static Studio studio;
    private static Http http;
    private static String id;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        new ColouredPhotos(photos).unlabelled(1);
        studio = Studio.open(Studio.Settings.of(photos, ColouredPhotos.ENCODER));
        http = new Http(studio).open();
        id = http.await("/api/next", state -> state.get("inAll").asInt() == 3)
                .at("/photos/0/id")
                .asText();
    }

    @AfterAll
    static void stop() {
        if (studio != null) {
            studio.close();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "/api/models/threshold {\"number\":\"001\"} threshold",
                "/api/models/threshold {\"number\":\"001\",\"threshold\":null} threshold",
                "/api/models/threshold {\"number\":\"001\",\"threshold\":\".5\"} threshold",
                "/api/models/threshold {\"number\":\"001\",\"threshold\":true} threshold",
                "/api/models/threshold {\"threshold\":0.5} number",
                "/api/models/threshold {\"number\":1,\"threshold\":0.5} number",
                "/api/models/export {} number",
                "/api/models/use {} number",
                "/api/label {} photos",
                "/api/label {\"photos\":[\"ID\"]} className",
                "/api/label {\"photos\":[\"ID\"],\"className\":7} className",
                "/api/label {\"photos\":[\"ID\"],\"className\":[]} className",
                "/api/label {\"photos\":\"ID\",\"className\":\"cat\"} photos",
                "/api/label {\"photos\":[\"ID\"],\"unlabel\":1} unlabel",
                "/api/label {\"photos\":[\"ID\"],\"unlabel\":\"true\"} unlabel",
                "/api/label {\"photos\":[\"ID\"],\"className\":\"cat\",\"accepted\":\"no\"} accepted",
                "/api/skip {} photo",
                "/api/review/right {\"right\":true} photo",
                "/api/review/right {\"photo\":\"ID\"} right",
                "/api/train {\"goOn\":\"yes\"} goOn",
                "/api/train {\"setAside\":0} setAside",
                "/api/sort {\"unknown\":\"\"} unknown",
            })
    void aPartThatIsMissingOrOfAnotherTypeIsNamed(String path, String json, String part) throws IOException {
        Answer answer = http.post(path, json.replace("ID", id));
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().get("error").asText()).contains("'" + part + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "7", "\"x\"", "{\"photos\":[\"ID\"],\"className\":\"cat\"} {}", "{", "null", ""})
    void whatIsNoRequestIsRefused(String json) throws IOException {
        Answer answer = http.post("/api/label", json.replace("ID", id));
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().get("error").asText()).startsWith("The request is");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/compare?one=001", "/api/compare?other=001", "/api/next?count=x", "/api/grid"})
    void aQuestionThatLacksSomethingIsRefused(String path) throws IOException {
        assertThat(http.get(path).status()).isEqualTo(400);
    }

    @Test
    void noPhotoIsNone() throws IOException {
        Answer answer = http.post("/api/label", "{\"photos\":[null],\"className\":\"cat\"}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(photos.resolve("labelled")).doesNotExist();
    }
}

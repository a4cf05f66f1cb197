package io.github.finessl.studio.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.studio.ColouredPhotos;
import io.github.finessl.studio.Studio;
import io.github.finessl.web.RawHttp.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Labelling and training by requests. */
class StudioServerTest {

    @TempDir
    Path photos;

    private Studio studio;
    private Http http;

    private void open() throws IOException {
        Studio.Settings usual = Studio.Settings.of(photos, ColouredPhotos.ENCODER);
        studio = Studio.open(new Studio.Settings(photos, Optional.empty(), usual.encoder(), usual.precision(), 12, 0));
        http = new Http(studio).open();
    }

    @AfterEach
    void close() {
        if (studio != null) {
            studio.close();
        }
    }

    private JsonNode prepared() throws IOException, InterruptedException {
        return http.await("/api/overview", state -> state.at("/prepared/done").equals(state.at("/prepared/all")));
    }

    private static List<JsonNode> list(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }

    /** Labels photos whose name begins so. */
    private JsonNode label(String colour, int count, String className) throws IOException {
        List<String> ids = new ArrayList<>();
        for (JsonNode photo : http.get("/api/next?count=200").json().get("photos")) {
            if (photo.get("name").asText().startsWith(colour) && ids.size() < count) {
                ids.add("\"" + photo.get("id").asText() + "\"");
            }
        }
        assertThat(ids).hasSize(count);
        Answer answer = http.post("/api/label", "{\"photos\":%s,\"className\":\"%s\"}".formatted(ids, className));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    @Test
    void theOverviewSaysWhatIsThereAndWhatToDoNext() throws IOException, InterruptedException {
        new ColouredPhotos(photos)
                .unlabelled(2)
                .write("red-copy.png", 1, 0)
                .write("labelled/붉은/x.png", 1, 9)
                .write("labelled/none/y.png", 2, 9)
                .write("test/붉은/z.png", 1, 8)
                .write("models/001/chart.png", 1, 8);
        Files.writeString(photos.resolve("broken.jpg"), "no image");
        open();
        JsonNode state = prepared();
        assertThat(state.get("photos").asInt()).isEqualTo(11);
        assertThat(state.get("unlabelled").asInt()).isEqualTo(7);
        assertThat(state.get("classes").toString()).isEqualTo("[{\"name\":\"붉은\",\"photos\":1}]");
        assertThat(state.get("none").asInt()).isOne();
        assertThat(state.get("test").asInt()).isOne();
        assertThat(state.at("/unreadable/0/reason").asText()).startsWith("broken.jpg must be an image");
        assertThat(state.get("copies").toString()).isEqualTo("[[\"red-copy.png\",\"unlabelled/red-0.png\"]]");
        assertThat(state.at("/prepared/fault").asText()).isEmpty();
        assertThat(state.get("next").asText()).isEqualTo("NAME_CLASSES");
    }

    @Test
    void anEmptyFolderAsksForPhotos() throws IOException {
        open();
        assertThat(http.get("/api/overview").json().get("next").asText()).isEqualTo("ADD_PHOTOS");
        assertThat(http.get("/api/next").json().toString()).isEqualTo("{\"photos\":[],\"inAll\":0}");
    }

    @Test
    void aFewLabelsMakeSuggestionsThatAreAcceptedTogetherAndUndone() throws IOException, InterruptedException {
        new ColouredPhotos(photos).unlabelled(6);
        open();
        prepared();
        label("red", 1, "red");
        label("blue", 1, "blue");
        label("green", 1, "green");
        JsonNode grid =
                http.await("/api/grid?class=red", some -> some.get("inAll").asInt() == 5);
        assertThat(list(grid.get("photos")))
                .allMatch(photo -> photo.get("name").asText().startsWith("red"));
        List<String> ids = list(grid.get("photos")).stream()
                .map(photo -> photo.get("id").toString())
                .toList();
        JsonNode done = http.post(
                        "/api/label", "{\"photos\":%s,\"className\":\"red\",\"accepted\":true}".formatted(ids))
                .json();
        assertThat(done.get("photos")).hasSize(5);
        assertThat(photos.resolve("labelled/red")).isDirectoryContaining("glob:**/red-5.png");
        assertThat(photos.resolve("journal.jsonl")).content().contains("\"by\":\"accepted\"", "\"by\":\"hand\"");

        JsonNode undone = http.post("/api/undo", "{}").json();
        assertThat(undone.get("photos")).hasSize(5);
        assertThat(http.get("/api/overview").json().at("/classes/2/photos").asInt())
                .isOne();
        assertThat(undone.get("canUndo").asBoolean()).isTrue();
        for (int i = 0; i < 3; i++) {
            http.post("/api/undo", "{}");
        }
        assertThat(http.post("/api/undo", "{}").json().get("photos")).isEmpty();
        assertThat(photos.resolve("unlabelled").toFile().list()).hasSize(18);
    }

    @Test
    void noneSkipCorrectRenameAndMerge() throws IOException, InterruptedException {
        new ColouredPhotos(photos).unlabelled(2);
        open();
        prepared();
        String first = http.get("/api/next?count=1").json().at("/photos/0/id").asText();
        http.post("/api/skip", "{\"photo\":\"%s\"}".formatted(first));
        List<JsonNode> queue = list(http.get("/api/next?count=9").json().get("photos"));
        assertThat(queue)
                .hasSize(6)
                .last()
                .satisfies(last -> assertThat(last.get("id").asText()).isEqualTo(first));
        http.post("/api/label", "{\"photos\":[\"%s\"],\"className\":\"\"}".formatted(first));
        assertThat(http.get("/api/labelled").json().at("/photos/0/none").asBoolean())
                .isTrue();
        http.post("/api/label", "{\"photos\":[\"%s\"],\"className\":\"a\"}".formatted(first));
        http.post("/api/classes", "{\"name\":\"새\"}");
        http.post("/api/classes/rename", "{\"name\":\"a\",\"newName\":\"새\"}");
        assertThat(http.get("/api/overview").json().get("classes").toString())
                .isEqualTo("[{\"name\":\"새\",\"photos\":1}]");
        assertThat(photos.resolve("labelled/a")).doesNotExist();
        http.post("/api/undo", "{}");
        assertThat(http.get("/api/labelled?class=a").json().get("inAll").asInt())
                .isOne();
        http.post("/api/label", "{\"photos\":[\"%s\"],\"unlabel\":true}".formatted(first));
        assertThat(http.get("/api/overview").json().get("unlabelled").asInt()).isEqualTo(6);
        assertThat(http.post("/api/classes/rename", "{\"name\":\"b\",\"newName\":\"c\"}")
                        .json()
                        .get("error")
                        .asText())
                .isEqualTo("There is no class 'b'.");
    }

    @Test
    void whatTheFileManagerDidIsFoundAndPhotosKeepTheirIds() throws IOException, InterruptedException {
        new ColouredPhotos(photos).unlabelled(1);
        open();
        prepared();
        String id = http.get("/api/next?count=9").json().at("/photos/0/id").asText();
        String name = http.get("/api/next?count=9").json().at("/photos/0/name").asText();
        Files.createDirectories(photos.resolve("labelled/mine"));
        Files.move(photos.resolve("unlabelled").resolve(name), photos.resolve("labelled/mine/renamed.png"));
        new ColouredPhotos(photos).write("more/new.png", 0, 7);
        assertThat(http.post("/api/rescan", "{}").text()).isEqualTo("true");
        assertThat(http.post("/api/rescan", "{}").text()).isEqualTo("false");
        JsonNode mine = http.get("/api/labelled?class=mine").json();
        assertThat(mine.at("/photos/0/id").asText()).isEqualTo(id);
        assertThat(mine.at("/photos/0/name").asText()).isEqualTo("renamed.png");
        assertThat(prepared().get("unlabelled").asInt()).isEqualTo(3);
    }

    @Test
    void aModelIsTrainedInTheBackgroundStoppedGoneOnWithTriedAndShipped() throws IOException, InterruptedException {
        new ColouredPhotos(photos).unlabelled(4).write("test/red/t.png", 1, 30).write("test/blue/t.png", 0, 30);
        open();
        assertThat(http.post("/api/train", "{}").json().get("error").asText())
                .isEqualTo("Two classes or more must have labelled photos, but there are 0.");
        prepared();
        label("red", 2, "red");
        label("blue", 2, "blue");
        assertThat(http.post("/api/train", "{}").status()).isEqualTo(200);
        assertThat(http.post("/api/train", "{}").json().get("error").asText()).contains("running already");
        label("red", 1, "red");
        http.post("/api/train/stop", "{}");
        JsonNode stopped =
                http.awaitEvent("training", state -> state.get("phase").asText().equals("STOPPED"));
        assertThat(stopped.get("model").asText()).isEqualTo("001");
        assertThat(stopped.get("done").asInt()).isLessThanOrEqualTo(12);
        assertThat(stopped.get("all").asInt()).isEqualTo(12);
        assertThat(http.post("/api/train", "{\"goOn\":true}").status()).isEqualTo(200);
        JsonNode ended =
                http.awaitEvent("training", state -> state.get("phase").asText().startsWith("F"));
        assertThat(ended.get("phase").asText()).as(ended.toString()).isEqualTo("FINISHED");
        assertThat(ended.get("done").asInt()).isEqualTo(12);
        assertThat(ended.get("all").asInt()).isEqualTo(12);

        JsonNode model = http.get("/api/models").json().get(0);
        assertThat(model.get("number").asText()).isEqualTo("001");
        assertThat(model.get("labelled").asInt()).isEqualTo(4);
        assertThat(model.get("accuracy").isNumber()).isTrue();
        assertThat(photos.resolve("models/001/report.html")).isNotEmptyFile();

        ByteArrayOutputStream red = new ByteArrayOutputStream();
        ImageIO.write(ColouredPhotos.image(1, 20), "png", red);
        Map<String, String> upload = http.writing();
        upload.put("Content-Type", "application/octet-stream");
        JsonNode answer =
                http.send("POST", "/api/try", upload, red.toByteArray()).json();
        assertThat(answer.at("/answers/0/className").asText())
                .as(answer.toString())
                .isEqualTo("red");
        assertThat(http.post("/api/models/export", "{\"number\":\"001\"}")
                        .json()
                        .get("file")
                        .asText())
                .isEqualTo("models/001.onnx");
        assertThat(photos.resolve("models/001.onnx")).isNotEmptyFile();
        assertThat(http.post("/api/models/export", "{\"number\":\"../001\"}").status())
                .isEqualTo(409);
        aModelThatIsCopiedThereIsFoundAndADamagedOneSaid();
    }

    private void aModelThatIsCopiedThereIsFoundAndADamagedOneSaid() throws IOException, InterruptedException {
        assertThat(http.post("/api/rescan", "{}").text()).isEqualTo("false");
        Path copy = photos.resolve("models/002");
        try (Stream<Path> files = Files.walk(photos.resolve("models/001"))) {
            for (Path file : files.toList()) { // as slowly as a file manager: model.json before what it needs
                Files.copy(file, copy.resolve(photos.resolve("models/001").relativize(file)));
                http.get("/api/models");
            }
        }
        assertThat(http.post("/api/rescan", "{}").text()).isEqualTo("true");
        assertThat(http.get("/api/models").json()).hasSize(2);
        assertThat(http.get("/api/models/unreadable").json()).isEmpty();
        http.await(
                "/api/ship",
                state -> state.at("/answers/model").asText().equals("002")
                        && state.at("/answers/done").equals(state.at("/answers/all")));

        Files.writeString(copy.resolve("model.json"), "{\"format\":");
        assertThat(http.post("/api/rescan", "{}").text()).isEqualTo("true");
        assertThat(http.get("/api/models").json()).hasSize(1);
        JsonNode damaged = http.get("/api/models/unreadable").json();
        assertThat(damaged).hasSize(1);
        assertThat(damaged.at("/0/number").asText()).isEqualTo("002");
        assertThat(damaged.at("/0/reason").asText()).contains("models/002");
    }

    @Test
    void aSecondStudioIsToldWhoHasTheFolder() throws IOException {
        open();
        assertThatThrownBy(() -> Studio.open(Studio.Settings.of(photos, ColouredPhotos.ENCODER)))
                .hasMessageContaining("is open in a studio of this process already");
    }

    @Test
    void anEncoderThatIsNoneIsSaidAndLabellingGoesOn(@TempDir Path other) throws IOException, InterruptedException {
        new ColouredPhotos(photos).unlabelled(1);
        Path encoder = Files.writeString(other.resolve("encoder.onnx"), "none");
        studio = Studio.open(Studio.Settings.of(photos, encoder));
        http = new Http(studio).open();
        http.await(
                "/api/overview", state -> !state.at("/prepared/fault").asText().isEmpty());
        label("red", 1, "red");
        assertThat(photos.resolve("labelled/red/red-0.png")).exists();
    }
}

package io.github.finessl.studio.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.studio.ColouredPhotos;
import io.github.finessl.studio.Studio;
import io.github.finessl.web.RawHttp;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Labels that look wrong, models one after the other, thresholds, sorted photos and trainings that go on, by requests. */
class StudioStoriesTest {

    private static final int TEST_PHOTOS = 12;

    @TempDir
    Path directory;

    private Path photos;
    private Studio studio;
    private Http http;

    private ColouredPhotos photos() {
        photos = directory.resolve("photos");
        return new ColouredPhotos(photos);
    }

    private void open(int steps) throws IOException {
        Studio.Settings usual = Studio.Settings.of(photos, ColouredPhotos.ENCODER);
        studio = Studio.open(
                new Studio.Settings(photos, Optional.empty(), usual.encoder(), usual.precision(), steps, 0));
        http = new Http(studio).open();
    }

    @AfterEach
    void close() {
        if (studio != null) {
            studio.close();
            studio = null;
        }
    }

    private void prepared() throws IOException, InterruptedException {
        http.await("/api/overview", state -> state.at("/prepared/done").equals(state.at("/prepared/all")));
    }

    private static List<JsonNode> list(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }

    private JsonNode post(String path, String json) throws IOException {
        RawHttp.Answer answer = http.post(path, json);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private void train() throws IOException {
        post("/api/train", "{}");
        JsonNode ended = http.awaitEvent(
                "training",
                state -> List.of("FINISHED", "FAILED")
                        .contains(state.get("phase").asText()));
        assertThat(ended.get("phase").asText()).as(ended.toString()).isEqualTo("FINISHED");
    }

    private void label(String name, String className) throws IOException {
        String id = list(http.get("/api/next?count=200").json().get("photos")).stream()
                .filter(photo -> photo.get("name").asText().equals(name))
                .map(photo -> photo.get("id").asText())
                .findFirst()
                .orElseThrow();
        post("/api/label", "{\"photos\":[\"%s\"],\"className\":\"%s\"}".formatted(id, className));
    }

    /** Photos of two classes to learn from and to test on. */
    private ColouredPhotos twoClasses(int each) throws IOException {
        ColouredPhotos all = photos().unlabelled(3);
        for (int i = 0; i < each; i++) {
            all.write("labelled/red/%d.png".formatted(i), 1, 10 + i)
                    .write("labelled/blue/%d.png".formatted(i), 0, 10 + i);
        }
        for (int i = 0; i < TEST_PHOTOS; i++) {
            all.write("test/red/%d.png".formatted(i), 1, 20 + i).write("test/blue/%d.png".formatted(i), 0, 20 + i);
        }
        return all;
    }

    @Test
    void aLabelThatLooksWrongIsCorrectedOrFoundRightForEver() throws IOException, InterruptedException {
        twoClasses(5).write("labelled/red/wrong.png", 0, 40);
        open(1);
        prepared();
        JsonNode review = http.await("/api/review", state -> state.get("inAll").asInt() == 1);
        JsonNode wrong = review.at("/photos/0");
        assertThat(wrong.get("name").asText()).isEqualTo("wrong.png");
        assertThat(wrong.get("className").asText()).isEqualTo("red");
        assertThat(wrong.get("answer").asText()).isEqualTo("blue");
        assertThat(wrong.get("answerShare").asDouble())
                .isGreaterThan(wrong.get("share").asDouble());
        assertThat(review.get("compared").asInt()).isEqualTo(11);
        http.await("/api/overview", state -> state.get("doubtful").asInt() == 1);

        String id = wrong.get("id").asText();
        post("/api/label", "{\"photos\":[\"%s\"],\"className\":\"blue\",\"accepted\":true}".formatted(id));
        assertThat(photos.resolve("labelled/blue/wrong.png")).exists();
        http.await(
                "/api/review",
                state ->
                        !state.get("looking").asBoolean() && state.get("photos").isEmpty());
        post("/api/undo", "{}");
        http.await("/api/review", state -> state.get("inAll").asInt() == 1);

        post("/api/review/right", "{\"photo\":\"%s\",\"right\":true}".formatted(id));
        assertThat(http.get("/api/review").json().get("photos")).isEmpty();
        post("/api/review/right", "{\"photo\":\"%s\",\"right\":false}".formatted(id));
        assertThat(http.get("/api/review").json().get("photos")).hasSize(1);
        post("/api/review/right", "{\"photo\":\"%s\",\"right\":true}".formatted(id));
        close();
        open(1);
        prepared();
        http.await(
                "/api/review",
                state -> state.get("compared").asInt() == 11
                        && !state.get("looking").asBoolean()
                        && state.get("photos").isEmpty());
    }

    @Test
    void theOnlyPhotoOfAClassIsNotComparedAndAnUnlabelledOneNotRight() throws IOException, InterruptedException {
        photos().unlabelled(1).write("labelled/red/1.png", 1, 1).write("labelled/blue/1.png", 0, 1);
        open(1);
        prepared();
        JsonNode review = http.await("/api/review", state -> state.get("alone").asInt() == 2);
        assertThat(review.get("photos")).isEmpty();
        String id = http.get("/api/next").json().at("/photos/0/id").asText();
        assertThat(http.post("/api/review/right", "{\"photo\":\"%s\",\"right\":true}".formatted(id))
                        .json()
                        .get("error")
                        .asText())
                .endsWith(" has no label to be checked.");
    }

    /** What the first page says has changed since the newest model, and what is to be done next. */
    private void requireNews(String next, int added, int relabelled, boolean otherClasses)
            throws IOException, InterruptedException {
        JsonNode state = http.get("/api/overview").json();
        assertThat(state.get("next").asText()).isEqualTo(next);
        assertThat(state.at("/news/added").asInt(-1)).isEqualTo(added);
        assertThat(state.at("/news/removed").asInt(-1)).isZero();
        assertThat(state.at("/news/relabelled").asInt(-1)).isEqualTo(relabelled);
        assertThat(state.at("/news/otherClasses").asBoolean()).isEqualTo(otherClasses);
    }

    @Test
    @Tag("slow")
    void modelsAreComparedRestoredAndTheirAnswersTakenElsewhere() throws IOException, InterruptedException {
        twoClasses(2).write("=sum(1).png", 1, 45);
        open(12);
        prepared();
        train();
        requireNews("TRY", 0, 0, false);
        label("red-0.png", "red");
        label("blue-0.png", "blue");
        requireNews("TRAIN_AGAIN", 2, 0, false);
        train();
        requireNews("TRY", 0, 0, false);

        JsonNode history = http.get("/api/history").json();
        assertThat(history).hasSize(2);
        assertThat(history.at("/0/model/number").asText()).isEqualTo("002");
        assertThat(history.at("/0/inUse").asBoolean()).isTrue();
        assertThat(history.at("/0/changes").toString()).isEqualTo("{\"added\":2,\"removed\":0,\"relabelled\":0}");
        assertThat(history.at("/0/before/photos").asInt()).isEqualTo(2 * TEST_PHOTOS);
        assertThat(history.at("/0/before/other").asInt())
                .isEqualTo((int) Math.round(history.at("/0/model/accuracy").asDouble() * 2 * TEST_PHOTOS));
        assertThat(list(history.at("/1/model/simpler/rows")).stream()
                        .map(row -> row.get("name").asText()))
                .containsExactlyInAnyOrder("linear probe", "class means", "pile");
        JsonNode both = http.get("/api/compare?one=001&other=002").json();
        assertThat(both.at("/one/classes/0").toString()).isEqualTo("{\"name\":\"blue\",\"labelled\":2,\"test\":12}");
        assertThat(both.at("/other/classes/0/labelled").asInt()).isEqualTo(3);
        assertThat(both.at("/one/settings/steps").asText()).isEqualTo("12");
        assertThat(both.at("/same/photos").asInt()).isEqualTo(2 * TEST_PHOTOS);
        assertThat(http.get("/api/compare?one=001&other=009")
                        .json()
                        .get("error")
                        .asText())
                .isEqualTo("There is no finished model 009.");

        shipping("002");
        post("/api/models/use", "{\"number\":\"001\"}");
        assertThat(http.get("/api/history").json().at("/1/inUse").asBoolean()).isTrue();
        assertThat(http.post("/api/models/use", "{\"number\":\"009\"}").status())
                .isEqualTo(409);
        close();
        open(12);
        prepared();
        assertThat(http.get("/api/history").json().at("/1/inUse").asBoolean()).isTrue();
        shipping("001");
        assertThat(photos.resolve("models/002/model.json")).exists();
        Files.writeString(photos.resolve("models/in-use.json"), "{\"number\":\"001\",\"newest\":\"001\"}");
        assertThat(http.get("/api/history").json().at("/0/inUse").asBoolean())
                .as("a newer one was trained since")
                .isTrue();
    }

    /** The model in use is judged, priced, and its answers are written and sorted by. */
    private void shipping(String number) throws IOException, InterruptedException {
        JsonNode ship = http.await(
                "/api/ship",
                state -> state.at("/answers/model").asText().equals(number)
                        && state.at("/answers/done").equals(state.at("/answers/all"))
                        && state.get("judged").asInt() == 2 * TEST_PHOTOS);
        assertThat(ship.get("onTest").asBoolean()).isTrue();
        assertThat(ship.get("prices")).hasSize(100);
        assertThat(ship.at("/prices/0/answered").asInt()).isEqualTo(2 * TEST_PHOTOS);
        JsonNode judgement =
                http.awaitEvent("judgement", state -> !state.get("evidence").isNull());
        assertThat(judgement.at("/evidence/photos").asInt()).isEqualTo(2 * TEST_PHOTOS);
        assertThat(judgement.at("/evidence/model").asInt())
                .isEqualTo(ship.at("/prices/0/right").asInt());

        String csv = http.get("/api/photos.csv").text();
        assertThat(csv.lines().findFirst()).contains("image,label,confidence,given");
        assertThat(csv).contains("\n'=sum(1).png,", "\ntest/red/0.png,");
        assertThat(csv.lines()).hasSize(1 + ship.at("/answers/all").asInt());
        JsonNode kept = post("/api/models/threshold", "{\"number\":\"%s\",\"threshold\":0.99}".formatted(number));
        assertThat(kept.get("unsureBelow").asDouble()).isEqualTo(.99);
        Path model = photos.resolve("models").resolve(number);
        assertThat(ModelFolder.read(model).unsureBelow()).contains(.99);
        long unsure = http.get("/api/photos.csv")
                .text()
                .lines()
                .filter(line -> line.contains(".png,,"))
                .count();
        assertThat(unsure)
                .isEqualTo(csv.lines()
                        .skip(1)
                        .filter(line -> Double.parseDouble(line.split(",", -1)[2]) < .99)
                        .count());
        assertThat(http.post("/api/models/threshold", "{\"number\":\"%s\",\"threshold\":1.5}".formatted(number))
                        .status())
                .isEqualTo(409);

        Path target = Path.of(http.get("/api/ship").json().get("sorted").asText());
        assertThat(target.getParent()).isEqualTo(directory.toRealPath());
        assertThat(target).doesNotExist();
        post("/api/sort", "{}");
        JsonNode sorted = http.await(
                        "/api/ship",
                        state -> !state.at("/sorting/phase").asText().equals("RUNNING"))
                .get("sorting");
        assertThat(sorted.get("phase").asText()).as(sorted.toString()).isEqualTo("FINISHED");
        try (Stream<Path> files = Files.walk(target)) {
            List<Path> copies = files.filter(Files::isRegularFile).toList();
            assertThat(copies).hasSize(sorted.get("done").asInt());
            assertThat(copies.stream().filter(file -> file.getParent().endsWith("unsure")))
                    .hasSize((int) csv.lines()
                            .skip(1)
                            .filter(line -> line.endsWith(",") && Double.parseDouble(line.split(",", -1)[2]) < .99)
                            .count());
        }
        assertThat(target.resolve("red/red-0.png")).hasSameBinaryContentAs(photos.resolve("labelled/red/red-0.png"));
    }

    /** The test photos are labelled the wrong way round, as the model's were: then it is the model that is right. */
    @Test
    @Tag("slow")
    void theModelSuggestsWhereItIsRightMoreOften() throws IOException, InterruptedException {
        ColouredPhotos all = photos().unlabelled(6);
        for (int i = 0; i < 3; i++) {
            all.write("labelled/red/%d.png".formatted(i), 0, 10 + i)
                    .write("labelled/blue/%d.png".formatted(i), 1, 10 + i);
        }
        for (int i = 0; i < TEST_PHOTOS; i++) {
            all.write("test/red/%d.png".formatted(i), 0, 20 + i).write("test/blue/%d.png".formatted(i), 1, 20 + i);
        }
        open(12);
        prepared();
        train();
        http.awaitEvent("judgement", state -> state.get("why").asText().equals("NOT_BETTER"));
        post("/api/classes/rename", "{\"name\":\"red\",\"newName\":\"x\"}");
        http.awaitEvent("judgement", state -> state.get("why").asText().equals("OTHER_CLASSES"));
        requireNews("TRAIN_AGAIN", 0, 3, true);
        post("/api/classes/rename", "{\"name\":\"blue\",\"newName\":\"red\"}");
        post("/api/classes/rename", "{\"name\":\"x\",\"newName\":\"blue\"}");
        requireNews("TRAIN_AGAIN", 0, 6, false);
        JsonNode judged =
                http.awaitEvent("judgement", state -> state.get("why").asText().equals("BETTER"));
        assertThat(judged.get("model").asText()).isEqualTo("001");
        JsonNode grid = http.await(
                "/api/grid?class=red",
                some -> some.get("inAll").asInt() > 0
                        && list(some.get("photos")).stream()
                                .allMatch(photo ->
                                        photo.at("/suggestion/model").asText().equals("001")));
        assertThat(list(grid.get("photos")).stream()
                        .map(photo -> photo.get("name").asText()))
                .anyMatch(name -> name.startsWith("blue"))
                .noneMatch(name -> name.startsWith("red"));
    }

    @Test
    void whatAModelHasLearntIsKnownEvenIfOthersTakeTheListAway() throws IOException, InterruptedException {
        twoClasses(2);
        open(12);
        prepared();
        post("/api/train", "{}");
        Files.delete(photos.resolve("models/001.training.json"));
        http.awaitEvent("training", state -> state.get("phase").asText().equals("FINISHED"));
        assertThat(photos.resolve("models/001.training.json")).content().contains("labelled/red/");
    }

    @Test
    @Tag("slow")
    void aTrainingThatARestartInterruptedGoesOnToTheSameParameters() throws IOException, InterruptedException {
        twoClasses(3);
        open(40);
        prepared();
        post("/api/train", "{}");
        http.awaitEvent(
                "training",
                state -> state.get("phase").asText().equals("STEPPING")
                        && state.get("done").asInt() > 5);
        close();
        open(7); // other steps now: it goes on with its own
        JsonNode state = http.awaitEvent("training", any -> true);
        assertThat(state.get("phase").asText()).isEqualTo("INTERRUPTED");
        assertThat(state.get("model").asText()).isEqualTo("001");
        assertThat(state.get("canGoOn").asBoolean()).isTrue();
        prepared();
        label("red-1.png", "red"); // which it does not learn from
        post("/api/train", "{\"goOn\":true}");
        JsonNode ended = http.awaitEvent(
                "training",
                now -> List.of("FINISHED", "FAILED").contains(now.get("phase").asText()));
        assertThat(ended.get("phase").asText()).as(ended.toString()).isEqualTo("FINISHED");
        assertThat(http.get("/api/models").json().at("/0/labelled").asInt()).isEqualTo(6);
        assertThat(http.get("/api/models").json().at("/0/steps").asInt()).isEqualTo(40);
        Map<String, String> resumed = arrays(photos.resolve("models/001/checkpoint.zip"));
        close();

        Path first = directory.resolve("first");
        Files.move(photos, first);
        twoClasses(3);
        open(40);
        prepared();
        train();
        assertThat(resumed).hasSizeGreaterThan(3).isEqualTo(arrays(photos.resolve("models/001/checkpoint.zip")));
    }

    /** All of a checkpoint but for its times. */
    private static Map<String, String> arrays(Path checkpoint) throws IOException {
        Map<String, String> arrays = new TreeMap<>();
        try (ZipFile zip = new ZipFile(checkpoint.toFile())) {
            for (ZipEntry entry : zip.stream().map(each -> (ZipEntry) each).toList()) {
                if (!entry.getName().equals("checkpoint.json")) {
                    arrays.put(entry.getName(), entry.getCrc() + " " + entry.getSize());
                }
            }
        }
        return arrays;
    }

    @Test
    @Tag("slow")
    void aPhotoIsTriedAsPredictWould() throws IOException, InterruptedException {
        twoClasses(2);
        open(4);
        prepared();
        train();
        Path large = directory.resolve("large.png");
        BufferedImage image = new BufferedImage(2300, 1700, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                image.setRGB(x, y, (x * 7919 ^ y * 104_729) & 0xffffff);
            }
        }
        ImageIO.write(image, "png", large.toFile());
        Map<String, String> upload = http.writing();
        upload.put("Content-Type", "application/octet-stream");
        JsonNode tried =
                http.send("POST", "/api/try", upload, Files.readAllBytes(large)).json();
        try (FineSslModel model = FineSslModel.load(
                photos.resolve("models/001"),
                KernelChoice.open(
                        Studio.Settings.of(photos, ColouredPhotos.ENCODER).precision()))) {
            Classification answer = model.classify(large);
            assertThat(tried.at("/answers/0/className").asText()).isEqualTo(answer.label());
            assertThat(tried.at("/answers/0/probability").asDouble()).isEqualTo(answer.confidence());
        }
        byte[] bytes = Files.readAllBytes(photos.resolve("test/red/0.png"));
        for (int i = 16; i < 24; i++) { // the width and the height of a PNG: too many pixels
            bytes[i] = (byte) (i % 4 == 1 || i % 4 == 2 ? 0x7f : 0);
        }
        RawHttp.Answer refused = http.send("POST", "/api/try", upload, bytes);
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().get("error").asText()).startsWith("The photo must be an image");
    }

    @Test
    void whatIsShownNextSaysWhyAndHowAccuracyGrowsIsTold() throws IOException, InterruptedException {
        twoClasses(4);
        open(1);
        prepared();
        JsonNode next = http.await(
                "/api/next?count=20",
                some -> list(some.get("photos")).stream()
                        .anyMatch(photo -> !photo.get("why").isNull()));
        assertThat(next.at("/photos/0/why/kind").asText()).isIn("WEAK_CLASS", "DOUBTFUL", "ALIKE");
        assertThat(next.at("/photos/0/why/alike").asDouble()).isGreaterThan(0);
        JsonNode growth = http.await(
                "/api/growth",
                state ->
                        !state.get("looking").asBoolean() && !state.get("curve").isNull());
        assertThat(growth.at("/curve/heldOut").asBoolean()).isFalse();
        assertThat(growth.at("/curve/images").asInt()).isEqualTo(2 * TEST_PHOTOS);
        assertThat(list(growth.at("/curve/points")).stream()
                        .map(point -> point.get("labels").asDouble()))
                .containsExactly(2.0, 4.0, 8.0);
        assertThat(growth.get("outlook").asText()).isIn("HELPS", "FLAT", "UNKNOWN");
    }

    @Test
    void theCodeThatRunsTheExportIsTheOneThatIsTested() throws IOException {
        photos().unlabelled(1);
        open(1);
        assertThat(http.get("/Classify.java").text())
                .isEqualTo(Files.readString(
                        Path.of("core/src/test/java/io/github/finessl/export/Classify.java"), StandardCharsets.UTF_8));
        assertThat(http.get("/api/ship").json().at("/answers/model").isNull()).isTrue();
        assertThat(http.get("/api/photos.csv").status()).isEqualTo(409);
        assertThat(http.post("/api/sort", "{}").json().get("error").asText())
                .isEqualTo("There is no model yet to sort by: train one first.");
    }
}

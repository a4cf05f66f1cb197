package io.github.finessl.studio;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.Photos;
import io.github.finessl.data.Dataset;
import io.github.finessl.kernel.Precision;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders as people have them, by the requests that the pages make. */
class StudioEdgesTest {

    /** A segment of a JPEG that says that the camera was held upright: turn it by 90 degrees clockwise. */
    private static final byte[] TURNED = {
        (byte) 0xff,
        (byte) 0xe1,
        0,
        34,
        'E',
        'x',
        'i',
        'f',
        0,
        0,
        'M',
        'M',
        0,
        42,
        0,
        0,
        0,
        8,
        0,
        1,
        1,
        0x12,
        0,
        3,
        0,
        0,
        0,
        1,
        0,
        6,
        0,
        0,
        0,
        0,
        0,
        0
    };

    @TempDir
    Path photos;

    @TempDir
    Path elsewhere;

    private Studio studio;
    private StudioClient client;

    private void open(Path folder, Optional<Path> table) {
        studio = Studio.open(new Studio.Settings(folder, table, ColouredPhotos.ENCODER, Precision.AUTO, 12, 0));
        client = new StudioClient(studio.address());
        RequestDesk.awaitPhotos(client);
    }

    @AfterEach
    void close() {
        if (studio != null) {
            client.close();
            studio.close();
        }
    }

    private Map<String, String> idsByName() {
        Map<String, String> ids = new HashMap<>();
        for (JsonNode photo : client.get("/api/next?count=200").get("photos")) {
            ids.put(photo.get("name").asText(), photo.get("id").asText());
        }
        return ids;
    }

    private JsonNode label(String className, String... ids) {
        return client.post("/api/label", Map.of("photos", List.of(ids), "className", className));
    }

    private List<String> classes() {
        return StreamSupport.stream(client.get("/api/overview").get("classes").spliterator(), false)
                .map(each ->
                        each.get("name").asText() + " " + each.get("photos").asInt())
                .toList();
    }

    @Test
    void decomposedAndComposedNamesAreOneClass() throws IOException {
        String composed = "고양이";
        String decomposed = Normalizer.normalize(composed, Normalizer.Form.NFD);
        new ColouredPhotos(photos).unlabelled(2).write("labelled/" + decomposed + "/x.png", 1, 9);
        open(photos, Optional.empty());
        Map<String, String> ids = idsByName();
        label(composed, ids.get("red-0.png"));
        label(decomposed, ids.get("red-1.png"));
        assertThat(classes()).containsExactly(composed + " 3");
        assertThat(photos.resolve("labelled").resolve(decomposed).toFile().list())
                .hasSize(3);
        label("개", ids.get("blue-0.png"));
        client.post("/api/classes/rename", Map.of("name", decomposed, "newName", "개"));
        assertThat(classes()).containsExactly("개 4");
        client.post("/api/undo", Map.of());
        assertThat(classes()).containsExactly("개 1", composed + " 3");
    }

    @Test
    void photosAreShownUpright() throws IOException {
        BufferedImage lying = new BufferedImage(60, 30, BufferedImage.TYPE_INT_RGB);
        IntStream.range(0, 15 * 60).forEach(i -> lying.setRGB(i % 15, i / 15 % 30, Color.RED.getRGB()));
        ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
        ImageIO.write(lying, "jpg", jpeg);
        byte[] plain = jpeg.toByteArray();
        ByteArrayOutputStream turned = new ByteArrayOutputStream();
        turned.write(plain, 0, 2);
        turned.write(TURNED);
        turned.write(plain, 2, plain.length - 2);
        Files.write(photos.resolve("turned.jpg"), turned.toByteArray());
        open(photos, Optional.empty());
        String id = idsByName().get("turned.jpg");
        for (String size : List.of("small", "large")) {
            BufferedImage shown =
                    ImageIO.read(new ByteArrayInputStream(client.bytes("/api/photos/" + id + "/" + size)));
            assertThat(shown.getWidth()).isEqualTo(30);
            assertThat(shown.getHeight()).isEqualTo(60);
            assertThat(new Color(shown.getRGB(15, 5)).getRed()).isGreaterThan(200);
            assertThat(new Color(shown.getRGB(15, 50)).getRed()).isLessThan(50);
        }
    }

    @Test
    void aFolderMayBeALink() throws IOException {
        new ColouredPhotos(photos).unlabelled(1);
        Path link = Files.createSymbolicLink(elsewhere.resolve("link"), photos);
        open(link, Optional.empty());
        label("red", idsByName().get("red-0.png"));
        assertThat(photos.resolve("labelled/red/red-0.png")).exists();
        assertThat(link).isSymbolicLink();
    }

    @Test
    void whatAFileManagerTakesAwayWhileLabellingIsSaidAndFound() throws IOException {
        new ColouredPhotos(photos).unlabelled(3);
        open(photos, Optional.empty());
        Map<String, String> ids = idsByName();
        Files.createDirectories(photos.resolve("labelled/mine"));
        Files.move(photos.resolve("unlabelled/red-0.png"), photos.resolve("labelled/mine/red-0.png"));
        Files.delete(photos.resolve("unlabelled/red-1.png"));
        JsonNode done = label("red", ids.get("red-0.png"), ids.get("red-1.png"), ids.get("red-2.png"));
        assertThat(done.get("photos")).hasSize(1);
        assertThat(done.get("faults").toString())
                .contains("unlabelled/red-0.png is not there any more.", "unlabelled/red-1.png is not there any more.");
        client.post("/api/rescan", Map.of());
        assertThat(classes()).containsExactly("mine 1", "red 1");
        Files.move(photos.resolve("labelled/red"), photos.resolve("labelled/rot"));
        client.post("/api/rescan", Map.of());
        assertThat(classes()).containsExactly("mine 1", "rot 1");
        client.post("/api/undo", Map.of());
        assertThat(photos.resolve("labelled/rot/red-2.png")).exists();
    }

    @Test
    void anEmptyFolderAndOneOfBrokenFilesSaySo() throws IOException {
        open(photos, Optional.empty());
        assertThat(client.get("/api/overview").get("next").asText()).isEqualTo("ADD_PHOTOS");
        assertThat(client.get("/api/next").get("photos")).isEmpty();
        for (int i = 0; i < 3; i++) {
            Files.writeString(photos.resolve(i + ".jpg"), "no image " + i);
        }
        client.post("/api/rescan", Map.of());
        JsonNode state =
                client.await("overview", each -> each.get("unreadables").asInt() == 3);
        assertThat(state.get("next").asText()).isEqualTo("ADD_PHOTOS");
        assertThat(client.get("/api/next").get("photos")).isEmpty();
    }

    @Test
    void labelsInATableMoveNoPhotoAndTrainTheSame() throws IOException {
        new ColouredPhotos(photos).unlabelled(4);
        Path table =
                Files.writeString(elsewhere.resolve("labels.csv"), "image,label,by\nunlabelled/red-0.png,red,kim\n");
        open(photos, Optional.of(table));
        assertThat(classes()).containsExactly("red 1");
        Map<String, String> ids = idsByName();
        label("blue", ids.get("blue-0.png"), ids.get("blue-1.png"));
        label("", ids.get("green-0.png"));
        label("red", ids.get("red-1.png"));
        assertThat(table).hasContent("""
                        image,label,by
                        unlabelled/red-0.png,red,kim
                        unlabelled/blue-0.png,blue,
                        unlabelled/blue-1.png,blue,
                        unlabelled/green-0.png,none,
                        unlabelled/red-1.png,red,
                        """);
        Files.writeString(table, Files.readString(table).replace("red-1.png,red", "red-1.png,blue"));
        client.post("/api/train", Map.of());
        JsonNode ended =
                client.await("training", state -> state.get("phase").asText().startsWith("F"));
        assertThat(ended.get("phase").asText()).as(ended.toString()).isEqualTo("FINISHED");
        assertThat(client.get("/api/models").get(0).get("labelled").asInt()).isEqualTo(4);
        assertThat(classes()).containsExactly("blue 3", "red 1");
        assertThat(elsewhere.resolve("models/001/report.html")).isNotEmptyFile();
        try (Stream<Path> there = Files.walk(photos)) {
            assertThat(there.filter(Files::isRegularFile)).hasSize(12);
        }
        Dataset train = Photos.csv(table, photos).source().train();
        assertThat(IntStream.range(0, train.size()).filter(i -> train.label(i) >= 0))
                .hasSize(4);
    }
}

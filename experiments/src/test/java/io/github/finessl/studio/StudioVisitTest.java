package io.github.finessl.studio;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.kernel.Precision;
import io.github.finessl.report.Json;
import io.github.finessl.report.Machine;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole visits to the studio by the requests that its pages make: from photos without a label to a model as an ONNX file.
 *
 * <p>{@code mvn verify -Dtest.excludedGroups= -Dtest.groups=slow -Dtest=StudioVisitTest -Dvisit.seeds=1,2,3} writes {@code
 * target/studio-visit.json}.
 */
@Tag("slow")
class StudioVisitTest {

    private static final int MOST_KEYS = 59;
    private static final int PHOTOS = 500;

    @TempDir
    Path directory;

    /**
     * A visit, and as many labels of photos drawn at random.
     *
     * @param keys pressed in all, those of names, Enter and digits included
     * @param accuracy of the ONNX file on the images that test it
     * @param accuracyAtRandom of that of a training on the labels at random
     */
    record Visit(long seed, int keys, int labels, int classes, double accuracy, double accuracyAtRandom) {}

    /** All visits. */
    record Visits(int photos, int steps, List<Visit> visits, Machine machine) {}

    @Test
    void threeColoursAreNamedTrainedAndShipped() throws IOException, OrtException {
        new ColouredPhotos(directory).unlabelled(6);
        try (Studio studio = open(directory, ColouredPhotos.ENCODER, 12);
                StudioClient client = new StudioClient(studio.address())) {
            Visitor visitor = new Visitor(new RequestDesk(client), name -> name.replaceFirst("-.*", ""));
            int names = "red,blue,green,".length();
            visitor.label(names + 3);
            assertThat(visitor.keys()).isEqualTo(names + 3);
            assertThat(visitor.labels()).isEqualTo(6);
            assertThat(directory.resolve("labelled").toFile().list()).containsExactlyInAnyOrder("red", "blue", "green");
            train(client);
            assertThat(answer(client, ColouredPhotos.image(1, 20))).isEqualTo("red");
            try (ShippedOnnx model = ShippedOnnx.open(ship(client, directory))) {
                assertThat(model.classes()).containsExactly("blue", "green", "red");
            }
        }
    }

    @Test
    void aFewKeysMakeAModel() throws IOException, OrtException {
        int steps = Integer.getInteger("visit.steps", 100);
        List<Visit> visits = new ArrayList<>();
        for (String seed : System.getProperty("visit.seeds", "1").split(",", -1)) {
            visits.add(visit(Long.parseLong(seed), steps));
            System.out.println(visits.get(visits.size() - 1));
        }
        Json.write(Path.of("experiments/target/studio-visit.json"), new Visits(PHOTOS, steps, visits, Machine.here()));
        assertThat(visits).allSatisfy(visit -> {
            assertThat(visit.keys()).isLessThan(60);
            assertThat(visit.accuracy()).isGreaterThan(visit.accuracyAtRandom());
        });
    }

    private Visit visit(long seed, int steps) throws IOException, OrtException {
        Path folder = directory.resolve("visit-" + seed);
        CifarPhotos photos = CifarPhotos.write(folder.resolve("unlabelled"), PHOTOS, seed);
        Visitor visitor;
        try (Studio studio = open(folder, CifarPhotos.ENCODER, steps);
                StudioClient client = new StudioClient(studio.address())) {
            visitor = new Visitor(new RequestDesk(client), photos.truth()::get);
            visitor.label(MOST_KEYS);
        }
        int classes = folder.resolve("labelled").toFile().list().length;
        Path atRandom = directory.resolve("random-" + seed);
        CifarPhotos.write(atRandom.resolve("unlabelled"), PHOTOS, seed);
        label(atRandom, photos, visitor.labels(), new Random(seed));
        return new Visit(
                seed,
                visitor.keys(),
                visitor.labels(),
                classes,
                accuracy(folder, photos, steps),
                accuracy(atRandom, photos, steps));
    }

    /** Moves photos drawn at random to the folders of their classes. */
    private static void label(Path folder, CifarPhotos photos, int count, Random random) throws IOException {
        List<String> names = new ArrayList<>(photos.truth().keySet());
        Collections.shuffle(names, random);
        for (String name : names.subList(0, count)) {
            Path of = Files.createDirectories(
                    folder.resolve("labelled").resolve(photos.truth().get(name)));
            Files.move(folder.resolve("unlabelled").resolve(name), of.resolve(name));
        }
    }

    /** The accuracy of a model that is trained on a folder, by its ONNX file. */
    private static double accuracy(Path folder, CifarPhotos photos, int steps) throws IOException, OrtException {
        List<CifarPhotos.Test> test = CifarPhotos.test();
        try (Studio studio = open(folder, CifarPhotos.ENCODER, steps);
                StudioClient client = new StudioClient(studio.address())) {
            RequestDesk.awaitPhotos(client);
            train(client);
            assertThat(photos.classes()).contains(answer(client, test.get(0).image()));
            try (ShippedOnnx model = ShippedOnnx.open(ship(client, folder))) {
                return model.accuracy(test);
            }
        }
    }

    private static Studio open(Path folder, Path encoder, int steps) {
        return Studio.open(new Studio.Settings(folder, Optional.empty(), encoder, Precision.AUTO, steps, 0));
    }

    private static void train(StudioClient client) {
        client.post("/api/train", Map.of());
        JsonNode ended =
                client.await("training", state -> state.get("phase").asText().startsWith("F"));
        assertThat(ended.get("phase").asText()).as(ended.toString()).isEqualTo("FINISHED");
    }

    private static String answer(StudioClient client, BufferedImage photo) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(photo, "png", png);
        return client.post("/api/try", "application/octet-stream", png.toByteArray())
                .at("/answers/0/className")
                .asText();
    }

    private static Path ship(StudioClient client, Path folder) {
        return folder.resolve(client.post("/api/models/export", Map.of("number", "001"))
                .get("file")
                .asText());
    }
}

package io.github.finessl.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.endpoint.TestEndpoint.FormFile;
import io.github.finessl.io.FineSslException;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.serve.Photo;
import io.github.finessl.serve.Refusal;
import io.github.finessl.studio.ColouredPhotos;
import io.github.finessl.web.RawHttp.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an endpoint answers. */
class EndpointTest {

    @TempDir
    static Path shared;

    private static TestEndpoint endpoint;
    private static OpenApi openApi;

    @BeforeAll
    static void start() throws IOException {
        Path model = shared.resolve("my model");
        TestEndpoint.train(model);
        endpoint = TestEndpoint.start(model, TestEndpoint.settings(Settings.Limits.USUAL));
        openApi = OpenApi.of(endpoint);
    }

    @AfterAll
    static void stop() {
        if (endpoint != null) {
            endpoint.close();
        }
    }

    private static JsonNode answer(String query, byte[] photo) throws IOException {
        Answer answer = endpoint.classify(query, photo);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        openApi.check("POST", "/classify", answer);
        return answer.json();
    }

    /** The answer is the classification that {@code finessl predict} prints, to the last digit in f32. */
    private static void assertSame(JsonNode answer, Classification expected) {
        assertThat(answer.get("label").asText()).isEqualTo(expected.label());
        assertThat(answer.get("probability").asDouble()).isCloseTo(expected.confidence(), within(1e-6));
        for (int k = 0; k < answer.get("top").size(); k++) {
            assertThat(answer.at("/top/" + k + "/label").asText())
                    .isEqualTo(expected.top(3).get(k).label());
        }
    }

    @Test
    void aPhotoIsAnsweredAsPredictDoes() throws IOException {
        for (String format : List.of("png", "jpg", "gif", "bmp", "tiff")) {
            byte[] photo = TestEndpoint.photo(1, 7, format);
            Path file = Files.write(shared.resolve("photo." + format), photo);
            JsonNode answer = answer("", photo);
            assertThat(answer.get("decision").asText()).isEqualTo("class");
            assertThat(answer.get("top")).hasSize(3);
            assertSame(answer, endpoint.model().classify(file));
        }
    }

    @Test
    void whateverTheContentIsCalledItsBytesDecide() throws IOException {
        byte[] photo = TestEndpoint.photo(0, 3, "png");
        JsonNode expected = answer("", photo);
        for (String type : List.of(
                "image/jpeg",
                "application/octet-stream",
                "application/x-www-form-urlencoded", // what curl says of --data-binary
                "IMAGE/PNG; charset=x")) {
            Answer answer = endpoint.http().send("POST", "/classify", endpoint.headers("Content-Type", type), photo);
            assertThat(answer.json()).as(type).isEqualTo(expected);
        }
        assertThat(endpoint.http()
                        .send("POST", "/classify", endpoint.headers(), photo)
                        .json())
                .isEqualTo(expected);
    }

    @Test
    void theOptionsOfPredictStandInTheAddress() throws IOException {
        byte[] photo = TestEndpoint.photo(2, 3, "png");
        assertThat(answer("?top=1", photo).get("top")).hasSize(1);
        assertThat(answer("?top=2", photo).get("top")).hasSize(2);
        assertThat(answer("?top=99", photo).get("top")).hasSize(3);
        JsonNode unsure = answer("?threshold=1", photo);
        assertThat(unsure.get("decision").asText()).isEqualTo("unsure");
        assertThat(unsure.get("label").isNull()).isTrue();
        assertThat(unsure.get("top")).hasSize(3);
        assertThat(answer("?threshold=0.0", photo).get("decision").asText()).isEqualTo("class");
    }

    @Test
    void theThresholdThatIsKeptWithTheModelIsTakenWhereNoneIsGiven() throws IOException {
        Path folder = shared.resolve("unsure");
        copy(shared.resolve("my model"), folder);
        ModelFolder.write(folder, ModelFolder.read(folder).unsureBelow(1));
        byte[] photo = TestEndpoint.photo(2, 3, "png");
        try (TestEndpoint unsure = TestEndpoint.start(folder, TestEndpoint.settings(Settings.Limits.USUAL))) {
            assertThat(unsure.classify("", photo).json().get("decision").asText())
                    .isEqualTo("unsure");
            assertThat(unsure.classify("?threshold=0", photo)
                            .json()
                            .get("decision")
                            .asText())
                    .isEqualTo("class");
        }
    }

    @Test
    void anOptionThatCannotBeFollowedIsSaid() throws IOException {
        for (String query : List.of(
                "?top=0",
                "?top=-1",
                "?top=many",
                "?top=",
                "?top=99999999999",
                "?threshold=70",
                "?threshold=1.5",
                "?threshold=NaN",
                "?unknown=yes",
                "?unknown=true",
                "?tpo=1",
                "?top=1&top=2",
                "?threshold=.5&top=1&threshold=.5",
                "?top=%zz",
                "?top=1&unknown=%",
                "?top=%3",
                "?top=%ff")) {
            Answer answer = endpoint.classify(query, TestEndpoint.photo(0, 0, "png"));
            assertThat(answer.status()).as(query).isEqualTo(400);
            openApi.check("POST", "/classify", answer);
        }
        assertThat(endpoint.classify("?unknown=true", new byte[0])
                        .json()
                        .get("detail")
                        .asText())
                .isEqualTo("unknown cannot be used: the model has no threshold for photos of no class.");
    }

    @Test
    void aModelThatKnowsWhenToRefuseDoes() throws IOException {
        Path folder = shared.resolve("refusing");
        copy(shared.resolve("my model"), folder);
        byte[] photo = TestEndpoint.photo(2, 3, "png");
        for (double below : List.of(1e9, -1e9)) {
            TestEndpoint.refuse(folder, Optional.of(new Refusal(below, Refusal.Basis.UNLABELLED, 20, 0)));
            try (TestEndpoint refusing = TestEndpoint.start(folder, TestEndpoint.settings(Settings.Limits.USUAL))) {
                assertThat(refusing.get("/health").json().get("noneBelow").asDouble())
                        .isEqualTo(below);
                JsonNode answer = refusing.classify("?unknown=true", photo).json();
                assertThat(answer.get("decision").asText()).isEqualTo(below > 0 ? "none" : "class");
                assertThat(answer.get("label").asText().equals("none")).isEqualTo(below > 0);
                assertThat(refusing.classify("?unknown=false", photo)
                                .json()
                                .get("decision")
                                .asText())
                        .isEqualTo("class");
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path each : files.toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()));
            }
        }
    }

    @Test
    void thePhotosOfAFormAreAnsweredInItsOrder() throws IOException {
        List<FormFile> files = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            files.add(FormFile.of("사진 " + i + " \"x\".png", TestEndpoint.photo(i % 3, i, "png")));
        }
        files.add(7, FormFile.of("../../etc/passwd", "no photo".getBytes(StandardCharsets.UTF_8)));
        Answer answer = endpoint.form("?top=1", files);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        openApi.check("POST", "/classify", answer);
        JsonNode photos = answer.json().get("photos");
        assertThat(photos).hasSize(21);
        for (int i = 0; i < 21; i++) {
            JsonNode photo = photos.get(i);
            FormFile file = files.get(i);
            assertThat(photo.get("name").asText()).isEqualTo(file.name().orElseThrow());
            if (i == 7) {
                assertThat(photo.get("problem").asText())
                        .isEqualTo("../../etc/passwd must be an image that can be decoded, but is neither JPEG, PNG,"
                                + " WebP, GIF, BMP, TIFF nor PNM.");
            } else {
                assertSame(
                        photo,
                        endpoint.model()
                                .classify(List.of(endpoint.model().prepare(Photo.of(file.content(), "it"))))
                                .get(0));
            }
        }
    }

    @Test
    void aFormOfOnePhotoIsAForm() throws IOException {
        Answer answer = endpoint.form("", List.of(FormFile.of("a.png", TestEndpoint.photo(0, 0, "png"))));
        openApi.check("POST", "/classify", answer);
        assertThat(answer.json().get("photos")).hasSize(1);
    }

    @Test
    void whoAskAtTheSameTimeGetTheirOwnAnswers() throws IOException {
        double before = batches();
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 48; i++) {
            answers.add(asked(endpoint, TestEndpoint.photo(i % 3, i, "png")));
        }
        for (int i = 0; i < 48; i++) {
            assertSame(answers.get(i).join().json(), endpoint.model().classify(ColouredPhotos.image(i % 3, i)));
        }
        assertThat(batches() - before).as("batches of 48 questions").isLessThan(48);
    }

    private static double batches() throws IOException {
        return metric("finessl_batch_photos_count");
    }

    private static double metric(String name) throws IOException {
        return endpoint.get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(0);
    }

    @Test
    void whatWasAskedIsCounted() throws IOException {
        String answered = "finessl_requests_total{path=\"/classify\",status=\"200\"}";
        String refused = "finessl_requests_total{path=\"/classify\",status=\"400\"}";
        String other = "finessl_requests_total{path=\"other\",status=\"404\"}";
        List<String> names = List.of(
                answered,
                refused,
                other,
                "finessl_photos_total{answer=\"class\"}",
                "finessl_photos_total{answer=\"unsure\"}",
                "finessl_photos_total{answer=\"unreadable\"}",
                "finessl_request_seconds_count{path=\"/classify\"}");
        List<Double> before = new ArrayList<>();
        for (String name : names) {
            before.add(metric(name));
        }
        byte[] photo = TestEndpoint.photo(0, 0, "png");
        endpoint.classify("", photo);
        endpoint.classify("?threshold=1", photo);
        endpoint.classify("", "no photo".getBytes(StandardCharsets.UTF_8));
        endpoint.get("/invented/by/a/client");
        List<Double> more = List.of(2., 1., 1., 1., 1., 1., 3.);
        for (int i = 0; i < names.size(); i++) {
            awaitMetric(names.get(i), before.get(i) + more.get(i));
        }
        Answer metrics = endpoint.get("/metrics");
        openApi.check("GET", "/metrics", metrics);
        assertThat(metrics.text())
                .contains(
                        "# TYPE finessl_request_seconds histogram",
                        "finessl_waiting_photos 0.0",
                        "jvm_memory_used_bytes{area=\"heap\"}")
                .doesNotContain("invented");
    }

    /** Requests are counted once their answers have been sent. */
    private static void awaitMetric(String name, double value) throws IOException {
        long end = System.nanoTime() + 60_000_000_000L;
        while (metric(name) != value && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertThat(metric(name)).as(name).isEqualTo(value);
    }

    @Test
    void itSaysWhatItIs() throws IOException {
        Answer health = endpoint.get("/health");
        openApi.check("GET", "/health", health);
        assertThat(health.json().get("model").asText()).isEqualTo("my model");
        assertThat(health.json().get("classes").toString()).isEqualTo("[\"it's \\\"blue\\\"\",\"red one\",\"초록\"]");
        assertThat(health.json().get("encoderSha256").asText())
                .isEqualTo(endpoint.model().card().encoderSha256());
        assertThat(health.json().get("noneBelow").isNull()).isTrue();
        assertThat(health.text()).doesNotContain(shared.toString());

        Answer overview = endpoint.get("/");
        openApi.check("GET", "/", overview);
        assertThat(overview.json().get("ask").asText())
                .isEqualTo(
                        "curl --data-binary @photo.jpg " + endpoint.endpoint().address() + "/classify")
                .isEqualTo(endpoint.endpoint().ask());
    }

    @Test
    void everyRouteIsDescribedAndThereIsNoOther() throws IOException {
        openApi.check("GET", "/openapi.json", endpoint.get("/openapi.json"));
        JsonNode document = openApi.document();
        assertThat(document.get("openapi").asText()).startsWith("3.1.");
        assertThat(document.at("/info/version").asText()).matches("\\d+\\.\\d+\\.\\d+");
        Set<String> described = document.get("paths").properties().stream()
                .flatMap(path ->
                        path.getValue().properties().stream().map(method -> method.getKey() + " " + path.getKey()))
                .collect(Collectors.toSet());
        Set<String> answered = endpoint.endpoint().routes().stream()
                .map(route -> route.method().name().toLowerCase(Locale.ROOT) + " " + route.path())
                .collect(Collectors.toSet());
        assertThat(described).isEqualTo(answered).hasSize(5);
        Set<String> named = endpoint.get("/").json().get("paths").properties().stream()
                .map(path -> path.getKey().replace("GET", "get").replace("POST", "post"))
                .collect(Collectors.toSet());
        assertThat(named).hasSize(4).isSubsetOf(described);
        assertThat(document.findValuesAsText("$ref"))
                .isNotEmpty()
                .allMatch(reference -> !document.at(reference.substring(1)).isMissingNode());
    }

    /** What was asked before the endpoint is told to stop is answered, however long it takes; nothing is taken after that. */
    @Test
    void stoppingFinishesWhatWasTaken() throws IOException {
        TestEndpoint stopping = TestEndpoint.start(
                shared.resolve("my model"), TestEndpoint.settings(Settings.Limits.USUAL), Duration.ofSeconds(3));
        byte[] photo = TestEndpoint.photo(1, 1, "png");
        CompletableFuture<Answer> answer = asked(stopping, photo);
        while (!stopping.get("/metrics").text().contains("finessl_waiting_photos 1.0")) {
            assertThat(answer).isNotDone();
        }
        stopping.close();
        assertThat(answer.join().status()).isEqualTo(200);
        assertThat(answer.join().json().get("top")).hasSize(3);
        assertThatThrownBy(() -> stopping.get("/health")).isInstanceOf(ConnectException.class);
    }

    private static CompletableFuture<Answer> asked(TestEndpoint endpoint, byte[] photo) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return endpoint.classify("", photo);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                task -> new Thread(task).start());
    }

    @Test
    void aPortThatIsTakenIsSaid() {
        int port = endpoint.http().port();
        Settings taken = new Settings(Settings.LOOPBACK, port, List.of(), Settings.Limits.USUAL);
        assertThatThrownBy(() -> Endpoint.start(endpoint.model(), taken))
                .isInstanceOf(FineSslException.class)
                .hasMessageStartingWith("The endpoint cannot listen on port " + port + " of 127.0.0.1: ");
    }
}

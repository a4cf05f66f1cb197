package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.report.Json;
import io.github.finessl.web.RawHttp;
import io.github.finessl.web.RawHttp.Answer;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code finessl serve}, from its line of greeting to its end. */
class ServeTest {
    private static final Pattern ADDRESS = Pattern.compile(
            " answers at (http://127\\.0\\.0\\.1:(\\d+)) until Ctrl-C: curl --data-binary @photo\\.jpg \\1/classify\\R");

    @TempDir
    static Path shared;

    @TempDir
    Path directory;

    private static TestPhotos photos;
    private static Path model;

    private final Console console = new Console();

    @BeforeAll
    static void train() throws IOException {
        photos = TestPhotos.in(shared.resolve("photos"), 32);
        model = photos.train(shared.resolve("model"));
    }

    private TrainingProcess start(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("serve", model.toString(), "--port=0"));
        command.addAll(List.of(options));
        return TrainingProcess.start(directory.resolve("output.txt"), "1g", command);
    }

    /** The port that it says it listens on. */
    private static int awaitPort(TrainingProcess process) throws IOException, InterruptedException {
        Instant end = Instant.now().plus(Duration.ofMinutes(2));
        while (true) {
            String said = Files.readString(process.output());
            Matcher address = ADDRESS.matcher(said);
            if (address.find()) {
                return Integer.parseInt(address.group(2));
            }
            assertThat(process.process().isAlive() && Instant.now().isBefore(end))
                    .as(said)
                    .isTrue();
            Thread.sleep(50);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    @DisabledOnOs(OS.WINDOWS)
    void itAnswersAsPredictDoesUntilASignal(String signal) throws Exception {
        Path photo = photos.test().resolve(TestPhotos.CLASSES.get(1)).resolve("0.png");
        assertThat(console.run("predict", model, photo, "--json")).isEqualTo(Exit.OK);
        JsonNode expected = Json.MAPPER.readTree(console.out()).get(0);

        TrainingProcess serving = start();
        int port = awaitPort(serving);
        Answer answer = new RawHttp(port)
                .send("POST", "/classify", Map.of("Host", "localhost:" + port), Files.readAllBytes(photo));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().get("label")).isEqualTo(expected.get("label"));
        assertThat(answer.json().get("probability")).isEqualTo(expected.get("confidence"));

        new ProcessBuilder("kill", "-" + signal, Long.toString(serving.process().pid()))
                .start()
                .waitFor();
        TrainingProcess.Ended ended = serving.end();
        assertThat(ended.exit()).as(ended.output()).isZero();
        assertThat(ended.output().lines().filter(line -> !line.isEmpty()))
                .as(ended.output())
                .hasSize(2)
                .last()
                .asString()
                .startsWith("Stopping once what has begun is finished or saved; kill -9 ");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whoIsOpenToTheNetworkIsWarned() throws Exception {
        TrainingProcess serving = start("--host=0.0.0.0");
        Instant end = Instant.now().plus(Duration.ofMinutes(2));
        while (!Files.readString(serving.output()).contains("until Ctrl-C")) {
            assertThat(Instant.now()).isBefore(end);
            Thread.sleep(50);
        }
        serving.process().destroy();
        assertThat(serving.end().output())
                .startsWith("Everybody who reaches 0.0.0.0 by the network can ask this model: there is no password"
                        + " and no encryption.\n");
    }

    @Test
    void whatCannotBeServedIsSaid() throws IOException {
        Path missing = directory.resolve("missing");
        assertThat(console.run("serve", missing)).isEqualTo(Exit.BAD_FILE);
        String sentence = console.err();
        assertThat(console.run("predict", missing, "a.jpg")).isEqualTo(Exit.BAD_FILE);
        assertThat(sentence).isEqualTo(console.err()).startsWith(missing + " should be the folder of a trained model");

        assertThat(console.run("serve")).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("MODEL_DIR");
        for (String bad : List.of(
                "--port=-1",
                "--port=65536",
                "--max-upload=0",
                "--max-upload=5000",
                "--allow-host=http://x",
                "--allow-host=a b",
                "--host=no.such.host.invalid",
                "--precision=f8")) {
            assertThat(console.run("serve", model, bad)).as(bad).isEqualTo(Exit.BAD_OPTION);
            assertThat(console.err()).startsWith(bad.replace("=f8", "=f8 cannot be used"));
            assertThat(console.err().lines()).hasSize(1);
        }
        try (ServerSocket taken = new ServerSocket(0)) {
            assertThat(console.run("serve", model, "--host=localhost", "--port=" + taken.getLocalPort()))
                    .isEqualTo(Exit.FAILED);
            assertThat(console.err())
                    .startsWith("The endpoint cannot listen on port " + taken.getLocalPort() + " of localhost: ")
                    .endsWith(" --port=0 takes any port that is free.\n");
        }
    }

    @Test
    void itsHelpTellsHowToAsk() {
        assertThat(console.run("serve", "--help")).isEqualTo(Exit.OK);
        assertThat(console.out()).contains("curl --data-binary @photo.jpg", "--allow-host", "--precision", "--heap");
    }
}

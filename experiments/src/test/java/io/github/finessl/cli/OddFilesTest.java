package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.serve.ModelFolder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models, encoders and option files that somebody or something has made odd: a sentence with the file's name, soon. */
class OddFilesTest {
    private static final Path ENCODER = Path.of("core/src/test/resources/onnx/timm_vit_op17.onnx");
    private static final Path ODD = Path.of("experiments/src/test/resources/odd");
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path trained;

    private static TestPhotos photos;
    private static Path photo;

    @TempDir
    Path directory;

    private final Console console = new Console();
    private Path model;

    @BeforeAll
    static void train() throws IOException {
        photos = TestPhotos.in(trained.resolve("photos"), 32);
        photo = photos.unlabelled().resolve("deeper 0/0.png");
        Console console = new Console();
        assertThat(console.run(
                        "train",
                        "--labelled",
                        photos.labelled(),
                        "--unlabelled",
                        photos.unlabelled(),
                        "--steps=1",
                        "--prompts=3",
                        "--encoder",
                        ENCODER,
                        "--out",
                        trained.resolve("model")))
                .as(console.err())
                .isEqualTo(Exit.OK);
    }

    @BeforeEach
    void copyModel() throws IOException {
        model = directory.resolve("model");
        Path from = trained.resolve("model");
        try (var files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(from.relativize(file).toString()));
            }
        }
    }

    private void assertRefused(Exit expected, Object[] command, Object... parts) {
        Exit found = assertTimeoutPreemptively(SOON, () -> console.run(command));
        assertThat(found).as(console.err()).isEqualTo(expected);
        assertThat(console.err().strip().lines()).as(console.err()).hasSize(1);
        assertThat(console.err()).doesNotContain("Exception");
        for (Object part : parts) {
            assertThat(console.err()).contains(part.toString());
        }
    }

    private void assertUnusable(Object... parts) {
        assertRefused(Exit.BAD_FILE, new Object[] {"predict", model, photo}, parts);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "\"a model\"", "{}", "", "7", "{\"format\": 1}"})
    void aCardThatIsNone(String text) throws IOException {
        Files.writeString(model.resolve(ModelFolder.CARD), text);
        assertUnusable(ModelFolder.CARD);
        assertRefused(Exit.BAD_FILE, new Object[] {"inspect", model}, ModelFolder.CARD);
    }

    @Test
    void aCardThatLacksSomething() throws IOException {
        Path card = model.resolve(ModelFolder.CARD);
        JsonNode whole = JSON.readTree(card.toFile());
        List<String> fields = new ArrayList<>();
        whole.fieldNames().forEachRemaining(fields::add);
        fields.removeAll(List.of("calibration", "refusal", "choice")); // which not every model has
        for (String field : fields) {
            ObjectNode without = whole.deepCopy();
            without.remove(field);
            JSON.writeValue(card.toFile(), without);
            assertUnusable(ModelFolder.CARD);
        }
        List<String> ofOrigin = new ArrayList<>();
        whole.get("origin").fieldNames().forEachRemaining(ofOrigin::add);
        for (String field : List.of("tuning", "method", "data", "dataSha256", "date")) {
            assertThat(ofOrigin).contains(field);
            ObjectNode without = whole.deepCopy();
            ((ObjectNode) without.get("origin")).remove(field);
            JSON.writeValue(card.toFile(), without);
            assertUnusable(ModelFolder.CARD);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            resolution | 4096
            resolution | -32
            prompts    | 100000
            prompts    | -1
            std        | [0.5, 0.0, 0.5]
            std        | [0.5, 1e-30, 0.5]
            std        | [0.5, 0.5]
            mean       | [0.5, 1e30, 0.5]
            mean       | [0.5, 0.5, 1e999]
            classes    | []
            classes    | ["one", "one", "two"]
            classes    | ["one", null, "two"]
            classes    | ["one", "two"]
            settings   | {"alpha": 1e999, "gamma": 3, "zeta": 0.7, "lambda": 0.5, "reference": false}
            """)
    void aCardWithAbsurdNumbers(String field, String value) throws IOException {
        Path card = model.resolve(ModelFolder.CARD);
        ObjectNode changed = (ObjectNode) JSON.readTree(card.toFile());
        changed.set(field, JSON.readTree(value));
        Files.writeString(card, JSON.writeValueAsString(changed).replace("\"Infinity\"", "1e999"));
        assertUnusable(model);
    }

    @ParameterizedTest
    @ValueSource(strings = {ModelFolder.CARD, "checkpoint.zip", "encoder/timm_vit_op17.onnx"})
    void aPipeInThePlaceOfAFile(String name) throws IOException, InterruptedException {
        Files.delete(model.resolve(name));
        pipe(model.resolve(name));
        assertUnusable(model);
    }

    @Test
    void aPipeInThePlaceOfAnInput() throws IOException, InterruptedException {
        Path pipe = directory.resolve("pipe.png");
        pipe(pipe);
        assertRefused(Exit.BAD_FILE, new Object[] {"predict", model, pipe}, pipe);
        assertRefused(Exit.BAD_FILE, new Object[] {"inspect", pipe}, pipe);
        assertRefused(Exit.BAD_FILE, new Object[] {"train", "--config", pipe, "--out", directory.resolve("x")}, pipe);
    }

    private static void pipe(Path file) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor())
                .isZero();
    }

    private interface Change {
        void write(ZipEntry entry, byte[] whole, OutputStream out) throws IOException;
    }

    /** Changes the parameters and the card's hash of them. */
    private void change(Change change) throws IOException {
        Path file = model.resolve("checkpoint.zip");
        Path changed = directory.resolve("changed.zip");
        try (ZipFile zip = new ZipFile(file.toFile());
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(changed))) {
            Enumeration<? extends ZipEntry> entries = zip.entries();
            while (entries.hasMoreElements()) {
                ZipEntry entry = entries.nextElement();
                out.putNextEntry(new ZipEntry(entry.getName()));
                change.write(entry, zip.getInputStream(entry).readAllBytes(), out);
            }
        }
        String before = ModelFolder.sha256(file);
        Files.delete(file);
        Files.move(changed, file);
        Path card = model.resolve(ModelFolder.CARD);
        Files.writeString(card, Files.readString(card).replace(before, ModelFolder.sha256(file)));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void parametersThatAreNotFinite(float value) throws IOException {
        change((entry, whole, out) -> {
            if (entry.getName().startsWith("parameter/") && entry.getName().contains("scale")) {
                ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, value);
            }
            out.write(whole);
        });
        assertUnusable("checkpoint.zip", "scale", value);
    }

    /** 4 GB of zeros where some thousand bytes are meant. */
    @Test
    void anArrayThatUnpacksWithoutEnd() throws IOException {
        byte[] zeros = new byte[1 << 20];
        change((entry, whole, out) -> {
            out.write(whole);
            if (entry.getName().startsWith("parameter/") && entry.getName().contains("scale")) {
                for (int i = 0; i < 1 << 10; i++) {
                    out.write(zeros);
                }
            }
        });
        assertUnusable("checkpoint.zip", "at most");
    }

    @ParameterizedTest
    @CsvSource({"nan_one.onnx, NaN", "cos_neg.onnx, expected"})
    void encodersThatWereMadeToHurt(String name, String part) {
        Path encoder = ODD.resolve(name);
        assertRefused(Exit.BAD_FILE, new Object[] {"inspect", encoder}, encoder, part);
        assertRefused(
                Exit.BAD_FILE,
                new Object[] {
                    "train",
                    "--labelled",
                    photos.labelled(),
                    "--unlabelled",
                    photos.unlabelled(),
                    "--encoder",
                    encoder,
                    "--out",
                    directory.resolve("out")
                },
                encoder,
                part);
    }

    @ParameterizedTest
    @CsvSource({"alias.yaml, alias *x", "multi.yaml, second document", "path_nul.yaml, out", "resbig.yaml, 16 to 2048"})
    void optionFilesThatWereMadeToHurt(String name, String part) {
        Path file = ODD.resolve(name);
        assertRefused(Exit.BAD_OPTION, new Object[] {"train", "--config", file, "--labelled", photos.labelled()}, part);
    }

    /** Bytes and numbers changed at random, the same ones every time: a sentence or an answer, soon, and never an error. */
    @Test
    @Tag("hostile")
    void damagedFilesAreAnsweredOrRefused() throws IOException {
        int answered = 0;
        int refused = 0;
        for (String name : List.of(ModelFolder.CARD, "encoder/timm_vit_op17.onnx")) {
            byte[] whole = Files.readAllBytes(model.resolve(name));
            Random random = new Random(1);
            for (int i = 0; i < 150; i++) {
                UnaryOperator<byte[]> damage = i % 3 == 0
                        ? bytes -> Arrays.copyOf(bytes, random.nextInt(bytes.length))
                        : bytes -> flipped(bytes, random);
                Path file = name.equals(ModelFolder.CARD) ? model.resolve(name) : directory.resolve("damaged.onnx");
                Files.write(file, damage.apply(whole));
                Object[] command = {"inspect", name.equals(ModelFolder.CARD) ? model : file};
                Exit exit = assertTimeoutPreemptively(SOON, () -> console.run(command));
                assertThat(exit).as(console.err()).isIn(Exit.OK, Exit.BAD_FILE);
                answered += exit == Exit.OK ? 1 : 0;
                refused += exit == Exit.OK ? 0 : 1;
            }
            Files.write(model.resolve(name), whole);
        }
        System.out.println("Damaged models and encoders: " + answered + " answered, " + refused + " refused.");
        assertThat(answered).isPositive();
        assertThat(refused).isPositive();
    }

    private static byte[] flipped(byte[] bytes, Random random) {
        byte[] changed = bytes.clone();
        for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
            int most = random.nextBoolean() ? changed.length : Math.min(changed.length, 4000);
            changed[random.nextInt(most)] = (byte) random.nextInt(256);
        }
        return changed;
    }
}

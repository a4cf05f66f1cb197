package io.github.finessl.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.export.OnnxForm.Weights;
import io.github.finessl.model.SmallClip;
import io.github.finessl.model.Structures;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

/**
 * ONNX Runtime Web computes of the file in a browser what the JVM model computes.
 *
 * <p>{@code apt-get install chromium chromium-driver}, {@code npm install onnxruntime-web@1.30.0}, then {@code mvn verify
 * -Dtest.excludedGroups= -Dtest.groups=browser -Donnxruntime.web=node_modules/onnxruntime-web/dist}. Without them the tests
 * fail.
 */
@Tag("browser")
class OnnxRuntimeWebTest {
    private static final Path CHROMIUM = Path.of(System.getProperty("chromium", "/usr/bin/chromium"));
    private static final Path DRIVER = Path.of(System.getProperty("chromedriver", "/usr/bin/chromedriver"));
    private static final Path WEB =
            Path.of(System.getProperty("onnxruntime.web", "/usr/share/nodejs/onnxruntime-web/dist"));
    private static final String RUN = """
            const [pixels, shape, done] = arguments;
            ort.env.wasm.wasmPaths = '/';
            ort.env.wasm.numThreads = 1;
            ort.InferenceSession.create('/model.onnx')
                .then(session => session.run({pixels: new ort.Tensor('float32', Float32Array.from(pixels), shape)}))
                .then(results => done(Array.from(results.logits.data)))
                .catch(error => done(String(error)));
            """;

    @TempDir
    static Path directory;

    private static HttpServer server;
    private static ChromeDriver browser;

    @BeforeAll
    static void open() throws IOException {
        assertThat(List.of(CHROMIUM, DRIVER))
                .as("apt-get install chromium chromium-driver, or give -Dchromium and -Dchromedriver")
                .allMatch(Files::isExecutable);
        assertThat(WEB.resolve("ort.wasm.min.js"))
                .as("npm install onnxruntime-web, and give its folder dist as -Donnxruntime.web")
                .isRegularFile();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", OnnxRuntimeWebTest::answer);
        server.start();
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.toString());
        options.addArguments(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--user-data-dir=" + directory.resolve("profile"));
        browser = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(DRIVER.toFile())
                        .build(),
                options);
        browser.manage().timeouts().scriptTimeout(Duration.ofMinutes(1));
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.quit();
        }
        if (server != null) {
            server.stop(0);
        }
    }

    /** The page, the model, or a file of ONNX Runtime Web's. */
    private static void answer(HttpExchange exchange) throws IOException {
        String name = exchange.getRequestURI().getPath().substring(1);
        byte[] content = switch (name) {
            case "" -> "<script src=\"/ort.wasm.min.js\"></script>".getBytes(StandardCharsets.UTF_8);
            case "model.onnx" -> Files.readAllBytes(directory.resolve(name));
            default -> Files.exists(WEB.resolve(name)) ? Files.readAllBytes(WEB.resolve(name)) : new byte[0];
        };
        String type = "application/octet-stream";
        if (name.isEmpty()) {
            type = "text/html";
        } else if (name.endsWith("js")) {
            type = "text/javascript";
        } else if (name.endsWith(".wasm")) {
            type = "application/wasm";
        }
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(content.length == 0 ? 404 : 200, content.length == 0 ? -1 : content.length);
        try (var body = exchange.getResponseBody()) {
            body.write(content);
        }
    }

    private static Encoder encoder(String kind) {
        return switch (kind) {
            case "CLIP" -> SmallClip.encoder();
            case "ResNet" -> ResNetExportTest.encoder("open_clip_rn_bn_op17");
            default -> Structures.all().get(kind);
        };
    }

    @ParameterizedTest
    @CsvSource({
        "CLIP, linear, 11, F32",
        "CLIP, vpt-deep, 17, F32",
        "CLIP, adaptformer:dim=4, 11, INT8",
        "everything, vpt-shallow+adapter+ssf, 11, F32",
        "SigLIP, lora:rank=2, 20, F32",
        "ResNet, bn, 11, F32",
    })
    void agrees(String kind, String strategy, int opset, Weights weights) throws IOException {
        Trained trained = Trained.of(encoder(kind), strategy);
        OnnxExport.write(trained.exported(), OnnxForm.ofOpset(opset).with(weights), directory.resolve("model.onnx"));
        INDArray images = trained.images(2);
        List<Float> pixels = new ArrayList<>();
        for (float value : images.data().asFloat()) {
            pixels.add(value);
        }
        browser.get("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        Object answer = browser.executeAsyncScript(RUN, pixels, images.shape());
        assertThat(answer).isInstanceOf(List.class);
        List<?> logits = (List<?>) answer;
        float[] found = new float[logits.size()];
        for (int i = 0; i < found.length; i++) {
            found[i] = ((Number) logits.get(i)).floatValue();
        }
        Trained.assertClose(found, trained.logits(images), 2, weights == Weights.INT8 ? 0.5 : 1e-4, kind);
    }
}

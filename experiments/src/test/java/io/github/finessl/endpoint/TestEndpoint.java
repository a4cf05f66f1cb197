package io.github.finessl.endpoint;

import io.github.finessl.FineTuner;
import io.github.finessl.Photos;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Precision;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.ModelCard;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.serve.Refusal;
import io.github.finessl.studio.ColouredPhotos;
import io.github.finessl.web.RawHttp;
import io.github.finessl.web.RawHttp.Answer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/** An endpoint of a small model, and a client. */
record TestEndpoint(FineSslModel model, Endpoint endpoint, RawHttp http) implements AutoCloseable {

    /** The classes, with names that are hard on careless code. */
    static final List<String> CLASSES = List.of("it's \"blue\"", "red one", "초록");

    /** The settings of an endpoint at any port. */
    static Settings settings(Settings.Limits limits) {
        return new Settings(Settings.LOOPBACK, 0, List.of(), limits);
    }

    /** Trains a model of few steps. */
    static void train(Path folder) throws IOException {
        FineTuner.of(ColouredPhotos.ENCODER)
                .steps(2)
                .precision(Precision.F32)
                .into(folder)
                .build()
                .fit(Photos.inMemory(
                        Map.of(
                                CLASSES.get(0), pictures(0, 0, 2),
                                CLASSES.get(1), pictures(1, 0, 2),
                                CLASSES.get(2), pictures(2, 0, 2)),
                        pictures(0, 2, 4)))
                .close();
    }

    private static List<BufferedImage> pictures(int colour, int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(variant -> ColouredPhotos.image(colour, variant))
                .toList();
    }

    /** Gives a model a rule for photos of no class. */
    static void refuse(Path folder, Optional<Refusal> rule) throws IOException {
        ModelCard card = ModelFolder.read(folder);
        ModelFolder.write(folder, card.with(Optional.empty(), rule));
    }

    static TestEndpoint start(Path folder, Settings settings) {
        return start(folder, model -> Endpoint.start(model, settings));
    }

    /** An endpoint whose model waits before it answers. */
    static TestEndpoint start(Path folder, Settings settings, Duration delay) {
        return start(
                folder,
                model -> Endpoint.start(
                        model,
                        photos -> {
                            LockSupport.parkNanos(delay.toNanos());
                            return model.classify(photos);
                        },
                        settings));
    }

    private static TestEndpoint start(Path folder, Function<FineSslModel, Endpoint> starting) {
        FineSslModel model = FineSslModel.load(folder, KernelChoice.open(Precision.F32));
        try {
            Endpoint endpoint = starting.apply(model);
            return new TestEndpoint(
                    model, endpoint, new RawHttp(endpoint.address().getPort()));
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    static byte[] photo(int colour, int variant, String format) throws IOException {
        return encoded(ColouredPhotos.image(colour, variant), format);
    }

    static byte[] encoded(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!ImageIO.write(image, format, out)) {
            throw new IOException("no writer of " + format);
        }
        return out.toByteArray();
    }

    Map<String, String> headers() {
        return new LinkedHashMap<>(Map.of("Host", "127.0.0.1:" + http.port()));
    }

    Map<String, String> headers(String name, String value) {
        Map<String, String> headers = headers();
        headers.put(name, value);
        return headers;
    }

    Answer get(String path) throws IOException {
        return http.send("GET", path, headers(), new byte[0]);
    }

    Answer classify(String query, byte[] photo) throws IOException {
        return http.send("POST", "/classify" + query, headers("Content-Type", "image/png"), photo);
    }

    /** A file of a form; without a name a field. */
    record FormFile(Optional<String> name, byte[] content) {
        static FormFile of(String name, byte[] content) {
            return new FormFile(Optional.of(name), content);
        }
    }

    Answer form(String query, List<FormFile> files) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (FormFile file : files) {
            String name = file.name()
                    .map(given -> "; filename=\"" + given.replace("\"", "\\\"") + "\"")
                    .orElse("");
            body.write(("--limit\r\nContent-Disposition: form-data; name=\"photo\"" + name + "\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            body.write(file.content());
            body.write("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        body.write("--limit--\r\n".getBytes(StandardCharsets.UTF_8));
        return http.send(
                "POST",
                "/classify" + query,
                headers("Content-Type", "multipart/form-data; boundary=limit"),
                body.toByteArray());
    }

    @Override
    public void close() {
        endpoint.close();
        model.close();
    }
}

package io.github.finessl.studio.web;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.report.Json;
import io.github.finessl.studio.Studio;
import io.github.finessl.web.RawHttp;
import io.github.finessl.web.RawHttp.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A client that sends what it is told, also what no browser would. */
final class Http {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final int port;
    private final String token;
    private String cookie = "";

    Http(Studio studio) {
        URI address = studio.address();
        port = address.getPort();
        token = address.getFragment().substring("token=".length());
    }

    int port() {
        return port;
    }

    String token() {
        return token;
    }

    /** Exchanges the token for the cookie. */
    Http open() throws IOException {
        Answer answer = post("/api/session", "{\"token\":\"" + token + "\"}");
        if (answer.status() != 200) {
            throw new IOException(answer.header() + answer.text());
        }
        cookie = answer.header()
                .lines()
                .filter(line -> line.startsWith("Set-Cookie: "))
                .map(line -> line.substring("Set-Cookie: ".length(), line.indexOf(';')))
                .findFirst()
                .orElseThrow();
        return this;
    }

    Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Host", "127.0.0.1:" + port);
        if (!cookie.isEmpty()) {
            headers.put("Cookie", cookie);
        }
        return headers;
    }

    Map<String, String> writing() {
        Map<String, String> headers = headers();
        headers.put("Origin", "http://127.0.0.1:" + port);
        headers.put("Content-Type", "application/json");
        return headers;
    }

    Answer get(String path) throws IOException {
        return send("GET", path, headers(), new byte[0]);
    }

    Answer post(String path, String json) throws IOException {
        return send("POST", path, writing(), json.getBytes(StandardCharsets.UTF_8));
    }

    /** Asks until the answer is as it should be. */
    JsonNode await(String path, Predicate<JsonNode> wanted) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        JsonNode answer = get(path).json();
        while (!wanted.test(answer)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("still " + answer);
            }
            TimeUnit.MILLISECONDS.sleep(20);
            answer = get(path).json();
        }
        return answer;
    }

    Answer send(String method, String path, Map<String, String> headers, byte[] content) throws IOException {
        return new RawHttp(port).send(method, path, headers, content);
    }

    /** Reads events until one of a kind fulfils a wish. */
    JsonNode awaitEvent(String kind, Predicate<JsonNode> wanted) throws IOException {
        StringBuilder head = new StringBuilder("GET /api/events HTTP/1.1\r\nAccept: text/event-stream\r\n");
        headers()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            String event = "";
            for (int b = in.read(); b >= 0; b = in.read()) {
                if (b != '\n') {
                    line.write(b);
                    continue;
                }
                String text = line.toString(StandardCharsets.UTF_8).strip();
                line.reset();
                if (text.startsWith("event: ")) {
                    event = text.substring("event: ".length());
                } else if (text.startsWith("data: ") && event.equals(kind)) {
                    JsonNode data = Json.MAPPER.readTree(text.substring("data: ".length()));
                    if (wanted.test(data)) {
                        return data;
                    }
                }
            }
        }
        throw new AssertionError("no such event came");
    }
}

package io.github.finessl.studio.web;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.report.Json;
import io.github.finessl.studio.Studio;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A client that sends what it is told, also what no browser would. */
final class Http {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final int port;
    private final String token;
    private String cookie = "";

    /** An answer, with its header as it came. */
    record Answer(int status, String header, byte[] content) {
        JsonNode json() throws IOException {
            return Json.MAPPER.readTree(content);
        }

        String text() {
            return new String(content, StandardCharsets.UTF_8);
        }
    }

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
        StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        if (!headers.containsKey("Content-Length") && !method.equals("GET")) {
            head.append("Content-Length: ").append(content.length).append("\r\n");
        }
        head.append("Connection: close\r\n\r\n");
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            OutputStream out = socket.getOutputStream();
            out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
            try {
                out.write(content);
                out.flush();
            } catch (IOException e) { // it has answered before it has heard all
                head.append(e.getMessage());
            }
            return answer(socket.getInputStream().readAllBytes());
        }
    }

    private static Answer answer(byte[] all) {
        String text = new String(all, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        String header = text.substring(0, end).replace("\r", "");
        byte[] content = text.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1);
        boolean chunked = header.toLowerCase(Locale.ROOT).contains("transfer-encoding: chunked");
        return new Answer(Integer.parseInt(header.substring(9, 12)), header, chunked ? joined(content) : content);
    }

    private static byte[] joined(byte[] chunks) {
        String text = new String(chunks, StandardCharsets.ISO_8859_1);
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        int at = 0;
        while (true) {
            int line = text.indexOf("\r\n", at);
            int length = Integer.parseInt(text.substring(at, line), 16);
            if (length == 0) {
                return joined.toByteArray();
            }
            joined.write(chunks, line + 2, length);
            at = line + 2 + length + 2;
        }
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

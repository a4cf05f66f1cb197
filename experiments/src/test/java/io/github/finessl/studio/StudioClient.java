package io.github.finessl.studio;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.report.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A client that does what the studio's pages do. */
final class StudioClient implements AutoCloseable {

    private final String root;
    private final HttpClient http =
            HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
    private final Stream<String> events;
    private final Iterator<String> lines;
    private final Map<String, JsonNode> newest = new HashMap<>();

    /** Exchanges the token of an address for the cookie, and listens. */
    StudioClient(URI address) {
        root = "http://127.0.0.1:" + address.getPort();
        post("/api/session", Map.of("token", address.getFragment().substring("token=".length())));
        events = send(
                HttpRequest.newBuilder(URI.create(root + "/api/events")).header("Accept", "text/event-stream"),
                HttpResponse.BodyHandlers.ofLines());
        lines = events.iterator();
    }

    JsonNode get(String path) {
        return json(bytes(path));
    }

    byte[] bytes(String path) {
        return send(HttpRequest.newBuilder(URI.create(root + path)), HttpResponse.BodyHandlers.ofByteArray());
    }

    JsonNode post(String path, Object content) {
        try {
            return post(path, "application/json", Json.MAPPER.writeValueAsBytes(content));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonNode post(String path, String type, byte[] content) {
        return json(send(
                HttpRequest.newBuilder(URI.create(root + path))
                        .header("Origin", root)
                        .header("Content-Type", type)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(content)),
                HttpResponse.BodyHandlers.ofByteArray()));
    }

    /** The newest event of a kind, or the next one that is as wished. */
    JsonNode await(String kind, Predicate<JsonNode> wish) {
        if (newest.containsKey(kind) && wish.test(newest.get(kind))) {
            return newest.get(kind);
        }
        String event = "";
        while (lines.hasNext()) {
            String line = lines.next();
            if (line.startsWith("event: ")) {
                event = line.substring("event: ".length());
            } else if (line.startsWith("data: ")) {
                JsonNode state = json(line.substring("data: ".length()).getBytes(StandardCharsets.UTF_8));
                newest.put(event, state);
                if (event.equals(kind) && wish.test(state)) {
                    return state;
                }
            }
        }
        throw new AssertionError("no more events");
    }

    private <T> T send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> handler) {
        try {
            HttpResponse<T> response = http.send(request.build(), handler);
            assertThat(response.statusCode())
                    .as("%s: %s", response.uri(), response.body())
                    .isEqualTo(200);
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static JsonNode json(byte[] content) {
        try {
            return Json.MAPPER.readTree(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        events.close();
    }
}

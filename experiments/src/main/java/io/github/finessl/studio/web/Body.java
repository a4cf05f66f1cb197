package io.github.finessl.studio.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.github.finessl.report.Json;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Bodies of requests and answers: JSON of records, and bytes, both of limited size. */
final class Body {

    private static final int MOST_JSON = 1 << 16;
    private static final ObjectWriter LINE = Json.MAPPER.writer().without(SerializationFeature.INDENT_OUTPUT);

    private Body() {}

    /**
     * Reads JSON.
     *
     * @throws Refused if it is too long or of another form
     */
    static <T> T read(Context request, Class<T> form) {
        try {
            T read = Json.MAPPER.readValue(bytes(request, MOST_JSON), form);
            if (read == null) {
                throw new Refused(400, "The request is empty.");
            }
            return read;
        } catch (JsonProcessingException e) {
            throw new Refused(400, "The request is not of the form that is expected.");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads bytes.
     *
     * @throws Refused if they are too many
     */
    static byte[] bytes(Context request, int most) {
        if (request.req().getContentLengthLong() > most) {
            throw tooLarge(most);
        }
        try {
            byte[] read = request.req().getInputStream().readNBytes(most + 1);
            if (read.length > most) {
                throw tooLarge(most);
            }
            return read;
        } catch (IOException e) {
            throw new Refused(400, "The request ended early.");
        }
    }

    private static Refused tooLarge(int most) {
        return new Refused(413, "The request has more than %,d bytes.".formatted(most));
    }

    /** A record as one line of JSON. */
    static String json(Object content) {
        try {
            return LINE.writeValueAsString(content);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("records can be written", e);
        }
    }

    /** Answers with JSON that no cache keeps. */
    static void answer(Context request, Object content) {
        request.header("Cache-Control", "no-store")
                .contentType("application/json; charset=utf-8")
                .result(json(content).getBytes(StandardCharsets.UTF_8));
    }
}

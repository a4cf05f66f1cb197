package io.github.finessl.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import io.github.finessl.report.Json;
import io.javalin.http.Context;
import jakarta.servlet.ServletInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Bodies of requests and answers: JSON of records, and bytes, both of limited size. */
public final class Body {

    /** The content type of answers. */
    public static final String JSON = "application/json; charset=utf-8";

    private static final int MOST_JSON = 1 << 16;
    private static final int PIECE = 1 << 16;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Logger log = LoggerFactory.getLogger(Body.class);

    /** The longest that a refused request is listened to, and how long while nothing comes. */
    private static final Duration LINGER = Duration.ofSeconds(5);

    private static final Duration SILENCE = Duration.ofMillis(500);
    private static final long MOST_PASSED_OVER = 1L << 28;

    /** Takes no text for a number, no number for text or a truth value, and nothing for a number. */
    private static final JsonMapper STRICT = Json.MAPPER
            .rebuild()
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .withCoercionConfig(
                    LogicalType.Textual,
                    text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();

    private static final ObjectWriter LINE = Json.MAPPER.writer().without(SerializationFeature.INDENT_OUTPUT);

    private Body() {}

    /**
     * Reads JSON.
     *
     * @throws Refused if it is too long or of another form
     */
    public static <T> T read(Context request, Class<T> form) {
        try {
            T read = STRICT.readValue(bytes(request, MOST_JSON), form);
            if (read == null) {
                throw new Refused(400, "The request is empty.");
            }
            return read;
        } catch (JsonProcessingException e) {
            throw new Refused(400, fault(e));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String fault(JsonProcessingException e) {
        String part = e instanceof JsonMappingException mapping
                ? mapping.getPath().stream()
                        .map(JsonMappingException.Reference::getFieldName)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse("")
                : "";
        return part.isEmpty()
                ? "The request is not of the form that is expected."
                : "The part '%s' of the request is not of the form that is expected.".formatted(part);
    }

    /**
     * A part of a request that it must have.
     *
     * @param name as the request spells it
     * @param part null where it is not there
     * @throws Refused if it is not there
     */
    public static <T> T part(String name, T part) {
        if (part == null) {
            throw new Refused(400, "The request must have a part '%s', but has none.".formatted(name));
        }
        return part;
    }

    /**
     * Reads bytes.
     *
     * @throws Refused if they are too many, or take too long to come
     */
    public static byte[] bytes(Context request, int most) {
        return bytes(request, most, PATIENCE);
    }

    /**
     * Reads bytes.
     *
     * @param patience how long all of them may take to come
     * @throws Refused if they are too many, or take longer
     */
    public static byte[] bytes(Context request, int most, Duration patience) {
        if (request.req().getContentLengthLong() > most) {
            throw tooLarge(most);
        }
        long end = System.nanoTime() + patience.toNanos();
        ByteArrayOutputStream read = new ByteArrayOutputStream(PIECE);
        byte[] piece = new byte[PIECE];
        try {
            InputStream in = request.req().getInputStream();
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                read.write(piece, 0, count);
                if (read.size() > most) {
                    throw tooLarge(most);
                } else if (System.nanoTime() > end) {
                    throw tooSlow();
                }
            }
        } catch (IOException e) {
            throw e.getCause() instanceof TimeoutException ? tooSlow() : new Refused(400, "The request ended early.");
        }
        return read.toByteArray();
    }

    private static Refused tooSlow() {
        return new Refused(408, "The request came too slowly.");
    }

    private static Refused tooLarge(int most) {
        return new Refused(413, "The request has more than %,d bytes.".formatted(most));
    }

    /** A record as one line of JSON. */
    public static String json(Object content) {
        try {
            return LINE.writeValueAsString(content);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("records can be written", e);
        }
    }

    /**
     * Answers a request that is not carried out, and passes over what is still being sent of it: who is still sending hears the
     * answer, where a connection that was closed at once would only break.
     *
     * @param type of the JSON
     */
    public static void refuse(Context request, Object content, String type) {
        answer(request, content);
        request.contentType(type);
        try {
            if (!isSending(request)) {
                return;
            }
            byte[] text = json(content).getBytes(StandardCharsets.UTF_8);
            request.res().setContentLength(text.length);
            request.outputStream().write(text);
            request.res().flushBuffer();
            passOver(request.req().getInputStream());
        } catch (IOException e) {
            log.debug("{} has gone without its answer: {}", request.ip(), e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Who asks first whether to send does not send then. */
    private static boolean isSending(Context request) throws IOException {
        boolean hasContent = request.req().getContentLengthLong() > 0 || request.header("Transfer-Encoding") != null;
        return hasContent
                && request.header("Expect") == null
                && !request.req().getInputStream().isFinished();
    }

    /** Reads until the end, but neither much nor for long, and no more once nothing comes. */
    private static void passOver(ServletInputStream in) throws IOException, InterruptedException {
        byte[] piece = new byte[PIECE];
        long heard = System.nanoTime();
        long end = heard + LINGER.toNanos();
        long left = MOST_PASSED_OVER;
        while (!in.isFinished() && left > 0 && System.nanoTime() < Math.min(end, heard + SILENCE.toNanos())) {
            if (in.available() > 0) {
                left -= in.read(piece);
                heard = System.nanoTime();
            } else {
                TimeUnit.MILLISECONDS.sleep(1);
            }
        }
    }

    /** Answers with JSON that no cache keeps. */
    public static void answer(Context request, Object content) {
        request.header("Cache-Control", "no-store")
                .contentType(JSON)
                .result(json(content).getBytes(StandardCharsets.UTF_8));
    }
}

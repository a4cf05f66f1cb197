package io.github.finessl.endpoint;

import io.github.finessl.web.Body;
import io.github.finessl.web.Refused;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartConfig;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Attributes;

/**
 * The photos of a request, in memory.
 *
 * @param several whether they came as the files of a form, however many
 */
record Uploads(boolean several, List<Upload> photos) {

    private static final String FORM = "multipart/form-data";
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_BOUNDARY = 70;

    /** What clients send a file as that know nothing of it; the last one is curl's. */
    private static final List<String> BYTES = List.of("application/octet-stream", "application/x-www-form-urlencoded");

    /**
     * A photo.
     *
     * @param name for its answer, and for nothing else
     */
    record Upload(String name, byte[] bytes) {}

    /**
     * Reads the photos of a request.
     *
     * @throws Refused if it has none, too many, or is of another form
     */
    static Uploads of(Context request, Settings.Limits limits) {
        String type = String.valueOf(request.header("Content-Type"));
        String kind = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        boolean photo = request.header("Content-Type") == null || kind.startsWith("image/") || BYTES.contains(kind);
        if (!photo && !kind.equals(FORM)) {
            throw new Refused(
                    415,
                    "The content must be a photo, as image/* or application/octet-stream, or photos as multipart/form-data.");
        } else if (request.header("Content-Encoding") != null) {
            throw new Refused(415, "The content must not be compressed: photos are already.");
        }
        byte[] body = Body.bytes(request, limits.upload(), limits.patience());
        return photo ? new Uploads(false, List.of(new Upload("The photo", body))) : form(type, body, limits.photos());
    }

    private static Uploads form(String type, byte[] body, int most) {
        String boundary = MultiPart.extractBoundary(type);
        if (boundary == null || boundary.isEmpty() || boundary.length() > LONGEST_BOUNDARY) {
            throw new Refused(400, "The form's Content-Type must have a boundary of 1 to 70 characters.");
        }
        MultiPartConfig inMemory = new MultiPartConfig.Builder()
                .maxParts(most)
                .maxMemoryPartSize(-1)
                .maxPartSize(-1)
                .maxSize(-1)
                .build();
        try (MultiPartFormData.Parts parts = MultiPartFormData.getParts(
                Content.Source.from(ByteBuffer.wrap(body)), new Attributes.Lazy(), type, inMemory)) {
            List<Upload> photos = new ArrayList<>();
            for (MultiPart.Part part : parts) {
                photos.add(upload(part));
            }
            if (photos.isEmpty()) {
                throw new Refused(400, "The form has no file.");
            }
            return new Uploads(true, photos);
        } catch (CompletionException e) {
            throw e.getCause() instanceof IllegalStateException
                    ? new Refused(
                            413, "The form has more than %d files, or one with too long a header.".formatted(most))
                    : new Refused(400, "The form is damaged.");
        }
    }

    private static Upload upload(MultiPart.Part part) {
        String name = part.getFileName();
        if (name == null) {
            throw new Refused(
                    400, "Each field of the form must be a file; options stand in the address: /classify?top=5.");
        }
        try (InputStream in = Content.Source.asInputStream(part.getContentSource())) {
            return new Upload(name.substring(0, Math.min(name.length(), LONGEST_NAME)), in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("it is in memory", e);
        }
    }
}

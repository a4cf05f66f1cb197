package io.github.finessl.studio.folder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.github.finessl.report.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A file that grows by lines of JSON, each forced to the disk. Not thread-safe. */
final class JsonLines implements AutoCloseable {

    private static final ObjectWriter LINE = Json.MAPPER.writer().without(SerializationFeature.INDENT_OUTPUT);

    private final Path file;
    private final FileChannel channel;
    private final List<String> found;

    /** Where the file ended before the lines that were appended last. */
    private long before;

    private JsonLines(Path file, FileChannel channel, List<String> found) throws IOException {
        this.file = file;
        this.channel = channel;
        this.found = found;
        before = channel.position();
    }

    /**
     * Opens a file, made where there is none. A last line that was not written to its end is taken off.
     *
     * @param reader makes what stands on the lines; where it throws, the file is closed
     */
    static <T> T open(Path file, Function<JsonLines, T> reader) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            byte[] bytes = Files.readAllBytes(file);
            int whole = bytes.length;
            while (whole > 0 && bytes[whole - 1] != '\n') {
                whole--;
            }
            if (whole < bytes.length) {
                channel.truncate(whole);
            }
            channel.position(whole);
            String text = new String(bytes, 0, whole, StandardCharsets.UTF_8);
            return reader.apply(new JsonLines(file, channel, text.lines().toList()));
        } catch (IOException | RuntimeException e) {
            try {
                channel.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    /**
     * The lines that were there when the file was opened, blank ones left out.
     *
     * @param reading gives nothing for a line that lacks something
     * @param fault a sentence about a line that is none of this file, by its number, counted from 1
     * @throws StudioException if there is such a line
     */
    <L, T> List<T> read(Class<L> form, Function<L, Optional<T>> reading, Function<Integer, String> fault) {
        List<T> read = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            if (!found.get(i).isBlank()) {
                int number = i + 1;
                read.add(line(found.get(i), form)
                        .flatMap(reading)
                        .orElseThrow(() -> new StudioException(fault.apply(number))));
            }
        }
        return read;
    }

    private static <L> Optional<L> line(String line, Class<L> form) {
        try {
            return Optional.ofNullable(Json.MAPPER.readValue(line, form));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    /**
     * Appends records and forces them to the disk.
     *
     * @throws IOException if that fails; the file is then as it was, as far as the disk lets it
     */
    void append(List<? extends Record> more) throws IOException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (Record each : more) {
            lines.write(LINE.writeValueAsBytes(each));
            lines.write('\n');
        }
        long end = channel.position();
        try {
            ByteBuffer buffer = ByteBuffer.wrap(lines.toByteArray());
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        } catch (IOException e) {
            cut(end);
            throw e;
        }
        before = end;
    }

    /** Takes the lines that were appended last off the file, which needs no room on the disk. */
    void takeBack() throws IOException {
        cut(before);
        channel.force(true);
    }

    private void cut(long end) throws IOException {
        channel.truncate(end);
        channel.position(end);
    }

    /** The file. */
    Path file() {
        return file;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}

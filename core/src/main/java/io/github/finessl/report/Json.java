package io.github.finessl.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.JsonFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** JSON files of records: reading and writing. */
public final class Json {

    /** The mapper that reads and writes all records; unknown properties are passed over. */
    public static final JsonMapper MAPPER = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private Json() {}

    /**
     * Reads a record.
     *
     * @param holds what the file should hold, for the sentence of an error
     * @throws IOException naming the file, if it holds something else
     */
    static <T extends Record> T read(Path file, Class<T> type, String holds) throws IOException {
        try {
            T record = MAPPER.readValue(Files.readAllBytes(file), type);
            if (record == null) {
                throw new IOException(file + " should hold " + holds + ", but is empty.");
            }
            return record;
        } catch (JsonProcessingException e) {
            throw new IOException(file + " should hold " + holds + ", but cannot be read: " + JsonFault.reason(e), e);
        }
    }

    /** Writes a record as JSON; the file appears complete or not at all. */
    public static void write(Path file, Record content) throws IOException {
        AtomicFile.write(file, out -> out.write(MAPPER.writeValueAsBytes(content)));
    }
}

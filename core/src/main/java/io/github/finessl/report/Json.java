package io.github.finessl.report;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.github.finessl.io.AtomicFile;
import java.io.IOException;
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

    /** Writes a record as JSON; the file appears complete or not at all. */
    public static void write(Path file, Record content) throws IOException {
        AtomicFile.write(file, out -> out.write(MAPPER.writeValueAsBytes(content)));
    }
}

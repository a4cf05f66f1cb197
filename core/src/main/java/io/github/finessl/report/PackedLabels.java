package io.github.finessl.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The classes of a data set's images, in a small file.
 *
 * @param data its name
 * @param sha256 of the images and their labels
 * @param classes of each image, in order
 */
public record PackedLabels(
        @JsonProperty(required = true) String data,
        @JsonProperty(required = true) String sha256,

        @JsonProperty(required = true)
        @JsonSerialize(using = PackedClasses.Writer.class)
        @JsonDeserialize(using = PackedClasses.Reader.class)
        List<Integer> classes) {

    /** Writes the file, complete or not at all. */
    public void write(Path file) throws IOException {
        Json.write(file, this);
    }

    /**
     * Reads a file that {@link #write} wrote.
     *
     * @throws IOException naming the file, where it is damaged
     */
    public static PackedLabels read(Path file) throws IOException {
        return Json.read(file, PackedLabels.class, "the classes of test images");
    }
}

package io.github.finessl.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Whole files, with failures that name them. */
final class InputFiles {

    /** Larger ones are none that anybody meant. */
    static final long MOST_BYTES = 1L << 30;

    private InputFiles() {}

    /** Bytes of a file. */
    static byte[] bytes(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new DataException("%s must be a file, but %s."
                    .formatted(
                            file,
                            Files.isDirectory(file)
                                    ? "is a folder"
                                    : Files.exists(file) ? "is none" : "does not exist"));
        }
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new DataException(
                        "%s must have at most %d bytes, but has %d.".formatted(file, MOST_BYTES, Files.size(file)));
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new DataException("%s cannot be read: %s".formatted(file, reason(e)), e);
        }
    }

    /** The reason of a failure in words, as the message of some is only a path. */
    static String reason(IOException e) {
        if (e instanceof AccessDeniedException denied) {
            return "no permission for " + denied.getFile();
        }
        return e instanceof FileSystemLoopException loop
                ? "the links go in a circle at " + loop.getFile()
                : e.getMessage();
    }

    /** Text in UTF-8, without the byte-order mark that it may begin with. */
    static String text(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.startsWith("\ufeff") ? text.substring(1) : text;
    }

    /** Non-blank lines in UTF-8, trimmed. */
    static List<String> lines(Path file) {
        return text(bytes(file))
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
    }
}

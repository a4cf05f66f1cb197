package io.github.finessl.encoder;

import java.nio.file.Path;

/** A file cannot serve as an encoder; the message names the file, what was expected of it and what was found. */
public final class EncoderFormatException extends RuntimeException {

    public EncoderFormatException(Path file, String problem) {
        super(file + ": " + problem);
    }

    public EncoderFormatException(Path file, String problem, Throwable cause) {
        super(file + ": " + problem, cause);
    }
}

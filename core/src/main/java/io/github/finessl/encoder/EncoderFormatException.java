package io.github.finessl.encoder;

import io.github.finessl.io.FileException;
import java.nio.file.Path;

/**
 * An exception for a file that cannot serve as an encoder; the message names the file, what was expected of it and what
 * was found.
 */
public final class EncoderFormatException extends FileException {

    public EncoderFormatException(Path file, String problem) {
        super(file + ": " + problem);
    }

    public EncoderFormatException(Path file, String problem, Throwable cause) {
        super(file + ": " + problem, cause);
    }
}

package io.github.finessl.text;

import io.github.finessl.io.FileException;
import java.nio.file.Path;

/**
 * An exception for a file that cannot serve as a text tower, its tokenizer or its templates; the message names the file, what was
 * expected of it and what was found.
 */
public final class TextTowerException extends FileException {

    private static final long serialVersionUID = 1L;

    /** The sentence begins with the file's name. */
    public TextTowerException(Path file, String problem) {
        super(file + " " + problem);
    }

    /** The sentence begins with the file's name. */
    public TextTowerException(Path file, String problem, Throwable cause) {
        super(file + " " + problem, cause);
    }
}

package io.github.finessl.io;

/** An exception for a file that cannot be used; the message names it, what was expected and what was found. */
public abstract class FileException extends FineSslException {

    private static final long serialVersionUID = 1L;

    protected FileException(String sentence) {
        super(sentence);
    }

    protected FileException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}

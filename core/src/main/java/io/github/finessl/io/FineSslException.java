package io.github.finessl.io;

/** An exception for something that users can mend; the message is a sentence for them that needs no stack trace. */
public abstract class FineSslException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    protected FineSslException(String sentence) {
        super(sentence);
    }

    protected FineSslException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}

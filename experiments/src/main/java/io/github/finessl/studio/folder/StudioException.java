package io.github.finessl.studio.folder;

import io.github.finessl.io.FineSslException;

/** An exception for what the studio refuses; the message is one sentence for the person at the browser. */
public final class StudioException extends FineSslException {

    private static final long serialVersionUID = 1L;

    public StudioException(String sentence) {
        super(sentence);
    }

    public StudioException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}

package io.github.finessl.studio.web;

/** An exception for a request that is not carried out, with the status and the sentence that answer it. */
final class Refused extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;

    Refused(int status, String sentence) {
        super(sentence);
        this.status = status;
    }

    int status() {
        return status;
    }
}

package io.github.finessl.web;

/** An exception for a request that is not carried out, with the status and the sentence that answer it. */
public final class Refused extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * A refusal.
     *
     * @param status of HTTP
     */
    public Refused(int status, String sentence) {
        super(sentence);
        this.status = status;
    }

    /** The status of the answer. */
    public int status() {
        return status;
    }
}

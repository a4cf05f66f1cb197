package io.github.finessl.endpoint;

import java.time.Duration;
import java.util.List;

/**
 * The settings of an endpoint.
 *
 * @param host address or name of this machine to listen on
 * @param port to listen on, 0 for any that is free
 * @param names further names that clients ask for it by, with a port where they use another one: {@code example.org:443}
 * @param limits of requests
 */
public record Settings(String host, int port, List<String> names, Limits limits) {

    /** The address of this machine that no other one can reach. */
    public static final String LOOPBACK = "127.0.0.1";

    /** Checks the values. */
    public Settings {
        names = List.copyOf(names);
        if (host.isBlank() || port < 0 || port > 65_535) {
            throw new IllegalArgumentException("it listens on port " + port + " of '" + host + "'");
        }
    }

    /**
     * The limits of requests.
     *
     * @param upload bytes of a request
     * @param photos of a request
     * @param waiting photos of all requests that wait for their answers
     * @param window the longest that a photo waits for others to share its batch
     * @param patience the longest that a request may take to come in, or a client to take its answer
     */
    public record Limits(int upload, int photos, int waiting, Duration window, Duration patience) {

        /** The usual limits. */
        public static final Limits USUAL = new Limits(64 << 20, 64, 128, Duration.ofMillis(5), Duration.ofSeconds(30));

        /** These limits with another number of bytes. */
        public Limits withUpload(int bytes) {
            return new Limits(bytes, photos, waiting, window, patience);
        }
    }
}

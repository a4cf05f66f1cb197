package io.github.finessl.web;

import io.github.finessl.io.FineSslException;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way in which servers listen: with few threads, small headers and nothing said about the program behind. */
public final class Listening {

    private static final Logger log = LoggerFactory.getLogger(Listening.class);
    private static final int LEAST_THREADS = 4;
    private static final int MOST_HEADER_BYTES = 8192;

    private Listening() {}

    /**
     * Settings for a server.
     *
     * @param threads at most
     */
    public static void configure(JavalinConfig config, int threads) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.jetty.threadPool = new QueuedThreadPool(threads, LEAST_THREADS);
        config.jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setSendDateHeader(false);
            http.setRequestHeaderSize(MOST_HEADER_BYTES);
        });
        config.router.javaLangErrorHandler((response, error) -> {
            log.error("A request failed", error);
            response.setStatus(500);
        });
    }

    /**
     * Begins to listen.
     *
     * @param name of the server, which begins a sentence
     * @param port 0 for any that is free
     * @throws FineSslException if that is not possible
     */
    public static void start(Javalin server, String name, String host, int port) {
        try {
            server.start(host, port);
        } catch (RuntimeException e) {
            throw new PortException(name, host, port, e);
        }
    }

    /** An exception for a port that a server cannot listen on. */
    private static final class PortException extends FineSslException {
        private static final long serialVersionUID = 1L;

        PortException(String name, String host, int port, Throwable cause) {
            super(
                    "%s cannot listen on %s%s: %s. --port=0 takes any port that is free."
                            .formatted(name, port == 0 ? "" : "port " + port + " of ", host, reason(cause)),
                    cause);
        }

        /** What the system says, which is the innermost of the exceptions. */
        private static String reason(Throwable thrown) {
            return thrown.getCause() == null ? thrown.getMessage() : reason(thrown.getCause());
        }
    }
}

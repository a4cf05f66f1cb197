package io.github.finessl.studio.web;

import io.github.finessl.io.Daemon;
import io.github.finessl.web.Body;
import io.github.finessl.web.Refused;
import io.javalin.http.sse.SseClient;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events for all browsers that are open, as Server-Sent Events. Whoever has news marks their kind; some times a second the newest
 * state of each marked kind is sent, so that a fast training cannot flood a slow browser.
 */
final class Events implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Events.class);
    private static final int MOST_BROWSERS = 12;
    private static final long INTERVAL_MILLIS = 200;
    private static final long ALIVE_ROUNDS = 50;

    private final Map<String, Supplier<Object>> kinds;
    private final Set<String> news = ConcurrentHashMap.newKeySet();
    private final Set<SseClient> browsers = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService sender =
            Executors.newSingleThreadScheduledExecutor(Daemon.named("finessl-studio-events"));
    private long rounds;

    /**
     * Events of some kinds.
     *
     * @param kinds by name, with what gives their newest state
     */
    Events(Map<String, Supplier<Object>> kinds) {
        this.kinds = kinds;
        Future<?> endless =
                sender.scheduleWithFixedDelay(this::send, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
        log.debug("Events are sent: {}", endless);
    }

    /** Marks that there is news of a kind. */
    void mark(String kind) {
        news.add(kind);
    }

    /**
     * Adds a browser, which gets the state of all kinds at once.
     *
     * @throws Refused if there are too many
     */
    void add(SseClient browser) {
        if (browsers.size() >= MOST_BROWSERS) {
            throw new Refused(429, "The studio is open in too many windows.");
        }
        browser.keepAlive();
        browser.onClose(() -> browsers.remove(browser));
        kinds.forEach((kind, state) -> browser.sendEvent(kind, Body.json(state.get())));
        browsers.add(browser);
    }

    /** What goes wrong once, as when the folder cannot be listed for a moment, must not be the end of all events. */
    private void send() {
        try {
            sendNews();
        } catch (RuntimeException e) {
            log.warn("Events are sent again later", e);
        }
    }

    private void sendNews() {
        rounds++;
        for (Map.Entry<String, Supplier<Object>> kind : kinds.entrySet()) {
            if (news.remove(kind.getKey()) && !browsers.isEmpty()) {
                String state = Body.json(kind.getValue().get());
                browsers.forEach(browser -> browser.sendEvent(kind.getKey(), state));
            }
        }
        if (rounds % ALIVE_ROUNDS == 0) {
            browsers.forEach(browser -> browser.sendComment("alive"));
        }
        browsers.removeIf(SseClient::terminated);
    }

    @Override
    public void close() {
        sender.shutdownNow();
        browsers.forEach(SseClient::close);
    }
}

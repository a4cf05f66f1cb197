package io.github.finessl.studio.web;

import io.github.finessl.io.FineSslException;
import io.github.finessl.kernel.Precision;
import io.github.finessl.studio.learn.Learning;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.Pictures;
import io.github.finessl.studio.photo.Preparation;
import io.github.finessl.web.Body;
import io.github.finessl.web.Listening;
import io.github.finessl.web.Refused;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The studio's server, which listens on 127.0.0.1 alone. */
public final class StudioServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(StudioServer.class);
    private static final String HOST = "127.0.0.1";
    private static final int MOST_THREADS = 24;

    private final Parts parts;
    private final Guard guard = new Guard();
    private final Events events;
    private final Javalin server;

    /** What the server shows and starts. */
    public record Parts(
            PhotoLibrary library, Pictures pictures, Preparation preparation, Learning learning, Precision precision) {}

    /** The token, as the page sends it. */
    private record Token(String token) {}

    /** A sentence that says what was refused. */
    private record Fault(String error) {}

    /** A change of what pages ask for themselves. */
    private record Changed(long number) {}

    private StudioServer(Parts parts) {
        this.parts = parts;
        Map<String, Supplier<Object>> kinds = new LinkedHashMap<>();
        kinds.put("overview", this::overview);
        kinds.put("training", () -> parts.learning().trainings().state());
        kinds.put("suggestions", () -> parts.learning().suggestions().basis());
        kinds.put("judgement", () -> parts.learning().suggestions().judgement());
        kinds.put("review", () -> new Changed(System.nanoTime()));
        kinds.put("growth", () -> new Changed(System.nanoTime()));
        kinds.put("models", () -> new Changed(System.nanoTime()));
        kinds.put("shipping", () -> new Changed(System.nanoTime()));
        events = new Events(kinds);
        server = Javalin.create(this::configure);
    }

    /**
     * Starts a server.
     *
     * @param port 0 for any that is free
     */
    public static StudioServer start(Parts parts, int port) {
        StudioServer started = new StudioServer(parts);
        try {
            Listening.start(started.server, "The studio", HOST, port);
        } catch (RuntimeException e) {
            started.close();
            throw e;
        }
        started.guard.listensOn(started.server.port());
        parts.library().onChange(() -> started.events.mark("overview"));
        parts.preparation().onProgress(() -> started.events.mark("overview"));
        started.follow(parts.learning());
        return started;
    }

    private void follow(Learning learning) {
        learning.suggestions().onChange(() -> events.mark("suggestions"));
        learning.trainings().onChange(() -> events.mark("training"));
        learning.trainings().onChange(() -> events.mark("overview"));
        learning.review().onChange(() -> events.mark("review"));
        learning.review().onChange(() -> events.mark("overview"));
        learning.growth().onChange(() -> events.mark("growth"));
        learning.models().onChange(() -> events.mark("models"));
        learning.models().onChange(() -> events.mark("overview"));
        learning.models().onChange(() -> events.mark("shipping"));
        learning.judge().onChange(() -> events.mark("judgement"));
        learning.judge().onChange(() -> events.mark("shipping"));
        learning.answers().onProgress(() -> events.mark("shipping"));
        learning.answers().onChange(() -> events.mark("shipping"));
        learning.sorting().onChange(() -> events.mark("shipping"));
    }

    private Object overview() {
        return Overview.of(parts.library(), parts.preparation(), parts.learning());
    }

    /** The address to open in a browser, with the token in its fragment. */
    public URI address() {
        return URI.create("http://" + HOST + ":" + server.port() + "/#token=" + guard.token());
    }

    private void configure(JavalinConfig config) {
        Listening.configure(config, MOST_THREADS);
        addTo(config.routes);
    }

    private void addTo(RoutesConfig routes) {
        routes.before(guard::check);
        routes.exception(Refused.class, (refused, request) -> fault(request, refused.status(), refused.getMessage()));
        routes.exception(FineSslException.class, (bad, request) -> fault(request, 409, bad.getMessage()));
        routes.exception(Exception.class, (bug, request) -> {
            log.error("{} {} failed", request.req().getMethod(), request.path(), bug);
            fault(request, 500, "The studio failed at this; its log says why.");
        });
        routes.post(Guard.SESSION, request -> {
            guard.open(request, Body.read(request, Token.class).token());
            Body.answer(request, true);
        });
        new Pages().addTo(routes);
        routes.get("/api/overview", request -> Body.answer(request, overview()));
        routes.sse("/api/events", events::add);
        Learning learning = parts.learning();
        routes.post("/api/rescan", request -> Body.answer(request, rescan()));
        new PhotoApi(parts.library(), parts.pictures(), learning.suggestions()).addTo(routes);
        new ReviewApi(parts.library(), learning.review()).addTo(routes);
        new ModelApi(learning).addTo(routes);
        new ShipApi(parts.library(), learning, parts.precision()).addTo(routes);
    }

    /** Whether others have changed anything. */
    private boolean rescan() {
        boolean photos = parts.library().rescan();
        boolean models = parts.learning().models().rescan();
        return photos || models;
    }

    private static void fault(Context request, int status, String sentence) {
        request.status(status);
        Body.refuse(request, new Fault(sentence), Body.JSON);
    }

    @Override
    public void close() {
        events.close();
        server.stop();
    }
}

package io.github.finessl.endpoint;

import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.Dataset;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.FineSslModel.Prepared;
import io.github.finessl.serve.Photo;
import io.github.finessl.web.Listening;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import java.net.URI;
import java.util.List;
import java.util.function.Function;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.handler.GracefulHandler;

/**
 * A trained model behind HTTP, until it is closed.
 *
 * <pre>{@code
 * try (FineSslModel model = FineSslModel.load(Path.of("my-model"));
 *         Endpoint endpoint = Endpoint.start(model, settings)) {
 *     System.out.println(endpoint.address()); // curl --data-binary @photo.jpg http://127.0.0.1:8000/classify
 * }
 * }</pre>
 */
public final class Endpoint implements AutoCloseable {

    private static final int MOST_THREADS = 64;
    private static final int MOST_CONNECTIONS = 512;

    /** In-flight requests are answered within this time when it is closed. */
    private static final long STOP_MILLIS = 120_000;

    private final Batches<Prepared, Classification> batches;
    private final Gate gate = new Gate();
    private final Metrics metrics = new Metrics();
    private final Settings settings;
    private final List<Route> routes;
    private final Javalin server;

    private Endpoint(FineSslModel model, Function<List<Prepared>, List<Classification>> answers, Settings settings) {
        this.settings = settings;
        batches = new Batches<>(
                answers.compose(this::counted),
                FineSslModel.LARGEST_BATCH,
                settings.limits().waiting(),
                settings.limits().window());
        metrics.showWaiting(batches::unanswered);
        Classify classify = new Classify(model, batches, settings.limits(), metrics, this::send);
        About about = new About(model);
        routes = List.of(
                Route.get("/", about::overview),
                Route.post("/classify", classify::answer),
                Route.get("/health", about::health),
                Route.get("/metrics", metrics::answer),
                Route.get("/openapi.json", about::openApi));
        server = Javalin.create(this::configure);
    }

    private List<Prepared> counted(List<Prepared> batch) {
        metrics.batch(batch.size());
        return batch;
    }

    private void send(Runnable answer) {
        server.jettyServer().threadPool().execute(answer);
    }

    /**
     * Starts an endpoint, after a first answer of the model to nobody, so that the first client does not wait for what is done
     * once.
     *
     * @param model stays open when the endpoint is closed
     * @throws io.github.finessl.io.FineSslException if the model gives no numbers, or nothing can listen there
     */
    public static Endpoint start(FineSslModel model, Settings settings) {
        warmUp(model);
        return start(model, model::classify, settings);
    }

    /**
     * Starts an endpoint.
     *
     * @param answers of the model, which tests delay
     */
    static Endpoint start(
            FineSslModel model, Function<List<Prepared>, List<Classification>> answers, Settings settings) {
        Endpoint started = new Endpoint(model, answers, settings);
        try {
            Listening.start(started.server, "The endpoint", settings.host(), settings.port());
        } catch (RuntimeException e) {
            started.close();
            throw e;
        }
        for (Connector connector : started.server.jettyServer().server().getConnectors()) {
            if (connector instanceof AbstractConnector listening) {
                listening.setIdleTimeout(settings.limits().patience().toMillis()); // of who sends no whole header
            }
        }
        started.gate.listensOn(settings, started.server.port());
        return started;
    }

    private static void warmUp(FineSslModel model) {
        int side = model.card().resolution();
        RgbImage black = new RgbImage(side, side, new byte[3 * side * side]);
        model.classify(List.of(model.prepare(new Photo("black", Dataset.UNKNOWN, shortSide -> black))));
    }

    /** The address to ask at. */
    public URI address() {
        return URI.create("http://" + Gate.inUrl(settings.host()) + ":" + server.port());
    }

    /** The command that asks about a photo. */
    public String ask() {
        return About.ask(address().toString());
    }

    List<Route> routes() {
        return routes;
    }

    private void configure(JavalinConfig config) {
        Listening.configure(config, MOST_THREADS);
        config.http.prefer405over404 = true;
        config.router.ignoreTrailingSlashes = false;
        config.jetty.modifyHttpConfiguration(
                http -> http.setIdleTimeout(settings.limits().patience().toMillis()));
        config.jetty.modifyServer(jetty -> {
            jetty.setHandler(new GracefulHandler());
            jetty.setStopTimeout(STOP_MILLIS);
            jetty.setErrorHandler(Problems::answer);
            jetty.addBean(new NetworkConnectionLimit(MOST_CONNECTIONS, jetty));
        });
        config.jetty.modifyServletContextHandler(context -> context.setErrorHandler(Problems::answer));
        config.requestLogger.http(
                (request, millis) -> metrics.request(known(request.path()), request.statusCode(), millis / 1000));
        config.routes.before(gate::check);
        routes.forEach(route -> config.routes.addHttpHandler(route.method(), route.path(), route.handler()));
        new Problems(routes, this::isStopping).addTo(config.routes);
    }

    private boolean isStopping() {
        return server.jettyServer().server().isStopping();
    }

    /** A path as it is counted: what clients invent is not kept. */
    private String known(String path) {
        return routes.stream().anyMatch(route -> route.path().equals(path)) ? path : "other";
    }

    /** Takes nothing more, answers what was taken, and ends. */
    @Override
    public void close() {
        server.stop();
        batches.close();
    }
}

package io.github.finessl.endpoint;

import io.github.finessl.data.DataException;
import io.github.finessl.web.Body;
import io.github.finessl.web.Refused;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The answers to requests that are not carried out: problem details (RFC 9457) with one sentence. */
final class Problems {

    private static final Logger log = LoggerFactory.getLogger(Problems.class);
    private static final String STOPPING = "The endpoint is stopping.";
    private static final String TYPE = "application/problem+json";

    private final List<Route> routes;
    private final BooleanSupplier stopping;

    /**
     * Problem details.
     *
     * @param type always {@code about:blank}: the status says all
     * @param title the status's name
     * @param detail a sentence
     */
    private record Problem(String type, String title, int status, String detail) {
        static Problem of(int status, String detail) {
            return new Problem("about:blank", HttpStatus.getMessage(status), status, detail);
        }
    }

    /**
     * The answers of an endpoint with these routes.
     *
     * @param stopping whether it is stopping, which waits a moment only for what is still being sent
     */
    Problems(List<Route> routes, BooleanSupplier stopping) {
        this.routes = routes;
        this.stopping = stopping;
    }

    void addTo(RoutesConfig config) {
        config.exception(Refused.class, this::answer);
        config.exception(DataException.class, (bad, request) -> answer(request, 400, bad.getMessage()));
        config.exception(HttpResponseException.class, this::answer);
        config.exception(Exception.class, (bug, request) -> {
            log.error("{} {} failed", request.req().getMethod(), request.path(), bug);
            answer(request, 500, "The endpoint failed at this; its log says why.");
        });
    }

    private static void answer(Context request, int status, String detail) {
        request.status(status);
        Body.refuse(request, Problem.of(status, detail), TYPE);
    }

    private void answer(Refused refused, Context request) {
        if (refused.status() == HttpStatus.REQUEST_TIMEOUT_408 && stopping.getAsBoolean()) {
            answer(request, HttpStatus.SERVICE_UNAVAILABLE_503, STOPPING);
        } else {
            answer(request, refused.status(), refused.getMessage());
        }
    }

    private void answer(HttpResponseException thrown, Context request) {
        String methods = routes.stream()
                .filter(route -> route.path().equals(request.path()))
                .map(route -> route.method().name())
                .collect(Collectors.joining(", "));
        if (methods.isEmpty()) {
            answer(request, thrown.getStatus(), "There is nothing at this path; GET / says what there is.");
        } else {
            request.header("Allow", methods);
            answer(request, thrown.getStatus(), "This path is for " + methods + ".");
        }
    }

    /** Answers what never came as far as the routes, as it is no HTTP. */
    static boolean answer(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        String detail = switch (status) {
            case 414, 431 -> "The request's header is too long.";
            case 503 -> STOPPING;
            default -> "The request cannot be understood.";
        };
        Gate.HEADERS.forEach(response.getHeaders()::put);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, TYPE);
        response.write(
                true,
                ByteBuffer.wrap(Body.json(Problem.of(status, detail)).getBytes(StandardCharsets.UTF_8)),
                callback);
        return true;
    }
}

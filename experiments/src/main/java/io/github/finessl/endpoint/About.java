package io.github.finessl.endpoint;

import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.Refusal;
import io.github.finessl.web.Body;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** The answers about an endpoint and its model. */
final class About {

    private static final String OPEN_API = "openapi.json";

    private final Health health;

    /**
     * The state of an endpoint that answers.
     *
     * @param status always {@code up}
     * @param model name of the model's folder
     * @param encoderSha256 of the frozen encoder's files
     * @param parametersSha256 of what was learnt
     * @param resolution side of the pictures that the model takes, in pixels
     * @param noneBelow the logit below which {@code unknown=true} answers {@code none}; empty where there is none
     */
    private record Health(
            String status,
            String model,
            List<String> classes,
            String encoderSha256,
            String parametersSha256,
            int resolution,
            OptionalDouble noneBelow) {}

    /** What is at {@code /}: how to ask, and what can be asked. */
    private record Overview(String model, List<String> classes, String ask, Map<String, String> paths) {}

    About(FineSslModel model) {
        OptionalDouble noneBelow = model.card()
                .refusal()
                .map(Refusal::below)
                .map(OptionalDouble::of)
                .orElseGet(OptionalDouble::empty);
        health = new Health(
                "up",
                model.folder().toAbsolutePath().normalize().getFileName().toString(),
                model.classes(),
                model.card().encoderSha256(),
                model.card().parametersSha256(),
                model.card().resolution(),
                noneBelow);
    }

    void overview(Context request) {
        Map<String, String> paths = new LinkedHashMap<>();
        paths.put(
                "POST /classify",
                "the class of a photo; of several as multipart/form-data; ?top=, ?threshold=, ?unknown=true");
        paths.put("GET /health", "whether it answers, and by which model");
        paths.put("GET /metrics", "what it has counted, for Prometheus");
        paths.put("GET /openapi.json", "this in OpenAPI 3.1");
        Body.answer(
                request,
                new Overview(health.model(), health.classes(), ask("http://" + request.header("Host")), paths));
    }

    /** The command that asks an endpoint at an address about a photo. */
    static String ask(String address) {
        return "curl --data-binary @photo.jpg " + address + "/classify";
    }

    void health(Context request) {
        Body.answer(request, health);
    }

    void openApi(Context request) {
        try (InputStream in = About.class.getResourceAsStream(OPEN_API)) {
            request.contentType("application/json; charset=utf-8").result(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.github.finessl.studio.web;

import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.Template;
import io.github.finessl.web.Body;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** The studio's one page with its scripts, style sheets and texts: what holds nothing of anybody's photos. */
final class Pages {

    private static final List<String> PARTS =
            List.of("overview", "label", "grid", "review", "classes", "train", "models", "try", "ship");

    /** All files that are served, by their paths, so that no path of a request is ever looked up. */
    private static final Map<String, String> FILES = Map.ofEntries(
            file("studio.css"),
            file("icon.svg"),
            file("js/main.js"),
            file("js/api.js"),
            file("js/dom.js"),
            file("js/judgement.js"),
            file("js/news.js"),
            file("js/digits.js"),
            file("js/turns.js"),
            file("js/curve.js"),
            file("js/overview.js"),
            file("js/label.js"),
            file("js/grid.js"),
            file("js/review.js"),
            file("js/classes.js"),
            file("js/train.js"),
            file("js/models.js"),
            file("js/try.js"),
            file("js/ship.js"),
            file("Classify.java"),
            Map.entry("lib/uPlot.esm.js", "/META-INF/resources/webjars/uplot/1.6.30/dist/uPlot.esm.js"),
            Map.entry("lib/uPlot.min.css", "/META-INF/resources/webjars/uplot/1.6.30/dist/uPlot.min.css"));

    private static final Map<String, String> TYPES =
            Map.of("css", "text/css", "js", "text/javascript", "svg", "image/svg+xml", "java", "text/plain");

    private final Template page = Mustache.compiler().compile(text("studio.html"));

    /** A link in the page's navigation. */
    private record Part(String name, String label) {}

    private static Map.Entry<String, String> file(String path) {
        return Map.entry(path, path);
    }

    void addTo(RoutesConfig routes) {
        routes.get("/", this::page);
        FILES.forEach((path, resource) -> routes.get("/" + path, request -> send(request, path, resource)));
        Texts.LANGUAGES.forEach(language -> routes.get(
                "/texts/" + language,
                request -> Body.answer(request, Texts.in(language).byKey())));
    }

    private void page(Context request) {
        String wanted = request.queryParam("lang");
        String language = wanted != null && Texts.LANGUAGES.contains(wanted)
                ? wanted
                : Texts.asked(request.header("Accept-Language"));
        Map<String, String> texts = Texts.in(language).byKey();
        List<Part> parts = PARTS.stream()
                .map(name -> new Part(name, texts.get("part." + name)))
                .toList();
        request.header("Cache-Control", "no-store")
                .html(page.execute(Map.of("language", language, "texts", texts, "parts", parts)));
    }

    private static void send(Context request, String path, String resource) {
        request.header("Cache-Control", "no-cache")
                .contentType(TYPES.get(path.substring(path.lastIndexOf('.') + 1)) + "; charset=utf-8")
                .result(text(resource).getBytes(StandardCharsets.UTF_8));
    }

    private static String text(String resource) {
        try (InputStream in = Pages.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.github.finessl.studio;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * The page of labelling without a browser: by the requests that the page makes, what is shown staying until it has a label, and
 * classes keeping their digits.
 */
final class RequestDesk implements Visitor.Desk {

    private final StudioClient studio;
    private final Set<String> classes = new LinkedHashSet<>();
    private List<JsonNode> queue = List.of();
    private int labels;

    RequestDesk(StudioClient studio) {
        this.studio = studio;
        awaitPhotos(studio);
        int all = studio.get("/api/overview").get("unlabelled").asInt();
        studio.await("suggestions", state -> state.get("open").asInt() == all);
    }

    /** Waits until all photos are looked at. */
    static void awaitPhotos(StudioClient studio) {
        studio.await("overview", state -> state.at("/prepared/done").equals(state.at("/prepared/all")));
    }

    @Override
    public Visitor.Sight look() {
        String shown = queue.isEmpty() ? "" : queue.get(0).get("id").asText();
        queue = list(studio.get("/api/next?count=6&shown=" + shown).get("photos"));
        list(studio.get("/api/overview").get("classes"))
                .forEach(each -> classes.add(each.get("name").asText()));
        return queue.isEmpty()
                ? new Visitor.Sight("", Optional.empty(), List.copyOf(classes))
                : new Visitor.Sight(queue.get(0).get("name").asText(), suggestion(), List.copyOf(classes));
    }

    private Optional<String> suggestion() {
        JsonNode suggestion = queue.get(0).get("suggestion");
        return suggestion.isNull()
                ? Optional.empty()
                : Optional.of(suggestion.get("className").asText());
    }

    private static List<JsonNode> list(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }

    @Override
    public void accept() {
        label(suggestion().orElseThrow(), true);
    }

    @Override
    public void digit(int number, String className) {
        label(className, false);
    }

    @Override
    public void type(String keys, String className) {
        label(className, false);
    }

    private void label(String className, boolean accepted) {
        studio.post(
                "/api/label",
                Map.of(
                        "photos",
                        List.of(queue.get(0).get("id").asText()),
                        "className",
                        className,
                        "unlabel",
                        false,
                        "accepted",
                        accepted));
        queue = queue.subList(1, queue.size());
        labels++;
        studio.await("suggestions", state -> state.get("labelled").asInt() == labels);
    }
}

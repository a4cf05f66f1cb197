package io.github.finessl.studio.web;

import io.github.finessl.io.FineSslException;
import io.github.finessl.report.NextLabel;
import io.github.finessl.report.NextLabel.Why;
import io.github.finessl.studio.folder.JournalEntry.By;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.learn.Suggestions;
import io.github.finessl.studio.learn.Suggestions.Suggestion;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.PhotoLibrary.Labelled;
import io.github.finessl.studio.photo.Pictures;
import io.github.finessl.studio.photo.StudioPhoto;
import io.github.finessl.web.Body;
import io.github.finessl.web.Refused;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** The requests that show photos and label them. */
final class PhotoApi {

    private static final int MOST_AT_A_TIME = 200;

    private final PhotoLibrary library;
    private final Pictures pictures;
    private final Suggestions suggestions;

    /**
     * A photo as browsers see it.
     *
     * @param className that it is labelled with; empty where it has no class
     * @param none whether it is known to be of no class
     * @param why it is shown before others; empty where it is only the next one
     */
    private record Shown(
            String id,
            String name,
            Optional<String> className,
            boolean none,
            Optional<Suggestion> suggestion,
            Optional<Reason> why) {}

    /**
     * A reason to show a photo before others.
     *
     * @param alike the part of the unlabelled photos that are more like it than like any that is labelled or shown before it
     */
    private record Reason(Why kind, double alike) {
        static Reason of(NextLabel next) {
            return new Reason(next.why(), next.alike());
        }
    }

    /** Some photos, and how many there are in all. */
    private record ShownPhotos(List<Shown> photos, int inAll) {}

    /** The result of labelling: the photos that were moved and a sentence for each that was not. */
    private record Done(List<Shown> photos, List<String> faults, boolean canUndo) {}

    /**
     * A wish to label photos.
     *
     * @param className empty for none of the classes; null only where the label is to be taken away
     * @param unlabel whether the label is taken away
     * @param accepted whether the class was suggested
     */
    private record Wish(List<String> photos, String className, boolean unlabel, boolean accepted) {}

    /** A wish to show a photo later. */
    private record Later(String photo) {}

    /** A wish for a class: a new one, or another name for it. */
    private record ClassWish(String name, String newName) {}

    PhotoApi(PhotoLibrary library, Pictures pictures, Suggestions suggestions) {
        this.library = library;
        this.pictures = pictures;
        this.suggestions = suggestions;
    }

    void addTo(RoutesConfig routes) {
        routes.get("/api/next", request -> answer(request, next(request), unlabelled()));
        routes.get("/api/grid", this::grid);
        routes.get("/api/labelled", this::labelled);
        routes.get("/api/photos/{id}/small", request -> picture(request, pictures::small));
        routes.get("/api/photos/{id}/large", request -> picture(request, pictures::large));
        routes.post("/api/label", this::label);
        routes.post("/api/undo", request -> answer(request, library.undo()));
        routes.post("/api/skip", this::skip);
        routes.post("/api/classes", this::addClass);
        routes.post("/api/classes/rename", this::renameClass);
    }

    /** The photos to label next; one that is shown already comes first. */
    private List<StudioPhoto> next(Context request) {
        int count = number(request, "count", 4);
        Optional<StudioPhoto> shown = Optional.ofNullable(request.queryParam("shown"))
                .flatMap(id -> library.all().stream()
                        .filter(photo -> photo.id().equals(id) && photo.place().equals(Place.UNLABELLED))
                        .findFirst());
        return Stream.concat(shown.stream(), suggestions.next(count).stream())
                .distinct()
                .limit(count)
                .toList();
    }

    private int unlabelled() {
        return (int) library.all().stream().filter(StudioPhoto::isOpen).count();
    }

    private void grid(Context request) {
        String className = required(request.queryParam("class"));
        List<StudioPhoto> some = suggestions.ofClass(className, Integer.MAX_VALUE);
        answer(request, some.stream().limit(number(request, "count", 20)).toList(), some.size());
    }

    private void labelled(Context request) {
        String className = request.queryParam("class");
        Place place = className == null || className.isEmpty() ? Place.NO_CLASS : Place.labelled(className);
        List<StudioPhoto> all = library.all().stream()
                .filter(photo -> photo.place().equals(place))
                .toList();
        answer(
                request,
                all.stream()
                        .skip(number(request, "from", 0))
                        .limit(number(request, "count", 60))
                        .toList(),
                all.size());
    }

    private void answer(Context request, List<StudioPhoto> photos, int inAll) {
        Body.answer(request, new ShownPhotos(photos.stream().map(this::shown).toList(), inAll));
    }

    private Shown shown(StudioPhoto photo) {
        Optional<String> className =
                photo.place() instanceof Place.Labelled of ? Optional.of(of.className()) : Optional.empty();
        boolean open = photo.place().equals(Place.UNLABELLED);
        return new Shown(
                photo.id(),
                photo.name(),
                className,
                photo.place().equals(Place.NO_CLASS),
                open ? suggestions.of(photo) : Optional.empty(),
                open ? suggestions.why(photo).map(Reason::of) : Optional.empty());
    }

    private static int number(Context request, String name, int usual) {
        String text = request.queryParam(name);
        if (text == null) {
            return usual;
        } else if (!text.matches("[0-9]{1,7}")) {
            throw new Refused(400, "%s must be a number.".formatted(name));
        }
        int number = Integer.parseInt(text);
        return name.equals("count") ? Math.min(MOST_AT_A_TIME, Math.max(1, number)) : number;
    }

    private static String required(String text) {
        if (text == null || text.isBlank()) {
            throw new Refused(400, "A class must be named.");
        }
        return text;
    }

    /** Ids are new at each start, so that a browser may keep what it was shown. */
    private void picture(Context request, Function<StudioPhoto, byte[]> kind) {
        StudioPhoto photo = library.photo(request.pathParam("id"));
        byte[] jpeg;
        try {
            jpeg = kind.apply(photo);
        } catch (FineSslException e) {
            throw new Refused(404, e.getMessage());
        }
        request.header("Cache-Control", "private, max-age=3600, immutable")
                .contentType("image/jpeg")
                .result(jpeg);
    }

    private void label(Context request) {
        Wish wish = Body.read(request, Wish.class);
        List<String> photos = Body.part("photos", wish.photos());
        if (photos.isEmpty()
                || photos.size() > MOST_AT_A_TIME
                || photos.stream().anyMatch(Objects::isNull)) {
            throw new Refused(400, "From 1 to %d photos can be labelled at once.".formatted(MOST_AT_A_TIME));
        }
        answer(request, Optional.of(library.label(photos, place(wish), wish.accepted() ? By.ACCEPTED : By.HAND)));
    }

    private static Place place(Wish wish) {
        if (wish.unlabel()) {
            return Place.UNLABELLED;
        }
        String className = Body.part("className", wish.className());
        return className.isEmpty() ? Place.NO_CLASS : Place.labelled(className);
    }

    private void answer(Context request, Optional<Labelled> labelled) {
        Body.answer(
                request,
                new Done(
                        labelled.map(Labelled::photos).orElse(List.of()).stream()
                                .map(this::shown)
                                .toList(),
                        labelled.map(Labelled::faults).orElse(List.of()),
                        library.canUndo()));
    }

    private void skip(Context request) {
        suggestions.skip(
                library.photo(Body.part("photo", Body.read(request, Later.class).photo())));
        Body.answer(request, true);
    }

    private void addClass(Context request) {
        library.addClass(required(Body.read(request, ClassWish.class).name()));
        Body.answer(request, library.classes());
    }

    private void renameClass(Context request) {
        ClassWish wish = Body.read(request, ClassWish.class);
        answer(request, Optional.of(library.renameClass(required(wish.name()), required(wish.newName()))));
    }
}

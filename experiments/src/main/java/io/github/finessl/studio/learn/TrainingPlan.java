package io.github.finessl.studio.learn;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.JsonFault;
import io.github.finessl.report.Json;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.folder.StudioException;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.StudioPhoto;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a training learns from, by the photos' content: the labels of one moment. It is kept beside the model's folder, so that the
 * training can go on after a restart, wherever the photos have been moved since, and so that it is known which labels are new.
 *
 * @param format {@value #FORMAT}
 * @param steps of the training
 * @param photos in the order in which they are learnt from
 */
record TrainingPlan(int format, int steps, List<Entry> photos) {

    private static final int FORMAT = 1;

    /** Of so many labelled photos one is set aside, where that is wished. */
    private static final int ONE_OF = 5;

    private static final ObjectWriter WRITER = Json.MAPPER.writer().without(SerializationFeature.INDENT_OUTPUT);

    /** The part that a photo has in a training. */
    enum Part {
        LABELLED,
        UNLABELLED,
        /** Known to be of none of the classes. */
        NONE,
        TEST
    }

    /**
     * A photo.
     *
     * @param path that it had, relative to the folder
     * @param className empty where it has none
     */
    record Entry(String sha256, String path, Part part, String className) {}

    /**
     * Plans a training on the labels that there are now.
     *
     * @param setAside whether one of {@value #ONE_OF} photos that were labelled one at a time, told by its content, tests the
     *     model instead; only where there are no photos for that
     * @throws StudioException if a photo has two classes, or fewer than two classes have labelled photos that were read
     */
    static TrainingPlan of(PhotoLibrary library, int steps, boolean setAside) {
        List<StudioPhoto> read = library.all().stream()
                .filter(photo -> photo.sha256().isPresent())
                .toList();
        Map<String, String> classOf = classes(read);
        Set<String> classes = new TreeSet<>(classOf.values());
        if (classes.size() < 2) {
            throw new StudioException(
                    "Two classes or more must have labelled photos, but there are %d.".formatted(classes.size()));
        }
        boolean hasTest = read.stream()
                .anyMatch(photo -> photo.place() instanceof Place.Test of && classes.contains(of.className()));
        Set<String> aside = setAside && !hasTest ? setAside(classOf, library.acceptedTogether()) : Set.of();
        return new TrainingPlan(
                FORMAT,
                steps,
                read.stream()
                        .flatMap(photo -> entry(photo, classOf, aside).stream())
                        .toList());
    }

    private static Map<String, String> classes(List<StudioPhoto> read) {
        Map<String, String> classOf = new HashMap<>();
        for (StudioPhoto photo : read) {
            if (photo.place() instanceof Place.Labelled of) {
                String before = classOf.put(photo.sha256().orElseThrow(), of.className());
                if (before != null && !before.equals(of.className())) {
                    throw new StudioException(
                            "%s must be a photo of one class, but the same file is labelled as %s too."
                                    .formatted(photo.path(), before));
                }
            }
        }
        return classOf;
    }

    /** The same photos for every training, but never the last ones of a class. */
    private static Set<String> setAside(Map<String, String> classOf, Set<String> together) {
        Map<String, List<String>> ofClass =
                classOf.keySet().stream().sorted().collect(Collectors.groupingBy(classOf::get));
        Set<String> aside = new HashSet<>();
        for (List<String> of : ofClass.values()) {
            List<String> some = of.stream()
                    .filter(sha256 -> !together.contains(sha256))
                    .filter(sha256 -> new BigInteger(sha256, 16)
                                    .mod(BigInteger.valueOf(ONE_OF))
                                    .signum()
                            == 0)
                    .toList();
            aside.addAll(some.size() == of.size() ? some.subList(1, some.size()) : some);
        }
        return aside;
    }

    private static Optional<Entry> entry(StudioPhoto photo, Map<String, String> classOf, Set<String> aside) {
        String sha256 = photo.sha256().orElseThrow();
        if (photo.place() instanceof Place.Labelled of) {
            Part part = aside.contains(sha256) ? Part.TEST : Part.LABELLED;
            return Optional.of(new Entry(sha256, photo.path(), part, of.className()));
        } else if (photo.place() instanceof Place.Test of) {
            return classOf.containsValue(of.className())
                    ? Optional.of(new Entry(sha256, photo.path(), Part.TEST, of.className()))
                    : Optional.empty();
        } else if (photo.place() instanceof Place.NoClass) {
            return Optional.of(new Entry(sha256, photo.path(), Part.NONE, ""));
        }
        return classOf.containsKey(sha256)
                ? Optional.empty()
                : Optional.of(new Entry(sha256, photo.path(), Part.UNLABELLED, ""));
    }

    /** The classes of the labelled photos that are learnt from, by their content. */
    Map<String, String> learnt() {
        return classes(Part.LABELLED);
    }

    /** The classes of the photos that test the model, by their content. */
    Map<String, String> tested() {
        return classes(Part.TEST);
    }

    private Map<String, String> classes(Part part) {
        return photos.stream()
                .filter(photo -> photo.part() == part)
                .collect(Collectors.toMap(Entry::sha256, Entry::className, (one, same) -> one));
    }

    /** The names of the classes, in order. */
    List<String> classes() {
        return photos.stream()
                .filter(photo -> photo.part() == Part.LABELLED)
                .map(Entry::className)
                .distinct()
                .sorted()
                .toList();
    }

    /** Writes the plan; the file appears complete or not at all. */
    void write(Path file) throws IOException {
        AtomicFile.write(file, out -> out.write(WRITER.writeValueAsBytes(this)));
    }

    /**
     * Reads a plan.
     *
     * @return empty where there is none, as for models of earlier versions
     * @throws StudioException if the file is none
     */
    static Optional<TrainingPlan> read(Path file) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            TrainingPlan plan = Json.MAPPER.readValue(Files.readAllBytes(file), TrainingPlan.class);
            if (plan == null || plan.format() != FORMAT || plan.photos() == null) {
                throw new StudioException("%s must list the photos of a training, but does not.".formatted(file));
            }
            return Optional.of(plan);
        } catch (JsonProcessingException e) {
            throw new StudioException(
                    "%s must list the photos of a training, but cannot be read: %s."
                            .formatted(file, JsonFault.reason(e)),
                    e);
        } catch (IOException e) {
            throw new StudioException("%s cannot be read: %s.".formatted(file, AtomicFile.reason(e)), e);
        }
    }
}

package io.github.finessl.studio.learn;

import io.github.finessl.Photos;
import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.DataException;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.ImageDecoder;
import io.github.finessl.data.KnownStrangers;
import io.github.finessl.data.Split;
import io.github.finessl.io.Sha256;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.folder.StudioException;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.StudioPhoto;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * The photos of a library with the labels of one moment, for a training beside which labelling goes on: files are found by id,
 * wherever they are moved meanwhile.
 */
final class LabelledSnapshot {

    private static final int TRIES = 5;

    private LabelledSnapshot() {}

    /**
     * The photos for a training.
     *
     * @throws StudioException if fewer than two classes have labelled photos that were read
     */
    static Photos of(PhotoLibrary library) {
        List<StudioPhoto> read = library.all().stream()
                .filter(photo -> photo.sha256().isPresent())
                .toList();
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
        List<String> classes = List.copyOf(new TreeSet<>(classOf.values()));
        if (classes.size() < 2) {
            throw new StudioException(
                    "Two classes or more must have labelled photos, but there are %d.".formatted(classes.size()));
        }
        Snapshots parts = new Snapshots(library, classes);
        Dataset train = parts.of(
                "train",
                read,
                photo -> photo.place() instanceof Place.Labelled
                        || (photo.place() instanceof Place.Unlabelled
                                && !classOf.containsKey(photo.sha256().orElseThrow())));
        Dataset test = parts.of(
                "test", read, photo -> photo.place() instanceof Place.Test of && classes.contains(of.className()));
        Dataset strangers = parts.of("none", read, photo -> photo.place() instanceof Place.NoClass);
        Dataset none = parts.of("none/test", read, photo -> false);
        String name = library.folder().root().getFileName().toString();
        return Photos.of(
                new DataSource(name, DataSource.Kind.PHOTOS, true, train, test, new KnownStrangers(strangers, none)),
                Split.given(train));
    }

    /** A maker of the parts of one snapshot. */
    private record Snapshots(PhotoLibrary library, List<String> classes) {

        Dataset of(String part, List<StudioPhoto> photos, Predicate<StudioPhoto> which) {
            List<StudioPhoto> some = photos.stream().filter(which).toList();
            return new Part(
                    library, part, classes, some, some.stream().map(this::label).toList());
        }

        private int label(StudioPhoto photo) {
            if (photo.place() instanceof Place.Labelled of) {
                return classes.indexOf(of.className());
            } else if (photo.place() instanceof Place.Test of) {
                return classes.indexOf(of.className());
            }
            return photo.place() instanceof Place.NoClass ? Dataset.STRANGER : Dataset.UNKNOWN;
        }
    }

    /** A part of the snapshot as a data set. */
    private record Part(
            PhotoLibrary library, String name, List<String> classes, List<StudioPhoto> photos, List<Integer> labels)
            implements Dataset {

        @Override
        public int size() {
            return photos.size();
        }

        @Override
        public int label(int index) {
            return labels.get(index);
        }

        @Override
        public RgbImage image(int index) {
            return read(index, ImageDecoder.PHOTO::decode);
        }

        @Override
        public RgbImage image(int index, int shortSide) {
            return read(index, file -> ImageDecoder.PHOTO.decode(contentSha256(index), file, shortSide));
        }

        /** Reads a photo's file; one that is being moved is looked for again where it is then. */
        private RgbImage read(int index, Function<Path, RgbImage> reading) {
            for (int tried = 1; ; tried++) {
                try {
                    StudioPhoto now = library.photo(photos.get(index).id());
                    return reading.apply(library.folder().inside(now.path()));
                } catch (StudioException | DataException e) {
                    if (tried == TRIES) {
                        throw new DataException(e.getMessage(), e);
                    }
                }
            }
        }

        @Override
        public String source(int index) {
            return photos.get(index).path();
        }

        @Override
        public String contentSha256(int index) {
            return photos.get(index).sha256().orElseThrow();
        }

        @Override
        public String pixelsSha256(int index) {
            return ImageDecoder.PHOTO.pixelsSha256(contentSha256(index));
        }

        @Override
        public String sha256() {
            StringBuilder text = new StringBuilder().append(classes).append('\n');
            IntStream.range(0, size())
                    .forEach(i -> text.append(contentSha256(i))
                            .append(' ')
                            .append(label(i))
                            .append('\n'));
            return Sha256.hex(text.toString().getBytes(StandardCharsets.UTF_8));
        }
    }
}

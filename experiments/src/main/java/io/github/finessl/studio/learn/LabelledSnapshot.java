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
import io.github.finessl.studio.folder.StudioException;
import io.github.finessl.studio.learn.TrainingPlan.Entry;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.StudioPhoto;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The photos of a {@link TrainingPlan}, for a training beside which labelling goes on: files are found by id, wherever they are
 * moved meanwhile.
 */
final class LabelledSnapshot {

    private static final int TRIES = 5;

    private LabelledSnapshot() {}

    /**
     * The photos for a training.
     *
     * @throws StudioException if some are not in the library
     */
    static Photos of(TrainingPlan plan, PhotoLibrary library) {
        Map<String, StudioPhoto> byContent = new HashMap<>();
        library.all().forEach(photo -> photo.sha256().ifPresent(sha256 -> byContent.putIfAbsent(sha256, photo)));
        List<Entry> missing = plan.photos().stream()
                .filter(photo -> !byContent.containsKey(photo.sha256()))
                .toList();
        if (!missing.isEmpty()) {
            throw new StudioException(
                    "The training cannot go on: %d of its %d photos are not in the folder as they were, %s for one, or have not been looked at yet."
                            .formatted(
                                    missing.size(),
                                    plan.photos().size(),
                                    missing.get(0).path()));
        }
        Snapshots parts = new Snapshots(library, plan, byContent);
        Dataset train = parts.of("train", Set.of(TrainingPlan.Part.LABELLED, TrainingPlan.Part.UNLABELLED));
        Dataset test = parts.of("test", Set.of(TrainingPlan.Part.TEST));
        Dataset strangers = parts.of("none", Set.of(TrainingPlan.Part.NONE));
        Dataset none = parts.of("none/test", Set.of());
        String name = library.folder().root().getFileName().toString();
        return Photos.of(
                new DataSource(name, DataSource.Kind.PHOTOS, true, train, test, new KnownStrangers(strangers, none)),
                Split.given(train));
    }

    /** A maker of the parts of one snapshot. */
    private record Snapshots(PhotoLibrary library, TrainingPlan plan, Map<String, StudioPhoto> byContent) {

        Dataset of(String name, Set<TrainingPlan.Part> which) {
            List<String> classes = plan.classes();
            List<Entry> some = plan.photos().stream()
                    .filter(photo -> which.contains(photo.part()))
                    .toList();
            return new Part(
                    library,
                    name,
                    classes,
                    some,
                    some.stream()
                            .map(photo -> byContent.get(photo.sha256()).id())
                            .toList(),
                    some.stream().map(photo -> label(photo, classes)).toList());
        }

        private static int label(Entry photo, List<String> classes) {
            return switch (photo.part()) {
                case LABELLED, TEST -> classes.indexOf(photo.className());
                case NONE -> Dataset.STRANGER;
                case UNLABELLED -> Dataset.UNKNOWN;
            };
        }
    }

    /** A part of the snapshot as a data set. */
    private record Part(
            PhotoLibrary library,
            String name,
            List<String> classes,
            List<Entry> photos,
            List<String> ids,
            List<Integer> labels)
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
                    StudioPhoto now = library.photo(ids.get(index));
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
            return photos.get(index).sha256();
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

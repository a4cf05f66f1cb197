package io.github.finessl.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A user's own photos in folders: {@code labelled/<class>/}, {@code unlabelled/} and {@code test/<class>/}, each in any
 * depth and order of {@link ImageFolders}, decoded by {@link ImageDecoder#PHOTO}.
 *
 * <p>Files that do not end like an image are passed over, and so are {@link HiddenFiles}, with all that lies in hidden
 * folders; images that cannot be decoded, and links to nowhere, are left out: see {@link Dataset#skipped}. Class names are
 * those of {@link ClassNames}.
 */
public final class PhotoFolders {

    private static final Logger log = LoggerFactory.getLogger(PhotoFolders.class);

    /** Also of images that cannot be decoded, so that they are named rather than passed over. */
    static final Set<String> ENDINGS = Stream.concat(
                    ImageFolders.ENDINGS.stream(), Stream.of("jpe", "jfif", "gif", "heic", "heif", "avif"))
            .collect(Collectors.toUnmodifiableSet());

    private PhotoFolders() {}

    /**
     * Opens folders of photos as one data set that brings its split: labelled images with, then unlabelled ones without
     * a label are the training part. Its name is that of the folder which holds both the labelled and the unlabelled
     * folder, else that of the labelled one.
     *
     * <p>Without a test folder, a share of every class's labelled images is the test part instead: those with the smallest
     * SHA-256, whatever the files are called; copies stay together. At least one image of a class that has two, and never
     * all of them. With a share of 0 the test part is empty.
     *
     * @param unlabelled empty if there are no unlabelled images
     * @param test may lack folders of classes, but must not have any of its own
     * @param testShare of the labelled images, from 0 to below 1; 0 where there is a test folder
     * @throws DataException if a folder is missing or empty, if there are fewer than two classes, a class without an image
     *     that can be decoded, an image in two classes, or a folder inside of another
     */
    public static DataSource open(Path labelled, Optional<Path> unlabelled, Optional<Path> test, double testShare) {
        if (!(testShare >= 0 && testShare < 1)) {
            throw new IllegalArgumentException("The share of test images is from 0 to below 1, not " + testShare);
        }
        if (test.isPresent() && testShare > 0) {
            throw new IllegalArgumentException(
                    "Test images come from a folder or are a share of the labelled ones, not both");
        }
        List<String> classes = PhotoChecks.classes(labelled);
        ClassLevel.doubt(labelled, ImageFolders.classFolders(labelled)).ifPresent(log::warn);
        unlabelled.ifPresent(PhotoChecks::requireFolder);
        test.ifPresent(folder -> PhotoChecks.requireClassesOf(folder, classes, labelled.toString()));
        PhotoChecks.requireApart(Stream.concat(Stream.of(labelled), Stream.concat(unlabelled.stream(), test.stream()))
                .toList());

        return assembled(
                new Found(
                        name(labelled, unlabelled),
                        labelled,
                        classes,
                        labelled(labelled, classes),
                        unlabelled.map(PhotoFolders::unlabelled).orElse(List.of())),
                unlabelled,
                test,
                testShare);
    }

    /**
     * Opens photos with the labels of a table as one data set that brings its split, as {@link #open(Path, Optional,
     * Optional, double)} does; without a test folder, a share of the labelled ones is the test part.
     *
     * @param labels CSV of rows {@code image,label}, see {@link LabelTable}
     * @param photos a folder, in any depth, of which what the table does not name is unlabelled; empty for none
     * @throws DataException if a file is missing, or a row cannot be used
     */
    public static DataSource labelledBy(Path labels, Optional<Path> photos, Optional<Path> test, double testShare) {
        photos.ifPresent(PhotoChecks::requireFolder);
        LabelTable table = LabelTable.read(labels, photos);
        test.ifPresent(folder -> PhotoChecks.requireClassesOf(folder, table.classes(), labels.toString()));
        Set<Path> named = table.files();
        List<ImageFiles.Entry> unlabelled = new ArrayList<>(table.unlabelled());
        photos.ifPresent(folder -> unlabelled(folder).stream()
                .filter(entry -> !named.contains(entry.file().toAbsolutePath().normalize()))
                .forEach(unlabelled::add));
        Path root = photos.orElse(labels.toAbsolutePath().normalize().getParent());
        return assembled(
                new Found(folderName(root), root, table.classes(), table.labelled(), unlabelled),
                unlabelled.isEmpty() ? Optional.empty() : Optional.of(root),
                test,
                testShare);
    }

    /**
     * Opens photos of which none is labelled as one data set, whose classes are known by their names alone.
     *
     * @param classes their names, two or more
     * @param photos a folder, in any depth
     * @param test may lack folders of classes, but must not have any of its own
     * @throws DataException if a folder is missing, empty or inside of the other
     */
    public static DataSource named(List<String> classes, Path photos, Optional<Path> test) {
        PhotoChecks.requireFolder(photos);
        test.ifPresent(folder -> PhotoChecks.requireClassesOf(folder, classes, "the list"));
        PhotoChecks.requireApart(Stream.concat(Stream.of(photos), test.stream()).toList());
        ImageIndex index = ImageIndex.of(photos, ImageDecoder.PHOTO);
        String name = folderName(photos);
        ImageFiles training = index.check(name + "/train", classes, unlabelled(photos));
        PhotoChecks.requireSomeUnlabelled(photos, training);
        List<ImageFiles.Entry> tests =
                test.map(folder -> labelled(folder, classes)).orElse(List.of());
        ImageFiles testing = index.check(name + "/test", classes, ofClasses(tests));
        test.ifPresent(folder -> PhotoChecks.requireSome(folder, testing));
        KnownStrangers strangers = new KnownStrangers(
                index.check(name + "/none", classes, List.of()),
                index.check(name + "/test/none", classes, strangers(tests)));
        index.save();
        return new DataSource(name, DataSource.Kind.PHOTOS, true, training, testing, strangers);
    }

    /** The images and classes found of a data set. */
    private record Found(
            String name,
            Path root,
            List<String> classes,
            List<ImageFiles.Entry> labelled,
            List<ImageFiles.Entry> unlabelled) {}

    /** @param unlabelled the folder that must have images without a label */
    private static DataSource assembled(Found found, Optional<Path> unlabelled, Optional<Path> test, double testShare) {
        String name = found.name();
        List<String> classes = found.classes();
        ImageIndex index = ImageIndex.of(found.root(), ImageDecoder.PHOTO);
        ImageFiles withLabels = index.check(name + "/labelled", classes, found.labelled());
        PhotoChecks.requireEveryClass(found.root(), withLabels);
        PhotoChecks.requireOneClassEach(withLabels);

        Set<String> chosen = testShare > 0 ? TestShare.of(found.root(), withLabels, testShare) : Set.of();
        Map<Boolean, List<ImageFiles.Entry>> parts = found.labelled().stream()
                .collect(Collectors.partitioningBy(
                        entry -> chosen.contains(entry.file().toString())));
        List<ImageFiles.Entry> train = new ArrayList<>(ofClasses(parts.get(false)));
        train.addAll(found.unlabelled());
        ImageFiles training = index.check(name + "/train", classes, train);
        unlabelled.ifPresent(folder -> PhotoChecks.requireSomeUnlabelled(folder, training));
        List<ImageFiles.Entry> tests =
                test.map(folder -> labelled(folder, classes)).orElse(parts.get(true));
        ImageFiles testing = index.check(name + "/test", classes, ofClasses(tests));
        test.ifPresent(folder -> PhotoChecks.requireSome(folder, testing));
        KnownStrangers strangers = new KnownStrangers(
                index.check(name + "/none", classes, strangers(parts.get(false))),
                index.check(name + "/test/none", classes, strangers(tests)));
        index.save();
        PhotoChecks.warnOfLeaks(training, testing);
        return new DataSource(name, DataSource.Kind.PHOTOS, true, training, testing, strangers);
    }

    private static List<ImageFiles.Entry> ofClasses(List<ImageFiles.Entry> entries) {
        return entries.stream()
                .filter(entry -> entry.label() != Dataset.STRANGER)
                .toList();
    }

    private static List<ImageFiles.Entry> strangers(List<ImageFiles.Entry> entries) {
        return entries.stream()
                .filter(entry -> entry.label() == Dataset.STRANGER)
                .toList();
    }

    /**
     * Opens a folder of labelled images to test a model on. Where none of them can be decoded, the set is empty but for
     * what it skips.
     *
     * @param folder with a folder for each class, or for some of them
     * @param classes of the model, in label order
     * @throws DataException if the folder is missing, has none of the classes' images, or a class of its own
     */
    public static Dataset test(Path folder, List<String> classes) {
        PhotoChecks.requireClassesOf(folder, classes, "the model");
        return checked(folder, classes, ofClasses(labelled(folder, classes)));
    }

    /**
     * Opens the images of none of the classes beside those of {@link #test}.
     *
     * @return empty where the folder has none
     */
    public static Optional<Dataset> testStrangers(Path folder, List<String> classes) {
        List<ImageFiles.Entry> found = strangers(labelled(folder, classes));
        return found.isEmpty() ? Optional.empty() : Optional.of(checked(folder, classes, found));
    }

    /**
     * Opens a folder of images without labels, in any depth, for a model to label. Where none of them can be decoded,
     * the set is empty but for what it skips.
     *
     * @param classes of the model, in label order
     * @throws DataException if the folder is missing or has no image
     */
    public static Dataset unlabelled(Path folder, List<String> classes) {
        PhotoChecks.requireFolder(folder);
        return checked(folder, classes, unlabelled(folder));
    }

    /**
     * The files in a folder, in any depth, that end like photos and are not hidden, in the order of their paths.
     *
     * @throws DataException if the folder is missing or cannot be listed
     */
    public static List<Path> files(Path folder) {
        PhotoChecks.requireFolder(folder);
        return ImageFolders.images(folder, ENDINGS);
    }

    private static ImageFiles checked(Path folder, List<String> classes, List<ImageFiles.Entry> entries) {
        PhotoChecks.requireSome(folder, entries.size(), List.of());
        ImageIndex index = ImageIndex.of(folder, ImageDecoder.PHOTO);
        ImageFiles found = index.check(folderName(folder), classes, entries);
        index.save();
        return found;
    }

    private static List<ImageFiles.Entry> labelled(Path folder, List<String> classes) {
        PhotoChecks.warnOfImagesBeside(folder);
        List<ImageFiles.Entry> entries = new ArrayList<>(ImageFolders.entries(folder, classes, ENDINGS));
        if (!classes.contains(KnownStrangers.NAME)) { // as a class of a model of an earlier version may be called
            ImageFolders.images(folder, KnownStrangers.NAME, ENDINGS).stream()
                    .map(file -> new ImageFiles.Entry(file, Dataset.STRANGER))
                    .forEach(entries::add);
        }
        return entries;
    }

    private static List<ImageFiles.Entry> unlabelled(Path folder) {
        return files(folder).stream()
                .map(file -> new ImageFiles.Entry(file, Dataset.UNKNOWN))
                .toList();
    }

    private static String name(Path labelled, Optional<Path> unlabelled) {
        Path parent = labelled.toAbsolutePath().normalize().getParent();
        boolean shared = unlabelled
                .map(folder ->
                        Objects.equals(folder.toAbsolutePath().normalize().getParent(), parent))
                .orElse(false);
        return folderName(shared && parent.getFileName() != null ? parent : labelled);
    }

    private static String folderName(Path folder) {
        return Objects.toString(folder.toAbsolutePath().normalize().getFileName(), "photos"); // of a whole disk
    }
}

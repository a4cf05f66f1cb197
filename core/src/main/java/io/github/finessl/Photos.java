package io.github.finessl;

import io.github.finessl.data.DataException;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.MemoryImages;
import io.github.finessl.data.PhotoFolders;
import io.github.finessl.data.Split;
import io.github.finessl.io.Numbers;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The photos of a training: which are labelled, which are not, and which test the model. Immutable; files are looked at when
 * they are first needed, and once.
 *
 * <pre>{@code
 * Photos.labelled(Path.of("photos/labelled")).unlabelled(Path.of("photos/unlabelled")).testShare(0.2)
 * Photos.csv(Path.of("labels.csv"), Path.of("photos"))
 * Photos.of(train, test)              // any two Datasets; images without a label are the unlabelled ones
 * Photos.of(source, Split.random(source.train(), 4, 1))
 * }</pre>
 */
public final class Photos {

    private final Places places;
    private final Supplier<PreparedRun.Data> opener;
    private PreparedRun.Data data;

    /** The folders and files that photos on disk are in. */
    private record Places(
            Optional<Path> labelled,
            Optional<Path> table,
            List<String> named,
            Optional<Path> unlabelled,
            Optional<Path> test,
            double testShare,
            int heldOut) {

        SortedMap<String, String> recorded() {
            SortedMap<String, String> texts = new TreeMap<>();
            labelled.ifPresent(folder -> texts.put("labelled", folder.toString()));
            table.ifPresent(file -> texts.put("labelTable", file.toString()));
            unlabelled.ifPresent(folder -> texts.put(table.isPresent() ? "photos" : "unlabelled", folder.toString()));
            test.ifPresent(folder -> texts.put("testFolder", folder.toString()));
            if (!named.isEmpty()) {
                texts.put("classes", String.join(",", named));
            }
            return texts;
        }

        PreparedRun.Data open() {
            if (!named.isEmpty()) {
                DataSource source = PhotoFolders.named(named, unlabelled.orElseThrow(), test);
                return new PreparedRun.Data(source, Split.unlabelledAlone(source.train()), new TreeMap<>());
            }
            DataSource source = labelled.isPresent()
                    ? PhotoFolders.open(labelled.get(), unlabelled, test, testShare)
                    : PhotoFolders.labelledBy(table.orElseThrow(), unlabelled, test, testShare);
            SortedMap<String, String> identity = new TreeMap<>();
            identity.put("labels", "4"); // as runs of photos always had it, though the photos bring their own labels
            identity.put("heldOut", Integer.toString(heldOut));
            if (testShare > 0) {
                identity.put("testShare", Numbers.text(testShare));
            }
            Split split = Split.given(source.train());
            return new PreparedRun.Data(
                    source, heldOut == 0 ? split : split.holdOutLabelled(source.train(), heldOut), identity);
        }
    }

    private Photos(Places places, Supplier<PreparedRun.Data> opener) {
        this.places = places;
        this.opener = opener;
    }

    private static Photos at(Places places) {
        return new Photos(places, places::open);
    }

    /** Labelled photos in a folder for each class, in any depth. */
    public static Photos labelled(Path folder) {
        return at(
                new Places(Optional.of(folder), Optional.empty(), List.of(), Optional.empty(), Optional.empty(), 0, 0));
    }

    /**
     * Photos with the labels of a table.
     *
     * @param table CSV with the columns {@code image}, a path relative to the table or to the folder, and {@code label}, empty
     *     where it is not known
     * @param folder of which all photos that the table does not name are unlabelled
     */
    public static Photos csv(Path table, Path folder) {
        return at(new Places(
                Optional.empty(), Optional.of(table), List.of(), Optional.of(folder), Optional.empty(), 0, 0));
    }

    /**
     * Photos of which none is labelled, for a training whose text tower tells the classes apart by their names.
     *
     * @param classes their names, two or more
     * @param folder of the photos, in any depth
     */
    public static Photos named(List<String> classes, Path folder) {
        return at(new Places(
                Optional.empty(), Optional.empty(), List.copyOf(classes), Optional.of(folder), Optional.empty(), 0, 0));
    }

    /**
     * Photos from any other source, as data sets.
     *
     * @param train labelled ones, and unlabelled ones with {@link Dataset#UNKNOWN} for a label
     * @param test of the same classes; may be empty
     */
    public static Photos of(Dataset train, Dataset test) {
        DataSource source = new DataSource(train.name(), DataSource.Kind.MEMORY, true, train, test);
        return of(source, Split.given(train));
    }

    /** A data set with a split, which says which images are labelled. */
    public static Photos of(DataSource source, Split split) {
        SortedMap<String, String> identity = new TreeMap<>();
        identity.put("split", split.sha256());
        return of(new PreparedRun.Data(source, split, identity));
    }

    /** A data set with a split and an identity, for callers that have their own names for those. */
    public static Photos of(PreparedRun.Data data) {
        return new Photos(null, () -> data);
    }

    /**
     * Pictures in memory; there are none to test on.
     *
     * @param labelled by the names of their classes
     */
    public static Photos inMemory(Map<String, List<BufferedImage>> labelled, List<BufferedImage> unlabelled) {
        List<String> classes = labelled.keySet().stream().sorted().toList();
        List<BufferedImage> pictures = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        for (String name : classes) {
            pictures.addAll(labelled.get(name));
            labels.addAll(labelled.get(name).stream()
                    .map(picture -> classes.indexOf(name))
                    .toList());
        }
        pictures.addAll(unlabelled);
        labels.addAll(IntStream.range(0, unlabelled.size())
                .mapToObj(i -> Dataset.UNKNOWN)
                .toList());
        return of(
                MemoryImages.of("memory", classes, pictures, labels),
                MemoryImages.of("memory/test", classes, List.of(), List.of()));
    }

    private Places places(String setting) {
        if (places == null) {
            throw new SettingsException(setting, "these photos are given as a whole, not as folders");
        }
        return places;
    }

    private Places labelledPlaces(String setting) {
        Places now = places(setting);
        if (!now.named().isEmpty()) {
            throw new SettingsException(setting, "none of these photos is labelled");
        }
        return now;
    }

    /** These photos with all in a folder, in any depth, as unlabelled ones. */
    public Photos unlabelled(Path folder) {
        Places now = places("unlabelled");
        return at(new Places(
                now.labelled(),
                now.table(),
                now.named(),
                Optional.of(folder),
                now.test(),
                now.testShare(),
                now.heldOut()));
    }

    /** These photos with those in a folder for each class to test the model on. */
    public Photos test(Path folder) {
        Places now = places("testFolder");
        return at(new Places(
                now.labelled(), now.table(), now.named(), now.unlabelled(), Optional.of(folder), 0, now.heldOut()));
    }

    /**
     * These photos with a share of the labelled ones set aside to test the model on.
     *
     * @param share of each class, above 0 and below 1
     * @throws SettingsException if it is not
     */
    public Photos testShare(double share) {
        Places now = labelledPlaces("testShare");
        if (!(share > 0 && share < 1)) {
            throw new SettingsException("testShare", Double.toString(share), "it must be a number above 0 and below 1");
        }
        return at(new Places(
                now.labelled(), now.table(), now.named(), now.unlabelled(), Optional.empty(), share, now.heldOut()));
    }

    /**
     * These photos with labelled ones held out of the training, by which the model learns how sure it may be: its
     * probabilities are calibrated on them, and the threshold below which it answers none is set by them. Each costs a label.
     *
     * @param perClass of each class, but never its last one
     * @throws SettingsException if it is negative
     */
    public Photos heldOut(int perClass) {
        Places now = labelledPlaces("heldOut");
        if (perClass < 0) {
            throw new SettingsException("heldOut", Integer.toString(perClass), "it must be a whole number from 0 on");
        }
        return at(new Places(
                now.labelled(), now.table(), now.named(), now.unlabelled(), now.test(), now.testShare(), perClass));
    }

    /** The photos in the form that the training takes them. */
    synchronized PreparedRun.Data data() {
        if (data == null) {
            data = opener.get();
        }
        return data;
    }

    /** Whether none of the photos is labelled, not even by their source. */
    boolean areUnlabelled() {
        return data().split().labelled().length == 0;
    }

    /** The folders and files by the names of options, for records. */
    SortedMap<String, String> recorded() {
        return places == null ? new TreeMap<>() : places.recorded();
    }

    /**
     * The training part and the test part as one source.
     *
     * @throws DataException if a folder or file cannot be used
     */
    public DataSource source() {
        return data().source();
    }

    /** The split of the training part into labelled and unlabelled photos. */
    public Split split() {
        return data().split();
    }

    /** The names of the classes. */
    public List<String> classes() {
        return source().classes();
    }

    /** The photos that test the model; empty where there are none. */
    public Dataset test() {
        return source().test();
    }
}

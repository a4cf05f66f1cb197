package io.github.finessl.experiments.run;

import io.github.finessl.PreparedRun;
import io.github.finessl.data.ClassList;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Datasets;
import io.github.finessl.data.LabelledList;
import io.github.finessl.data.LongTail;
import io.github.finessl.data.OpenSet;
import io.github.finessl.data.PhotoFolders;
import io.github.finessl.data.Split;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.io.Numbers;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The data that options ask for: which data set, which part of it, and which of its images are labelled. */
public final class DataOptions {

    private static final String FOLDER = "data";

    /** The options besides {@code data} that decide which images are opened. */
    private static final List<Option<?>> SOURCE_OPTIONS = List.of(
            Option.LABELLED,
            Option.UNLABELLED,
            Option.LABEL_TABLE,
            Option.PHOTOS,
            Option.TEST,
            Option.TEST_SHARE,
            Option.CLASSES,
            Option.UNLABELLED_PART,
            Option.SEEN_CLASSES);

    private DataOptions() {}

    /** A key that is equal for options which open the same images. */
    static String key(Options options) {
        return Stream.concat(Stream.of(Option.DATA), SOURCE_OPTIONS.stream())
                .map(option -> options.toMap().get(option.name()))
                .collect(Collectors.joining("\n"));
    }

    /** The images of a training, opened and split. */
    static PreparedRun.Data open(Options options, long seed) {
        DataSource source = open(options, Path.of(""));
        return new PreparedRun.Data(source, split(options, source, seed, Path.of("")), identity(options, Path.of("")));
    }

    /**
     * Opens the data set that the options name.
     *
     * @param root what relative paths start from
     * @throws OptionException for an option that it does not understand
     */
    static DataSource open(Options options, Path root) {
        if (areOfPhotos(options)) {
            return withSeenClasses(options, photos(options, root));
        }
        refuse(
                options,
                List.of(Option.UNLABELLED, Option.PHOTOS, Option.TEST, Option.TEST_SHARE),
                "is only for -Dlabelled or -DlabelTable");
        Path folder = root.resolve(FOLDER);
        String name = checkedName(options, folder);
        return withSeenClasses(
                options,
                wantsStrangers(options) ? Datasets.openWithStrangers(name, folder) : Datasets.open(name, folder));
    }

    private static boolean areOfPhotos(Options options) {
        return options.get(Option.LABELLED).isPresent()
                || options.get(Option.CLASSES).isPresent()
                || options.get(Option.LABEL_TABLE).isPresent();
    }

    private static void refuse(Options options, List<Option<?>> others, String why) {
        for (Option<?> option : others) {
            if (!options.toMap().get(option.name()).equals(Option.NONE)) {
                throw new OptionException("-D" + option.name() + " " + why + ".");
            }
        }
    }

    /** Photos without a label, whose classes the user names. */
    private static DataSource named(Options options, String classes, Path root) {
        refuse(
                options,
                List.of(Option.LABELLED, Option.LABEL_TABLE, Option.PHOTOS, Option.TEST_SHARE),
                "and -Dclasses cannot be used together: -Dclasses is for photos without any label");
        Path pile = options.get(Option.UNLABELLED)
                .orElseThrow(() -> new OptionException("-Dclasses needs -Dunlabelled, the photos to learn from."));
        if (options.get(Option.TEXT_ENCODER).isEmpty()) {
            throw new OptionException(
                    "-Dclasses needs -DtextEncoder, the text tower that tells the classes apart by their names.");
        }
        if (options.get(Option.HELD_OUT) > 0) {
            throw new OptionException("-DheldOut keeps labelled photos out, but with -Dclasses none is labelled.");
        }
        return PhotoFolders.named(
                ClassList.of(classes),
                root.resolve(pile),
                options.get(Option.TEST).map(root::resolve));
    }

    private static DataSource photos(Options options, Path root) {
        if (options.get(Option.CLASSES).isPresent()) {
            if (options.given().containsKey(Option.DATA.name())) {
                throw new OptionException("-Ddata and -Dclasses cannot be used together.");
            }
            return named(options, options.get(Option.CLASSES).get(), root);
        }
        boolean folders = options.get(Option.LABELLED).isPresent();
        if (options.given().containsKey(Option.DATA.name())) {
            throw new OptionException("-Ddata and -D" + (folders ? Option.LABELLED : Option.LABEL_TABLE).name()
                    + " cannot be used together.");
        }
        if (options.get(Option.TEST).isPresent()
                && options.get(Option.TEST_SHARE).isPresent()) {
            throw new OptionException("-DtestFolder and -DtestShare cannot be used together.");
        }
        Optional<Path> test = options.get(Option.TEST).map(root::resolve);
        double share = options.get(Option.TEST_SHARE).orElse(0.0);
        if (folders) {
            refuse(options, List.of(Option.LABEL_TABLE, Option.PHOTOS), "and -Dlabelled cannot be used together");
            return PhotoFolders.open(
                    root.resolve(options.get(Option.LABELLED).get()),
                    options.get(Option.UNLABELLED).map(root::resolve),
                    test,
                    share);
        }
        refuse(options, List.of(Option.UNLABELLED), "is only for -Dlabelled; with -DlabelTable, use -Dphotos");
        return PhotoFolders.labelledBy(
                root.resolve(options.get(Option.LABEL_TABLE).get()),
                options.get(Option.PHOTOS).map(root::resolve),
                test,
                share);
    }

    /**
     * The options that tell the images of a run from those of other runs, besides their content. An option that is none by
     * default is left out where it is none, so that runs recorded before it existed remain valid.
     *
     * @param root what relative paths start from
     */
    static SortedMap<String, String> identity(Options options, Path root) {
        SortedMap<String, String> texts = new TreeMap<>();
        texts.put(Option.LABELS.name(), options.get(Option.LABELS).toString());
        texts.put(Option.HELD_OUT.name(), options.get(Option.HELD_OUT).toString());
        for (Option<Optional<Double>> share :
                List.of(Option.TEST_SHARE, Option.IMBALANCE, Option.UNLABELLED_IMBALANCE)) {
            options.get(share).ifPresent(value -> texts.put(share.name(), Numbers.text(value)));
        }
        options.get(Option.UNLABELLED_MOST)
                .ifPresent(most -> texts.put(Option.UNLABELLED_MOST.name(), most.toString()));
        options.get(Option.SEEN_CLASSES).ifPresent(seen -> texts.put(Option.SEEN_CLASSES.name(), seen));
        options.get(Option.UNLABELLED_PART).ifPresent(part -> texts.put(Option.UNLABELLED_PART.name(), part));
        if (options.get(Option.REVERSED)) {
            texts.put(Option.REVERSED.name(), "true");
        }
        options.get(Option.LABELLED_LIST)
                .ifPresent(list -> texts.put(Option.LABELLED_LIST.name(), LabelledList.sha256(root.resolve(list))));
        return texts;
    }

    /** A sentence that says that a data set is missing and how to get it; empty where its folder exists. */
    public static Optional<String> absence(Options options) {
        return areOfPhotos(options) ? Optional.empty() : Datasets.absence(options.get(Option.DATA), Path.of(FOLDER));
    }

    /** Opens a data set for inspection, even where files are missing or unreadable. */
    public static DataSource inspect(Options options) {
        if (areOfPhotos(options)) {
            return open(options, Path.of(""));
        }
        Path folder = Path.of(FOLDER);
        return withSeenClasses(
                options, Datasets.inspect(checkedName(options, folder), folder, wantsStrangers(options)));
    }

    /**
     * Splits the training images into labelled, unlabelled and held-out ones.
     *
     * @param root what relative paths start from
     * @throws OptionException for options that do not go together, or not with the data set
     */
    public static Split split(Options options, DataSource source, long seed, Path root) {
        requireOneKindOfSplit(options, source);
        int labels = options.get(Option.LABELS);
        boolean reference = options.isReference();
        Split split;
        if (options.get(Option.CLASSES).isPresent()) {
            split = Split.unlabelledAlone(source.train());
        } else if (source.bringsSplit()) {
            split = Split.given(source.train());
        } else if (options.get(Option.LABELLED_LIST).isPresent()) {
            int[] listed = LabelledList.indices(
                    root.resolve(options.get(Option.LABELLED_LIST).get()), source.train());
            split = Split.listed(source.train(), listed, reference);
        } else if (isLongTailed(options)) {
            split = longTail(options, source, seed);
        } else if (reference) {
            split = Split.firstOfEachClass(source.train(), labels);
        } else {
            split = Split.random(source.train(), labels, seed);
        }
        int heldOut = options.get(Option.HELD_OUT);
        if (heldOut == 0) {
            return split;
        }
        return source.kind() == DataSource.Kind.PHOTOS
                ? split.holdOutLabelled(source.train(), heldOut)
                : split.holdOut(source.train(), heldOut, seed);
    }

    private static String checkedName(Options options, Path folder) {
        String name = options.get(Option.DATA);
        DataSource.Kind kind = Datasets.kind(name, folder);
        if (options.get(Option.UNLABELLED_PART).isPresent() && kind != DataSource.Kind.SEMI_AVES) {
            throw new OptionException("-DunlabelledPart chooses between the unlabelled lists of Semi-Aves, but " + name
                    + " is " + kind + ".");
        }
        if (options.get(Option.LABELLED_LIST).isPresent() && kind != DataSource.Kind.FOLDERS) {
            throw new OptionException(
                    "-DlabelledList names images in class folders, but " + name + " is " + kind + ".");
        }
        return name;
    }

    private static boolean wantsStrangers(Options options) {
        return options.get(Option.UNLABELLED_PART).equals(Optional.of("in+out"));
    }

    private static DataSource withSeenClasses(Options options, DataSource source) {
        if (options.get(Option.SEEN_CLASSES).isEmpty()) {
            return source;
        }
        int classes = source.classes().size();
        String wanted = options.get(Option.SEEN_CLASSES).get();
        int seen = wanted.equals("half") ? classes / 2 : Integer.parseInt(wanted);
        if (seen < 1 || seen >= classes) {
            throw new OptionException("-DseenClasses=%s must leave some of the %d classes of %s seen and some unseen."
                    .formatted(wanted, classes, source.name()));
        }
        return OpenSet.of(source, seen);
    }

    /** Whether the classes are to have different numbers of images. */
    private static boolean isLongTailed(Options options) {
        return options.get(Option.IMBALANCE).isPresent()
                || options.get(Option.UNLABELLED_IMBALANCE).isPresent();
    }

    private static void requireOneKindOfSplit(Options options, DataSource source) {
        List<String> ways = Stream.of(
                        isLongTailed(options) ? "-Dimbalance" : "",
                        options.get(Option.SEEN_CLASSES).isPresent() ? "-DseenClasses" : "",
                        options.get(Option.LABELLED_LIST).isPresent() ? "-DlabelledList" : "")
                .filter(way -> !way.isEmpty())
                .toList();
        if (ways.size() > 1) {
            throw new OptionException(String.join(" and ", ways) + " cannot be used together.");
        }
        if (source.bringsSplit() && !ways.isEmpty()) {
            throw new OptionException(
                    "%s brings its own split, so that %s cannot be used.".formatted(source.name(), ways.get(0)));
        }
        if (!isLongTailed(options)
                && (options.get(Option.UNLABELLED_MOST).isPresent() || options.get(Option.REVERSED))) {
            throw new OptionException(
                    "-DunlabelledMost and -Dreversed need -Dimbalance or -DunlabelledImbalance (1 is balanced).");
        }
    }

    private static Split longTail(Options options, DataSource source, long seed) {
        int[] available = Split.countsByClass(source.train());
        int classes = available.length;
        double ratio = options.get(Option.IMBALANCE).orElse(1.0);
        double unlabelledRatio = options.get(Option.UNLABELLED_IMBALANCE).orElse(ratio);
        boolean reversed = options.get(Option.REVERSED);
        int labels = options.get(Option.LABELS);
        int[] labelled = LongTail.counts(labels, classes, ratio, false);
        int unlabelledClass = IntStream.range(0, classes)
                .filter(label -> labelled[label] == 0)
                .findFirst()
                .orElse(-1);
        if (unlabelledClass >= 0) {
            throw new OptionException("-Dlabels=%d with -Dimbalance=%s leaves class '%s' without a label."
                    .formatted(
                            labels,
                            options.toMap().get(Option.IMBALANCE.name()),
                            source.classes().get(unlabelledClass)));
        }
        int[] remaining = IntStream.range(0, classes)
                .map(label -> available[label] - labelled[label])
                .toArray();
        int most = options.get(Option.UNLABELLED_MOST)
                .orElseGet(() -> LongTail.most(remaining, unlabelledRatio, reversed));
        int[] unlabelled = LongTail.counts(most, classes, unlabelledRatio, reversed);
        return options.isReference()
                ? Split.firstLongTail(source.train(), labelled, unlabelled)
                : Split.longTail(source.train(), labelled, unlabelled, seed);
    }
}

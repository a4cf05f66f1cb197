package io.github.finessl.experiments.tool;

import io.github.finessl.data.DataException;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.Datasets;
import io.github.finessl.data.SkippedImage;
import io.github.finessl.data.Split;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.run.DataOptions;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.io.AtomicFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A check that reads every image of a data set: {@code mvn exec:java -Dexp=CheckData -Ddata=...}. It ends with
 * {@link Exit#BAD_FILE} where images are missing or cannot be read, or where a run with these options would refuse the
 * set.
 */
public final class CheckData implements Experiment {

    private static final int CLASSES_TO_PRINT = 20;
    private static final int CLASSES_TO_NAME = 5;
    private static final int FILES_TO_PRINT = 100;

    @Override
    public String name() {
        return "CheckData";
    }

    @Override
    public String summary() {
        return "Counts a data set's images, names those that cannot be read and those in both parts";
    }

    /** The numbers of images of each class in each part and in the split; without a split the last two are empty. */
    private record Counts(List<String> classes, int[] train, int[] test, int[] labelled, int[] unlabelled) {

        static Counts of(DataSource source, Split split) {
            int[] labelled = split == null ? new int[0] : split.labelled();
            int[] unlabelled = split == null ? new int[0] : split.unlabelled();
            return new Counts(
                    source.classes(),
                    byClass(source.train(), all(source.train())),
                    byClass(source.test(), all(source.test())),
                    byClass(source.train(), labelled),
                    byClass(source.train(), unlabelled));
        }

        private static int[] all(Dataset part) {
            return IntStream.range(0, part.size()).toArray();
        }

        private static int[] byClass(Dataset part, int[] images) {
            int[] counts = new int[part.classes().size()];
            Arrays.stream(images).map(part::label).filter(label -> label >= 0).forEach(label -> counts[label]++);
            return counts;
        }

        String toCsv() {
            StringBuilder text = new StringBuilder("class,train,test,labelled,unlabelled\n");
            for (int label = 0; label < train.length; label++) {
                text.append(quoted(classes.get(label)))
                        .append(',')
                        .append(row(label, ",%d,%d,%d,%d\n").substring(1));
            }
            return text.toString();
        }

        String row(int label, String form) {
            return form.formatted(train[label], test[label], labelled[label], unlabelled[label]);
        }
    }

    @Override
    public Exit run(Options options, RunContext context) throws IOException {
        PrintStream out = context.out();
        DataSource source = DataOptions.inspect(options);
        out.printf(
                "%s: %s, %d classes%n",
                source.name(), source.kind(), source.classes().size());
        out.printf(
                "  %,d training images%s, %,d test images%n",
                source.train().size(), classless(source), source.test().size());

        String fault = "";
        Split split = null;
        try {
            split = DataOptions.split(options, source, options.get(Option.SEEDS).get(0), Path.of(""));
            out.printf("  split of seed %d: %s%n", options.get(Option.SEEDS).get(0), split);
            Datasets.requireUsable(source);
        } catch (DataException e) {
            fault = e.getMessage();
        }
        Path csv = options.get(Option.OUT).resolve("checkdata-" + source.name() + ".csv");
        Counts counts = Counts.of(source, split);
        AtomicFile.write(csv, counts.toCsv());
        printCounts(counts, out);
        out.printf("  counts of every class: %s%n", csv);
        printEmpty("train", counts.train(), counts.classes(), out);
        printEmpty("test", counts.test(), counts.classes(), out);

        List<SkippedImage> skipped = source.skipped();
        long missing = skipped.stream().filter(SkippedImage::missing).count();
        out.printf("  %,d files missing, %,d unreadable%n", missing, skipped.size() - missing);
        printFiles(skipped, csv.resolveSibling("checkdata-" + source.name() + "-files.csv"), out);
        List<String> pairs = duplicates(source);
        out.printf("  %,d test images are copies of training images%n", pairs.size());
        pairs.forEach(pair -> out.printf("    %s%n", pair));
        if (!fault.isEmpty()) {
            out.printf("  a training would refuse this data set: %s%n", fault);
        }
        return skipped.isEmpty() && fault.isEmpty() ? Exit.OK : Exit.BAD_FILE;
    }

    /** Prints the names of unreadable images; of many, the first ones, and writes all to a file. */
    private static void printFiles(List<SkippedImage> skipped, Path file, PrintStream out) throws IOException {
        skipped.stream()
                .limit(FILES_TO_PRINT)
                .forEach(image -> out.printf("    %s %s%n", image.source(), image.reason()));
        if (skipped.size() > FILES_TO_PRINT) {
            AtomicFile.write(
                    file,
                    skipped.stream()
                            .map(image -> quoted(image.source()) + "," + quoted(image.reason()) + "\n")
                            .collect(Collectors.joining("", "file,reason\n", "")));
            out.printf("    and %,d others; %s lists all%n", skipped.size() - FILES_TO_PRINT, file);
        }
    }

    private static String quoted(String text) {
        return '"' + text.replace("\"", "\"\"") + '"';
    }

    private static String classless(DataSource source) {
        Dataset train = source.train();
        long unknown = count(train, Dataset.UNKNOWN);
        long strangers = count(train, Dataset.STRANGER);
        List<String> parts = new ArrayList<>();
        if (unknown > 0) {
            parts.add("%,d of unknown class".formatted(unknown));
        }
        if (strangers > 0) {
            parts.add("%,d of none of the classes".formatted(strangers));
        }
        return parts.isEmpty() ? "" : " (" + String.join(", ", parts) + ")";
    }

    private static long count(Dataset part, int label) {
        return IntStream.range(0, part.size())
                .filter(i -> part.label(i) == label)
                .count();
    }

    private static void printCounts(Counts counts, PrintStream out) {
        int classes = counts.classes().size();
        if (classes <= CLASSES_TO_PRINT) {
            out.printf("  %-30s %8s %8s %8s %10s%n", "class", "train", "test", "labelled", "unlabelled");
            for (int label = 0; label < classes; label++) {
                out.printf("  %-30s %s%n", counts.classes().get(label), counts.row(label, "%8d %8d %8d %10d"));
            }
            return;
        }
        out.printf("  %-30s %8s %8s %8s%n", "images of a class", "least", "median", "most");
        printSpread("train", counts.train(), out);
        printSpread("test", counts.test(), out);
        printSpread("labelled", counts.labelled(), out);
        printSpread("unlabelled", counts.unlabelled(), out);
    }

    private static void printSpread(String name, int[] counts, PrintStream out) {
        int[] sorted = Arrays.stream(counts).sorted().toArray();
        out.printf("  %-30s %8d %8d %8d%n", name, sorted[0], sorted[sorted.length / 2], sorted[sorted.length - 1]);
    }

    private static void printEmpty(String part, int[] counts, List<String> classes, PrintStream out) {
        List<String> empty = IntStream.range(0, counts.length)
                .filter(label -> counts[label] == 0)
                .mapToObj(classes::get)
                .toList();
        if (!empty.isEmpty()) {
            out.printf(
                    "  %d classes without a readable image in %s: %s%s%n",
                    empty.size(),
                    part,
                    String.join(", ", empty.subList(0, Math.min(empty.size(), CLASSES_TO_NAME))),
                    empty.size() > CLASSES_TO_NAME ? " and others" : "");
        }
    }

    /** The test images that have the same bytes as a training image, each with that one. */
    private static List<String> duplicates(DataSource source) {
        Map<String, Integer> training = new HashMap<>();
        for (int i = 0; i < source.train().size(); i++) {
            training.putIfAbsent(source.train().contentSha256(i), i);
        }
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < source.test().size(); i++) {
            Integer twin = training.get(source.test().contentSha256(i));
            if (twin != null) {
                pairs.add(source.test().source(i) + " = " + source.train().source(twin));
            }
        }
        return pairs;
    }
}

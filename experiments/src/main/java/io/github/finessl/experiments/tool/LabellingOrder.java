package io.github.finessl.experiments.tool;

import io.github.finessl.PhotoFeatures;
import io.github.finessl.data.DataException;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.Datasets;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.experiments.tool.OneByOne.Order;
import io.github.finessl.report.Machine;
import io.github.finessl.report.ResultTable;
import io.github.finessl.report.ResultTable.Cell;
import io.github.finessl.report.ResultTable.Measured;
import io.github.finessl.report.ResultTable.Row;
import io.github.finessl.report.Summary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A study of the order in which photos are best labelled one by one, without any training: how often the guesses from frozen
 * features are right on other photos after some labels. All photos are training images: a random part is labelled from, the
 * guesses are tested on the rest. Data sets that are not there are left out.
 *
 * <p>{@code mvn exec:java -Dexp=LabellingOrder}: ten draws at random, five of the other orders.
 */
public final class LabellingOrder implements Experiment {
    private static final int DRAWS_AT_RANDOM = 10;
    private static final int DRAWS = 5;

    /**
     * A data set and how many of its training images are labelled from.
     *
     * @param pool 0 for half of them
     */
    private record Photos(String data, int pool) {}

    private static final List<Photos> SETS =
            List.of(new Photos("cifar10-mini", 500), new Photos("grocery-12", 0), new Photos("grocery-81", 0));

    @Override
    public String name() {
        return "LabellingOrder";
    }

    @Override
    public String summary() {
        return "Which photos to label first: guesses after 10, 20, 30 and 50 labels";
    }

    @Override
    public String folder() {
        return "labelling-order";
    }

    @Override
    public Set<Profile> profiles() {
        return EnumSet.of(Profile.QUICK);
    }

    @Override
    public Exit run(Options options, RunContext context) throws IOException {
        List<ResultTable> tables = new ArrayList<>();
        for (Photos photos : SETS) {
            Dataset train;
            try {
                train = Datasets.open(photos.data(), Path.of("data")).train();
            } catch (DataException e) {
                context.out().printf("%s is left out: %s%n", photos.data(), e.getMessage());
                continue;
            }
            int pool = photos.pool() > 0 ? photos.pool() : train.size() / 2;
            float[][] features = features(train, options);
            List<Row> rows = new ArrayList<>();
            for (Order order : Order.values()) {
                if (context.stopRequested()) {
                    return Exit.INTERRUPTED;
                }
                rows.add(row(order, train, features, pool));
                context.out()
                        .printf(
                                "%s, %s: %s%n",
                                photos.data(),
                                order,
                                rows.get(rows.size() - 1).cells().stream()
                                        .map(Cell::text)
                                        .toList());
            }
            tables.add(new ResultTable(
                    "%s: right guesses in %% after so many labels, one by one".formatted(photos.data()),
                    "order",
                    OneByOne.AFTER.stream().map(count -> count + " labels").toList(),
                    rows,
                    "%,d of %,d training images are labelled from, the guesses are tested on the others; mean and standard deviation of %d draws (at random %d). %s."
                            .formatted(
                                    pool,
                                    train.size(),
                                    DRAWS,
                                    DRAWS_AT_RANDOM,
                                    Machine.here().cpu())));
        }
        Path directory = options.get(Option.OUT).resolve(folder());
        ResultTable.write(tables, directory);
        context.print(ResultTable.toMarkdown(tables));
        context.out().printf("%nFiles: %s%n", directory);
        return Exit.OK;
    }

    private static float[][] features(Dataset train, Options options) {
        try (PhotoFeatures features = PhotoFeatures.open(options.get(Option.ENCODER), options.get(Option.PRECISION))) {
            for (int i = 0; i < train.size(); i += 32) {
                features.add(IntStream.range(i, Math.min(train.size(), i + 32))
                        .mapToObj(image -> new PhotoFeatures.Decoded(
                                train.contentSha256(image), train.image(image, features.shortSide())))
                        .toList());
            }
            return IntStream.range(0, train.size())
                    .mapToObj(i -> features.known(train.contentSha256(i)).orElseThrow())
                    .toArray(float[][]::new);
        }
    }

    private static Row row(Order order, Dataset train, float[][] features, int pool) {
        Map<Integer, List<Double>> right = new TreeMap<>();
        int draws = order == Order.AT_RANDOM ? DRAWS_AT_RANDOM : DRAWS;
        for (int draw = 0; draw < draws; draw++) {
            List<Integer> images =
                    new ArrayList<>(IntStream.range(0, train.size()).boxed().toList());
            Collections.shuffle(images, new Random(draw));
            OneByOne labels = new OneByOne(
                    part(images.subList(0, pool), train, features),
                    part(images.subList(pool, images.size()), train, features),
                    new Random(draw));
            labels.label(order)
                    .forEach((count, share) -> right.computeIfAbsent(count, none -> new ArrayList<>())
                            .add(100 * share));
        }
        List<Cell> cells = new ArrayList<>();
        right.values().forEach(values -> cells.add(new Measured(Summary.of(values))));
        return new Row(order.toString(), cells);
    }

    private static OneByOne.Part part(List<Integer> images, Dataset train, float[][] features) {
        return new OneByOne.Part(
                images.stream().map(i -> features[i]).toArray(float[][]::new),
                images.stream().mapToInt(train::label).toArray());
    }
}

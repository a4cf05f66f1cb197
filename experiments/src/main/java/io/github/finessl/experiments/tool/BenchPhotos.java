package io.github.finessl.experiments.tool;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.report.Json;
import io.github.finessl.report.Machine;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.Versions;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * A benchmark of {@code finessl train} on folders of photos, as a user starts it: how long until the first step, the first time
 * and again, and for how long steps wait for photos; written to {@code results/BenchPhotos/} too. The command is the one that
 * {@code mvn package} has made, the photos are random patterns that it writes into a temporary folder.
 */
public final class BenchPhotos implements Experiment {
    private static final int CLASSES = 5;
    private static final int LABELS = 5;
    private static final int BLOCKS = 16;

    /** A folder of photos and a training on them. */
    private record Folder(int photos, int width, int height, int resolution, int steps) {
        @Override
        public String toString() {
            return "%,d photos of %d x %d, %d px, %d steps".formatted(photos, width, height, resolution, steps);
        }
    }

    private static final List<Folder> FOLDERS = List.of(
            new Folder(340, 4000, 3000, 224, 60),
            new Folder(3000, 2000, 1500, 224, 250),
            new Folder(30_000, 64, 48, 32, 60));

    /**
     * A training.
     *
     * @param secondsToFirstStep from the command to what it says just before
     * @param secondsOfSteps all of them
     * @param secondsWaited by the steps, for photos
     * @param seconds from the command to its end
     */
    record Run(
            double secondsToFirstStep,
            double secondsOfSteps,
            double secondsWaited,
            double seconds,
            double cpuSeconds) {}

    /** The trainings on a folder, the second one with what the first one has left. */
    record Runs(String folder, Run first, Run second) {}

    /** The benchmark's result. */
    record Result(List<Runs> runs, Instant start, Versions versions, Machine machine) {}

    @Override
    public String name() {
        return "BenchPhotos";
    }

    @Override
    public String summary() {
        return "Time to the first step on 340 large, 3,000 middling and 30,000 small photos";
    }

    @Override
    public Set<Profile> profiles() {
        return EnumSet.of(Profile.QUICK);
    }

    @Override
    public Exit run(Options options, RunContext context) throws IOException {
        return InstalledCommand.measured(context, finessl -> run(finessl, options, context));
    }

    private static Exit run(InstalledCommand finessl, Options options, RunContext context) throws IOException {
        Instant begin = Instant.now();
        context.out().printf("%-52s %12s %10s %10s %8s%n", "training", "first step", "waited", "s in all", "CPU s");
        List<Runs> all = new ArrayList<>();
        for (int f = 0; f < FOLDERS.size(); f++) {
            Folder photos = FOLDERS.get(f);
            Path images = finessl.home().resolve("photos-" + f);
            write(photos, images);
            List<Run> runs = new ArrayList<>();
            for (int seed = 1; seed <= 2; seed++) {
                if (context.stopRequested()) {
                    return Exit.INTERRUPTED;
                }
                runs.add(train(finessl, photos, images, seed));
                print(photos + (seed == 1 ? "" : ", again"), runs.get(seed - 1), context);
            }
            all.add(new Runs(photos.toString(), runs.get(0), runs.get(1)));
        }
        Json.write(
                options.get(Option.OUT).resolve("BenchPhotos").resolve("photos.json"),
                new Result(all, begin, Versions.here(), Machine.here()));
        return Exit.OK;
    }

    private static Run train(InstalledCommand finessl, Folder photos, Path images, int seed) throws IOException {
        Path model = images.resolveSibling(images.getFileName() + "-model-" + seed);
        InstalledCommand.Timed timed = finessl.run(
                "train",
                "--labelled=" + images.resolve("labelled"),
                "--unlabelled=" + images.resolve("unlabelled"),
                "--resolution=" + photos.resolution(),
                "--steps=" + photos.steps(),
                "--seed=" + seed,
                "--out=" + model);
        RunRecord record = Json.MAPPER.readValue(model.resolve("run.json").toFile(), RunRecord.class);
        return new Run(
                timed.secondsTo("finessl, seed "),
                record.times().trainSeconds(),
                record.metrics().more().get("dataWaitSeconds"),
                timed.seconds(),
                timed.cpuSeconds());
    }

    private static void print(String what, Run run, RunContext context) {
        context.out()
                .printf(
                        "%-52s %10.1f s %8.1f %% %10.1f %8.1f%n",
                        what,
                        run.secondsToFirstStep(),
                        100 * run.secondsWaited() / run.secondsOfSteps(),
                        run.seconds(),
                        run.cpuSeconds());
    }

    private static void write(Folder photos, Path folder) {
        IntStream.range(0, photos.photos()).parallel().forEach(i -> {
            Path part = i < CLASSES * LABELS
                    ? folder.resolve("labelled").resolve("class " + i % CLASSES)
                    : folder.resolve("unlabelled").resolve(Integer.toString(i / 1000));
            try {
                Files.createDirectories(part);
                ImageIO.write(
                        picture(photos, i), "jpg", part.resolve(i + ".jpg").toFile());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Blocks of the class's colour, more or less of it, with a fine texture. */
    private static BufferedImage picture(Folder photos, int number) {
        Random random = new Random(number);
        int block = Math.max(1, photos.width() / BLOCKS);
        int[] colour = IntStream.range(0, 3)
                .map(c -> ((number % CLASSES + 1) >> c & 1) * 120)
                .toArray();
        BufferedImage picture = new BufferedImage(photos.width(), photos.height(), BufferedImage.TYPE_INT_RGB);
        int[] shades = random.ints((long) (BLOCKS + 1) * (BLOCKS + 1), 0, 120).toArray();
        for (int y = 0; y < photos.height(); y++) {
            for (int x = 0; x < photos.width(); x++) {
                int shade = shades[y / block * (BLOCKS + 1) + x / block] + (x * 7 + y * 13) % 16;
                picture.setRGB(x, y, (colour[0] + shade) << 16 | (colour[1] + shade) << 8 | (colour[2] + shade));
            }
        }
        return picture;
    }
}

package io.github.finessl.report.html;

import io.github.finessl.report.BeforeTraining;
import io.github.finessl.report.CurvePoint;
import io.github.finessl.report.Machine;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.PseudoLabelled;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.SureAnswers;
import io.github.finessl.report.Versions;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Contents of reports, drawn at random but for the records and pictures that the repository holds. */
final class Samples {

    static final Path ROOT = Path.of("..");
    private static final int SIDE = 32;
    private static final int RECORD = 1 + 3 * SIDE * SIDE;

    private Samples() {}

    /** A committed record with its figures; predictions that fit them, and CIFAR-10's pictures. */
    static ReportContent tenClasses() throws IOException {
        RunRecord run = RunRecord.read(ROOT.resolve("results/table1/runs/2a3faff7fcfa60eb/run.json"));
        List<String> classes = Files.readAllLines(ROOT.resolve("data/cifar10-mini/batches.meta.txt")).stream()
                .filter(line -> !line.isBlank())
                .toList();
        byte[] train = Files.readAllBytes(ROOT.resolve("data/cifar10-mini/train.bin"));
        Random random = new Random(1);
        List<PseudoLabelled> unlabelled = new ArrayList<>();
        for (int i = 0; i < run.data().unlabelled(); i++) {
            int truth = train[i * RECORD];
            boolean right =
                    random.nextDouble() < run.metrics().perClassAccuracy().get(truth);
            int label = right ? truth : other(truth, classes.size(), random);
            unlabelled.add(pseudoLabelled(
                    i % 7 == 0
                            ? "여름 휴가/강아지 \"%d\".jpg".formatted(i)
                            : "2024-07 Bretagne/IMG_%05d_edited-final-copy.jpeg".formatted(i),
                    label,
                    confidence(right, random),
                    random.nextDouble(),
                    random.nextDouble(),
                    i % 3 == 0 ? OptionalInt.of(truth) : OptionalInt.empty()));
        }
        Map<String, Integer> places = new TreeMap<>();
        IntStream.range(0, unlabelled.size())
                .forEach(i -> places.put(unlabelled.get(i).image(), i));
        return content(
                run,
                Map.of("steps", "15000", "batch", "32", "resolution", "auto", "method", "finessl", "labels", "4"),
                classes,
                predictions(run.metrics().perClassAccuracy(), run.data().test() / classes.size(), random),
                unlabelled,
                BeforeTraining.UNKNOWN,
                image -> Optional.ofNullable(places.get(image)).map(place -> picture(train, place)));
    }

    /** A committed record without test images, as of a folder of photos; a photo cannot be read any more. */
    static ReportContent withoutTestImages() throws IOException {
        ReportContent content = tenClasses();
        RunRecord run = content.run();
        return content(
                with(
                        run,
                        new RunRecord.Data(
                                "holidays",
                                run.data().sha256(),
                                40,
                                content.unlabelled().size(),
                                0,
                                null,
                                Map.of("is empty", 3, "ends before its image <does>", 12)),
                        new RunRecord.Metrics(
                                null, List.of(), null, run.metrics().maskRate(), Map.of()),
                        run.curve().stream()
                                .map(point -> new CurvePoint(
                                        point.step(),
                                        point.loss(),
                                        point.lossParts(),
                                        point.batchAccuracy(),
                                        null,
                                        point.maskRate(),
                                        null,
                                        point.pseudoLabels()))
                                .toList()),
                Map.of(),
                content.classes(),
                List.of(),
                content.unlabelled().stream()
                        .map(each -> pseudoLabelled(
                                each.image(),
                                each.label(),
                                each.confidence(),
                                each.weight(),
                                each.margin(),
                                OptionalInt.empty()))
                        .toList(),
                BeforeTraining.UNKNOWN,
                image -> image.contains("강아지")
                        ? Optional.empty()
                        : content.thumbnails().of(image));
    }

    /** As many classes as the whole confusion matrix is shown of. */
    static ReportContent thirtyClasses() {
        Random random = new Random(1);
        List<Double> accuracy = IntStream.range(0, 30).mapToObj(k -> k / 30.0).toList();
        return small(
                IntStream.range(0, 30).mapToObj("species %d"::formatted).toList(),
                predictions(accuracy, 25, random),
                List.of());
    }

    /** A committed record of a hundred classes. */
    static ReportContent hundredClasses() throws IOException {
        RunRecord run = RunRecord.read(ROOT.resolve("results/checks/runs/d27b45876e423a9d/run.json"));
        List<String> classes = Files.readAllLines(ROOT.resolve("data/cifar100-mini/fine_label_names.txt")).stream()
                .filter(line -> !line.isBlank())
                .toList();
        Random random = new Random(1);
        List<PseudoLabelled> unlabelled = IntStream.range(0, 1000)
                .mapToObj(i -> {
                    int truth = random.nextInt(classes.size());
                    boolean right = random.nextDouble() < run.metrics().top1();
                    return pseudoLabelled(
                            "photo %d.jpg".formatted(i),
                            right ? truth : other(truth, classes.size(), random),
                            confidence(right, random),
                            null,
                            null,
                            OptionalInt.empty());
                })
                .toList();
        return content(
                run,
                Map.of("labels", "4"),
                classes,
                predictions(run.metrics().perClassAccuracy(), run.data().test() / classes.size(), random),
                unlabelled,
                BeforeTraining.UNKNOWN,
                Thumbnails.NONE);
    }

    /** Names as long as file systems allow, without a space to break them at. */
    static ReportContent longNames() {
        List<String> classes = List.of("c".repeat(200), "곰".repeat(80), "<b>&\"x\"</b>".repeat(12));
        return small(
                classes,
                List.of(
                        new Prediction("1", 0, 0, 0.9),
                        new Prediction("2", 0, 1, 0.5),
                        new Prediction("3", 1, 2, 0.75),
                        new Prediction("4", 2, 2, 0.99)),
                List.of(
                        pseudoLabelled("d".repeat(250) + ".jpg", 0, 0.4, 1.0, 0.1, OptionalInt.of(1)),
                        pseudoLabelled("형".repeat(80) + "/" + "i".repeat(150), 1, 0.9, 1.0, 0.1, OptionalInt.empty())));
    }

    /** As small as it gets, with the given answers and names. */
    static ReportContent small(List<String> classes, List<Prediction> test, List<PseudoLabelled> unlabelled) {
        long right =
                test.stream().filter(each -> each.label() == each.predicted()).count();
        return content(
                run(
                        classes.size(),
                        unlabelled.size(),
                        test.size(),
                        test.isEmpty() ? null : (Double) ((double) right / test.size())),
                Map.of(),
                classes,
                test,
                unlabelled,
                BeforeTraining.UNKNOWN,
                image -> Optional.of(new BufferedImage(400, 300, BufferedImage.TYPE_INT_ARGB)));
    }

    static RunRecord run(int classes, int unlabelled, int test, Double top1, CurvePoint.PseudoLabels... curve) {
        return new RunRecord(
                "0123456789abcdef",
                "train",
                "supervised",
                "Linear probe",
                new TreeMap<>(Map.of("steps", "1", "out", "a \"model\" <here>")),
                1,
                new RunRecord.Encoder("vit", "vit.onnx", "ab"),
                new RunRecord.Data("photos", "cd", classes, unlabelled, test, "ef", null),
                1,
                "nd4j-f32",
                new Versions(Optional.empty(), "17", "Linux", "1.0.0-M2.1", "CpuBackend", "2.5.2"),
                new Machine("a CPU", 2, 23),
                new RunRecord.Times(Instant.parse("2026-01-02T03:04:05Z"), 1, 1, 0, 0.5, 96, null),
                1L << 30,
                new RunRecord.Metrics(top1, List.of(), null, null, Map.of()),
                null,
                null,
                IntStream.range(0, Math.max(1, curve.length))
                        .mapToObj(i -> new CurvePoint(
                                i + 1, 0.5, Map.of(), 1, null, null, null, curve.length == 0 ? null : curve[i]))
                        .toList());
    }

    private static RunRecord with(
            RunRecord run, RunRecord.Data data, RunRecord.Metrics metrics, List<CurvePoint> curve) {
        return new RunRecord(
                run.id(),
                run.experiment(),
                run.method(),
                run.variant(),
                run.configuration(),
                run.seed(),
                run.encoder(),
                data,
                run.steps(),
                run.arithmetic(),
                run.versions(),
                run.machine(),
                run.times(),
                run.peakResidentBytes(),
                metrics,
                run.survey(),
                run.predicted(),
                curve);
    }

    private static List<Prediction> predictions(List<Double> accuracy, int each, Random random) {
        List<Prediction> predictions = new ArrayList<>();
        for (int label = 0; label < accuracy.size(); label++) {
            for (int i = 0; i < each; i++) {
                boolean right = i < Math.round(accuracy.get(label) * each);
                predictions.add(new Prediction(
                        label + "/" + i,
                        label,
                        right ? label : other(label, accuracy.size(), random),
                        confidence(right, random)));
            }
        }
        return predictions;
    }

    /** A wrong class, some more often than others. */
    private static int other(int label, int classes, Random random) {
        int step = 1 + (int) ((classes - 1) * Math.pow(random.nextDouble(), 3));
        return (label * 3 + step) % classes == label ? (label + 1) % classes : (label * 3 + step) % classes;
    }

    private static double confidence(boolean right, Random random) {
        return 0.12 + 0.88 * Math.pow(random.nextDouble(), right ? 0.25 : 1.2);
    }

    private static BufferedImage picture(byte[] records, int index) {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < SIDE * SIDE; i++) {
            int red = index * RECORD + 1 + i;
            image.setRGB(
                    i % SIDE,
                    i / SIDE,
                    (records[red] & 0xff) << 16
                            | (records[red + SIDE * SIDE] & 0xff) << 8
                            | (records[red + 2 * SIDE * SIDE] & 0xff));
        }
        return image;
    }

    /** With the most doubtful images as those to label next. */
    static ReportContent content(
            RunRecord run,
            Map<String, String> defaults,
            List<String> classes,
            List<Prediction> test,
            List<PseudoLabelled> unlabelled,
            BeforeTraining before,
            Thumbnails thumbnails) {
        List<PseudoLabelled> next = unlabelled.stream()
                .sorted(PseudoLabelled.MOST_DOUBTFUL_FIRST)
                .limit(Math.min(24, (unlabelled.size() + 1) / 2))
                .toList();
        return new ReportContent(
                run,
                defaults,
                classes,
                test,
                unlabelled.stream()
                        .filter(each -> each.truth().isPresent())
                        .limit(30)
                        .map(each ->
                                new LabelledImage(each.image(), each.truth().getAsInt()))
                        .toList(),
                unlabelled,
                next,
                SureAnswers.UNKNOWN,
                Optional.empty(),
                before,
                thumbnails);
    }

    /** With the other of two classes, or the first, as second guess. */
    static PseudoLabelled pseudoLabelled(
            String image, int label, double confidence, Double weight, Double margin, OptionalInt truth) {
        return new PseudoLabelled(
                image,
                label,
                confidence,
                weight,
                margin,
                20 * confidence,
                new PseudoLabelled.Guess(label == 0 ? 1 : 0, 1 - confidence),
                truth);
    }
}

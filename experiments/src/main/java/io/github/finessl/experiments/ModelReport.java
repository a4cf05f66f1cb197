package io.github.finessl.experiments;

import io.github.finessl.data.DataException;
import io.github.finessl.data.Dataset;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.PseudoLabelled;
import io.github.finessl.report.html.HtmlReport;
import io.github.finessl.report.html.ReportContent;
import io.github.finessl.report.html.Thumbnails;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.Photo;
import io.github.finessl.serve.PseudoLabels;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;

/** What a trained model's folder tells people: {@code pseudo-labels.csv} and {@code report.html}. */
final class ModelReport {

    /** Unlabelled images that are looked at, evenly spread over all. */
    private static final int SAMPLE = 2000;

    private ModelReport() {}

    /**
     * Asks the model about unlabelled images and writes both files.
     *
     * @return false if the user stopped it on the way
     */
    static boolean write(Path folder, Training.Trained trained, Options options, RunContext context)
            throws IOException {
        Dataset train = trained.source().train();
        int[] some = trained.split().unlabelled(SAMPLE);
        List<PseudoLabelled> unlabelled;
        try (FineSslModel model = FineSslModel.load(folder, Arithmetic.open(options))) {
            unlabelled = PseudoLabels.of(
                    model,
                    IntStream.of(some).mapToObj(i -> Photo.of(train, i)).toList(),
                    (photo, reason) -> context.out().printf("%s%n", reason),
                    done -> {
                        if (context.stopRequested()) {
                            throw new CancellationException();
                        }
                    });
        } catch (CancellationException e) {
            return false;
        }
        List<String> classes = trained.source().classes();
        if (!unlabelled.isEmpty()) {
            PseudoLabelled.writeCsv(folder.resolve(PseudoLabelled.FILE), unlabelled, classes);
        }
        Map<String, String> defaults = new HashMap<>(trained.record().configuration()); // some are fitted to the data
        options.given().keySet().forEach(name -> defaults.put(name, fallback(name)));
        HtmlReport.write(
                folder.resolve(Training.REPORT),
                new ReportContent(
                        trained.record(),
                        defaults,
                        classes,
                        predictions(folder, classes),
                        unlabelled,
                        thumbnails(train, some)));
        return true;
    }

    private static String fallback(String name) {
        return Option.ALL.stream()
                .filter(option -> option.name().equals(name))
                .map(option -> Training.DEFAULTS.getOrDefault(name, option.fallback()))
                .findFirst()
                .orElseThrow();
    }

    private static List<Prediction> predictions(Path folder, List<String> classes) throws IOException {
        Path file = folder.resolve(Runner.PREDICTIONS);
        return Files.exists(file) ? Prediction.read(file, classes) : List.of();
    }

    private static Thumbnails thumbnails(Dataset dataset, int[] images) {
        Map<String, Integer> byName = new HashMap<>();
        IntStream.of(images).forEach(i -> byName.put(dataset.source(i), i));
        return name -> Optional.ofNullable(byName.get(name)).flatMap(i -> picture(dataset, i));
    }

    private static Optional<BufferedImage> picture(Dataset dataset, int index) {
        try {
            return Optional.of(dataset.image(index).toBufferedImage());
        } catch (DataException e) {
            return Optional.empty(); // It was there a moment ago; the report shows its name.
        }
    }
}

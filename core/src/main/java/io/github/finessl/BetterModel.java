package io.github.finessl;

import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.export.Origin;
import io.github.finessl.report.ModelChoice;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.ModelCard;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.ssl.WeakPredictions;
import io.github.finessl.train.SimpleModel;
import io.github.finessl.tuning.TuningChoice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;

/** The keeper of the better model: of the trained one and simpler ones, by labelled images that were held out of the training. */
final class BetterModel {
    /** The file of a simpler model's class vectors, beside the trained model's. */
    static final String SIMPLE = "simple.zip";

    private BetterModel() {}

    /**
     * Chooses a model, and makes it the folder's.
     *
     * @param trained the folder's model, not calibrated
     * @param models simpler ones
     * @param features of images of the training part, frozen, by their indices
     * @param heldOut indices of the images that decide, one at least
     * @throws CancellationException if it was stopped
     */
    static void keep(
            FineSslModel trained,
            List<SimpleModel> models,
            DataSource source,
            Function<int[], float[][]> features,
            int[] heldOut,
            BooleanSupplier stop)
            throws IOException {
        float[][] ofHeldOut = features.apply(heldOut);
        List<Map.Entry<String, Integer>> simple = models.stream()
                .map(each -> Map.entry(each.name(), right(each, ofHeldOut, source.train(), heldOut)))
                .toList();
        ModelChoice choice = ModelChoice.of(
                heldOut.length, simple, (int) Answered.by(trained, source.train(), heldOut, stop).stream()
                        .filter(Answered::isRight)
                        .count());
        ModelCard card = trained.card();
        if (!choice.keepsTrained()) {
            SimpleModel best = models.stream()
                    .filter(each -> each.name().equals(choice.kept()))
                    .findFirst()
                    .orElseThrow();
            Path file = trained.folder().resolve(SIMPLE);
            best.write(file);
            Origin of = card.origin();
            card = card.with(
                    SIMPLE,
                    ModelFolder.sha256(file),
                    new Origin(
                            TuningChoice.of("linear").text(),
                            best.method(),
                            0,
                            of.seed(),
                            of.data(),
                            of.dataSha256(),
                            of.commit(),
                            of.date(),
                            of.parent()));
        }
        ModelFolder.write(trained.folder(), card.with(choice));
    }

    private static int right(SimpleModel model, float[][] features, Dataset train, int[] images) {
        double[][] probabilities = model.probabilities(features);
        return (int) IntStream.range(0, images.length)
                .filter(i -> WeakPredictions.argmax(probabilities[i]) == train.label(images[i]))
                .count();
    }
}

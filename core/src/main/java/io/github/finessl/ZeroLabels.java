package io.github.finessl;

import io.github.finessl.PreparedRun.Surroundings;
import io.github.finessl.augment.Augmentation;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.Relabelled;
import io.github.finessl.data.Split;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.report.Work;
import io.github.finessl.ssl.FewPseudoLabels;
import io.github.finessl.text.ClassVectors;
import io.github.finessl.train.FeatureBank;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The labels of a training that has none: of each class, the unlabelled images that a text tower is surest of count as labelled, as
 * the first labels of {@link FewPseudoLabels} do.
 *
 * @param encoderFile its file, for messages
 * @param encoder as its file has it
 * @param names what a text tower makes of the classes' names
 */
record ZeroLabels(
        Path encoderFile,
        Encoder encoder,
        TrainingSettings settings,
        Optional<ClassVectors> names,
        Surroundings around) {

    /** As many as in "Enhancing CLIP with CLIP". */
    private static final int MOST = 16;

    /** No class takes more than this part of what would be its share if all had as many images. */
    private static final int PART_OF_SHARE = 4;

    /**
     * The images with such labels.
     *
     * @throws SettingsException if there is no text tower, it is not of the encoder, or there are fewer images than classes
     * @throws java.util.concurrent.CancellationException if it was stopped
     */
    PreparedRun.Data applied(PreparedRun.Data data) {
        ClassVectors texts = names.orElseThrow(() -> new SettingsException(
                "textEncoder", "without any label, a text tower must tell the classes apart by their names"));
        Dataset images = data.source().train();
        int classes = data.source().classes().size();
        int[] pile = data.split().unlabelled();
        if (pile.length < classes) {
            throw new SettingsException(
                    "unlabelled",
                    "%,d classes need as many images at least, but there are %,d".formatted(classes, pile.length));
        }
        int each = Math.max(1, Math.min(MOST, pile.length / classes / PART_OF_SHARE));
        int[] chosen = FewPseudoLabels.select(probabilities(texts, images, pile), each);
        int[] labels = new int[images.size()];
        Arrays.fill(labels, Dataset.UNKNOWN);
        IntStream.range(0, pile.length).filter(i -> chosen[i] >= 0).forEach(i -> labels[pile[i]] = chosen[i]);
        around.listener()
                .message(String.format(
                        Locale.ROOT,
                        "No labels: %s of each class that the text tower is surest of count%s as labelled.",
                        each == 1 ? "the image" : "the " + each + " images",
                        each == 1 ? "s" : ""));
        Dataset train = new Relabelled(images, labels);
        SortedMap<String, String> identity = new TreeMap<>(data.identity());
        identity.put("zeroShotLabels", Integer.toString(each));
        identity.put("textEncoder", texts.sha256());
        DataSource source = data.source();
        return new PreparedRun.Data(
                new DataSource(
                        source.name(), source.kind(), source.bringsSplit(), train, source.test(), source.strangers()),
                Split.given(train),
                identity);
    }

    private double[][] probabilities(ClassVectors texts, Dataset images, int[] pile) {
        Encoder sized =
                PreparedRun.atResolution(encoder, encoderFile, settings.input().resolution());
        Augmentation view =
                new Augmentation(sized.imageHeight(), settings.input().colours().of(sized, images.name()));
        try (Kernels kernels = FineTuner.kernels(settings.precision());
                FeatureBank bank = new FeatureBank(sized, view, kernels)) {
            return InitialHeads.zeroShot(texts, sized)
                    .probabilities(bank.features(
                            images,
                            pile,
                            (done, all) -> around.listener().working(Work.FEATURES, done, all),
                            around.stop()));
        }
    }
}

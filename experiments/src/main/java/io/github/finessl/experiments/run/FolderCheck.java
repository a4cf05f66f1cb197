package io.github.finessl.experiments.run;

import io.github.finessl.PreparedRun;
import io.github.finessl.SettingsException;
import io.github.finessl.augment.Augmentation;
import io.github.finessl.data.DataSource;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.report.Findings;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.train.FeatureAnalysis;
import io.github.finessl.train.FeatureBank;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** A check of the images that a training with the same options would learn from, without that training. */
public final class FolderCheck {

    private final Options options;

    /**
     * A check with checked options.
     *
     * @param given values of {@link Option}s by name, as users write them; the others have {@link Training}'s defaults
     * @throws OptionException on a bad value
     */
    public FolderCheck(Map<String, String> given) {
        options = Options.of(Training.DEFAULTS, given);
    }

    /**
     * Looks at the images with the frozen encoder.
     *
     * @throws java.util.concurrent.CancellationException if it was stopped; what was computed is kept
     */
    public Findings findings(TrainingListener listener, BooleanSupplier stop) {
        Path file = options.get(Option.ENCODER);
        PreparedRun.Data data =
                DataOptions.open(options, options.get(Option.SEEDS).get(0));
        DataSource source = data.source();
        Encoder encoder;
        try {
            encoder = PreparedRun.atResolution(
                    OnnxEncoderReader.open(file, options.get(Option.RESOLUTION)), file, options.get(Option.RESOLUTION));
        } catch (SettingsException e) {
            throw OptionException.of(e);
        }
        Augmentation view =
                new Augmentation(encoder.imageHeight(), Runner.normalisation(options, encoder, source.name()));
        try (Kernels kernels = Arithmetic.open(options.get(Option.PRECISION));
                FeatureBank bank = new FeatureBank(encoder, view, kernels)) {
            return Findings.of(
                    FeatureAnalysis.of(bank, source, data.split(), listener, stop)
                            .before(),
                    source.classes());
        }
    }
}

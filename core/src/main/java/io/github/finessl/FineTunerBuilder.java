package io.github.finessl;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.kernel.Precision;
import io.github.finessl.report.StepReport;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.ssl.MethodChoice;
import io.github.finessl.tuning.PromptStart;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.TuningChoice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** Settings of a {@link FineTuner}, one after the other; {@link #build} checks them together. */
public final class FineTunerBuilder {
    final Path encoder;
    TrainingSettings settings;
    Path folder;
    boolean anew;
    Optional<Path> parent = Optional.empty();
    Optional<PreparedRun.KnownTeacher> teacher = Optional.empty();
    Map<String, String> recorded = Map.of();
    TrainingListener listener = report -> {};
    BooleanSupplier stop = () -> false;
    Predicate<StepReport> enough = report -> false;

    FineTunerBuilder(Path encoder, TrainingSettings settings) {
        this.encoder = encoder;
        this.settings = settings;
    }

    /** The settings so far and the encoder's file, as run records have them. */
    public SortedMap<String, String> described() {
        SortedMap<String, String> all = settings.recorded();
        all.put("encoder", encoder.toString());
        return all;
    }

    /** Takes the place of all settings so far, but for the folder and what listens. */
    public FineTunerBuilder settings(TrainingSettings all) {
        settings = all;
        return this;
    }

    /** How it learns from the unlabelled photos; FineSSL by default. */
    public FineTunerBuilder method(MethodChoice method) {
        settings = settings.with(method);
        return this;
    }

    /** What is trained beside the heads; 50 deep prompts by default. A user's own strategy is one like any other. */
    public FineTunerBuilder tuning(Tuning tuning) {
        settings = settings.with(TuningChoice.of(tuning));
        return this;
    }

    /** Where the heads' class vectors begin; at the class means by default. */
    public FineTunerBuilder classStart(ClassStart start) {
        settings = settings.with(new TrainingSettings.Starts(settings.starts().prompts(), start));
        return this;
    }

    /** Where prompts begin; as suits the encoder's width by default. */
    public FineTunerBuilder promptStart(PromptStart start) {
        settings = settings.with(new TrainingSettings.Starts(
                Optional.of(start), settings.starts().classes()));
        return this;
    }

    /** Steps of the optimiser; 200 by default. */
    public FineTunerBuilder steps(int steps) {
        TrainingSettings.Schedule now = settings.schedule();
        settings = settings.with(new TrainingSettings.Schedule(steps, now.batch(), now.mu()));
        return this;
    }

    /** Labelled photos a step; as many as there are, up to 16, by default. */
    public FineTunerBuilder batch(int labelled) {
        TrainingSettings.Schedule now = settings.schedule();
        settings = settings.with(new TrainingSettings.Schedule(now.steps(), Optional.of(labelled), now.mu()));
        return this;
    }

    /** Unlabelled photos a step for each labelled one; such that a step has up to 16 of them by default. */
    public FineTunerBuilder mu(int unlabelled) {
        TrainingSettings.Schedule now = settings.schedule();
        settings = settings.with(new TrainingSettings.Schedule(now.steps(), now.batch(), Optional.of(unlabelled)));
        return this;
    }

    /** The rates of the optimiser; 0.03, momentum 0.9 and weight decay 0.0005 by default. */
    public FineTunerBuilder rates(TrainingSettings.Rates rates) {
        settings = settings.with(rates);
        return this;
    }

    /** The side of the photos in pixels; the encoder's own by default. */
    public FineTunerBuilder resolution(int side) {
        settings = settings.with(
                new TrainingSettings.Input(Optional.of(side), settings.input().colours()));
        return this;
    }

    /** What pixels are normalised by; what the encoder was most likely trained with by default. */
    public FineTunerBuilder colours(Colours colours) {
        settings = settings.with(new TrainingSettings.Input(settings.input().resolution(), colours));
        return this;
    }

    /** The arithmetic of the encoder's products; the fastest that this machine has by default. */
    public FineTunerBuilder precision(Precision precision) {
        settings = settings.with(precision);
        return this;
    }

    /** The seed of everything random; 1 by default. */
    public FineTunerBuilder seed(long seed) {
        settings = settings.seed(seed);
        return this;
    }

    /** When the training looks at itself. */
    public FineTunerBuilder watching(TrainingSettings.Watching watching) {
        settings = settings.with(watching);
        return this;
    }

    /** The folder that becomes the model: new, empty, or of this training. It must be given. */
    public FineTunerBuilder into(Path model) {
        folder = model;
        return this;
    }

    /** Whether what the folder holds of an earlier training makes room; false by default. */
    public FineTunerBuilder anew(boolean replace) {
        anew = replace;
        return this;
    }

    /** Hears how training goes, in the thread that trains; several hear in the order that they were given in. */
    public FineTunerBuilder listener(TrainingListener another) {
        listener = listener.and(another);
        return this;
    }

    /** Asked once a step, in the thread that trains: true once the training is to leave a checkpoint and end. */
    public FineTunerBuilder stop(BooleanSupplier when) {
        stop = when;
        return this;
    }

    /** Asked after each step: true once the model is good enough, so that this is the last one. */
    public FineTunerBuilder enough(Predicate<StepReport> when) {
        enough = when;
        return this;
    }

    /** What a method that needs one learns from. */
    public FineTunerBuilder teacher(Optional<PreparedRun.KnownTeacher> known) {
        teacher = known;
        return this;
    }

    /** What the run's record has besides its settings, by name: where else a caller keeps its own options. */
    public FineTunerBuilder recorded(Map<String, String> more) {
        recorded = more;
        return this;
    }

    /**
     * Checks the settings together and with the encoder, and reads the encoder.
     *
     * @throws SettingsException naming all settings that cannot be used
     * @throws io.github.finessl.encoder.EncoderFormatException if the encoder's file cannot be used
     */
    public FineTuner build() {
        List<SettingsException.Fault> faults = new ArrayList<>(settings.faults());
        if (folder == null) {
            faults.add(new SettingsException.Fault("into", Optional.empty(), "a folder for the model must be given"));
        }
        if (!faults.isEmpty()) {
            throw new SettingsException(faults);
        }
        Encoder ofFile = OnnxEncoderReader.read(encoder);
        Encoder sized =
                PreparedRun.atResolution(ofFile, encoder, settings.input().resolution());
        PreparedRun.tuning(settings, sized, 2);
        if (settings.precision() == Precision.BF16) {
            FineTuner.kernels(Precision.BF16).close();
        }
        return new FineTuner(this, ofFile);
    }
}

package io.github.finessl;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.kernel.Precision;
import io.github.finessl.report.StepReport;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.ssl.MethodChoice;
import io.github.finessl.text.TextTower;
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

/** A builder of a {@link FineTuner}: settings one after the other, which {@link #build} checks together. */
public final class FineTunerBuilder {
    final Path encoder;
    TrainingSettings settings;
    Path folder;
    boolean anew;
    boolean keepBest;
    Optional<Path> parent = Optional.empty();
    Optional<Guides.KnownTeacher> teacher = Optional.empty();
    Optional<TextTower> text = Optional.empty();
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

    /** Replaces all settings so far, but for the folder, the listeners and the predicates that stop. */
    public FineTunerBuilder settings(TrainingSettings all) {
        settings = all;
        return this;
    }

    /** Sets the method that learns from the unlabelled photos; FineSSL by default. */
    public FineTunerBuilder method(MethodChoice method) {
        settings = settings.with(method);
        return this;
    }

    /**
     * Sets what is trained beside the heads; AdaptFormer by default. A user's own strategy is one like any other.
     */
    public FineTunerBuilder tuning(Tuning tuning) {
        settings = settings.with(TuningChoice.of(tuning));
        return this;
    }

    /** Sets the initial class vectors of the heads; {@link ClassStart.Pile} by default. */
    public FineTunerBuilder classStart(ClassStart start) {
        settings = settings.with(new TrainingSettings.Starts(settings.starts().prompts(), start));
        return this;
    }

    /** Sets how prompts are initialised; as suits the encoder's width by default. */
    public FineTunerBuilder promptStart(PromptStart start) {
        settings = settings.with(new TrainingSettings.Starts(
                Optional.of(start), settings.starts().classes()));
        return this;
    }

    /** Sets the number of optimiser steps; 200 by default. */
    public FineTunerBuilder steps(int steps) {
        TrainingSettings.Schedule now = settings.schedule();
        settings = settings.with(new TrainingSettings.Schedule(steps, now.batch(), now.mu()));
        return this;
    }

    /** Sets the number of labelled photos in a batch; as many as there are, up to 16, by default. */
    public FineTunerBuilder batch(int labelled) {
        TrainingSettings.Schedule now = settings.schedule();
        settings = settings.with(new TrainingSettings.Schedule(now.steps(), Optional.of(labelled), now.mu()));
        return this;
    }

    /**
     * Sets μ, the number of unlabelled photos for each labelled one in a batch; such that there are up to 16 of them by
     * default.
     */
    public FineTunerBuilder mu(int unlabelled) {
        TrainingSettings.Schedule now = settings.schedule();
        settings = settings.with(new TrainingSettings.Schedule(now.steps(), now.batch(), Optional.of(unlabelled)));
        return this;
    }

    /** Sets learning rate, momentum and weight decay; 0.03, 0.9 and 0.0005 by default. */
    public FineTunerBuilder rates(TrainingSettings.Rates rates) {
        settings = settings.with(rates);
        return this;
    }

    /** Sets the side in pixels that photos are resized to; the encoder's own by default. */
    public FineTunerBuilder resolution(int side) {
        settings = settings.with(
                new TrainingSettings.Input(Optional.of(side), settings.input().colours()));
        return this;
    }

    /** Sets the normalisation of pixels; {@link Colours#ENCODER} by default. */
    public FineTunerBuilder colours(Colours colours) {
        settings = settings.with(new TrainingSettings.Input(settings.input().resolution(), colours));
        return this;
    }

    /** Sets what is done with unlabelled photos that seem to be of no class; they are left out by default. */
    public FineTunerBuilder strangers(StrangerPolicy policy) {
        settings = settings.with(policy);
        return this;
    }

    /** Sets the arithmetic of the encoder's matrix products; the fastest that this machine has by default. */
    public FineTunerBuilder precision(Precision precision) {
        settings = settings.with(precision);
        return this;
    }

    /** Sets the random seed; 1 by default. */
    public FineTunerBuilder seed(long seed) {
        settings = settings.seed(seed);
        return this;
    }

    /** Sets how the trained model predicts; by the last parameters and from one view of a photo by default. */
    public FineTunerBuilder inference(TrainingSettings.Inference inference) {
        settings = settings.with(inference);
        return this;
    }

    /** Sets when the training writes checkpoints and evaluates the model. */
    public FineTunerBuilder watching(TrainingSettings.Watching watching) {
        settings = settings.with(watching);
        return this;
    }

    /** Sets the folder that becomes the model: new, empty, or of this training. It must be given. */
    public FineTunerBuilder into(Path model) {
        folder = model;
        return this;
    }

    /** Sets whether the training replaces what the folder holds of an earlier one; false by default. */
    public FineTunerBuilder anew(boolean replace) {
        anew = replace;
        return this;
    }

    /**
     * Sets whether the folder's model becomes a simpler one, on the frozen encoder, where that names as many of the held-out
     * photos right; false by default. It needs {@link Photos#heldOut}.
     */
    public FineTunerBuilder keepBest(boolean choose) {
        keepBest = choose;
        return this;
    }

    /**
     * Adds a listener to the training, called in the thread that trains; several are called in the order that they were
     * given in.
     */
    public FineTunerBuilder listener(TrainingListener another) {
        listener = listener.and(another);
        return this;
    }

    /**
     * Sets what stops the training early, asked once a step in the thread that trains: at true, it leaves a checkpoint
     * and ends.
     */
    public FineTunerBuilder stop(BooleanSupplier when) {
        stop = when;
        return this;
    }

    /** Sets what finds the model good enough, asked after each step: at true, the step is the last one. */
    public FineTunerBuilder enough(Predicate<StepReport> when) {
        enough = when;
        return this;
    }

    /** Sets the teacher of a method that learns from one, such as SemiKD. */
    public FineTunerBuilder teacher(Optional<Guides.KnownTeacher> known) {
        teacher = known;
        return this;
    }

    /**
     * Sets the text tower of the encoder's model: of use for {@link Photos#named}, {@link ClassStart.Names}, the method {@code
     * zero-shot} and those that begin with zero-shot labels.
     */
    public FineTunerBuilder text(TextTower tower) {
        text = Optional.of(tower);
        return this;
    }

    /** Adds entries to the run's record besides the settings: where else a caller keeps its own options. */
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
        Encoder ofFile = OnnxEncoderReader.open(encoder, settings.input().resolution());
        Encoder sized =
                PreparedRun.atResolution(ofFile, encoder, settings.input().resolution());
        PreparedRun.tuning(settings, sized, 2);
        if (settings.precision() == Precision.BF16) {
            FineTuner.kernels(Precision.BF16).close();
        }
        return new FineTuner(this, ofFile);
    }
}

package io.github.finessl.cli;

import io.github.finessl.Colours;
import io.github.finessl.SettingsException;
import io.github.finessl.TrainingSettings;
import io.github.finessl.ZeroShotClassifier;
import io.github.finessl.data.ClassList;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.text.Templates;
import io.github.finessl.text.TextTower;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of {@code finessl predict} that stand for a model that was never trained: names of classes and two towers. */
final class ZeroShot {

    @Option(
            names = "--classes",
            required = true,
            paramLabel = "<names>",
            description = {
                "without MODEL_DIR: names of classes with commas between, or a text file with a name a line,",
                "told apart zero-shot by the two towers of a CLIP or SigLIP model"
            })
    private String classes;

    @Option(names = "--encoder", required = true, paramLabel = "<file>", description = "ONNX file of the image tower")
    private Path encoder;

    @Option(
            names = "--text-encoder",
            required = true,
            paramLabel = "<file>",
            description = "ONNX file of the text tower, or of both")
    private Path textEncoder;

    @Option(
            names = "--tokenizer",
            paramLabel = "<file>",
            description = "tokenizer.json, or vocab.json with merges.txt; default beside --text-encoder")
    private Optional<Path> tokenizer = Optional.empty();

    @Option(
            names = "--templates",
            paramLabel = "<name>",
            defaultValue = Templates.PHOTO_NAME,
            description = "prompts: photo, clip-80 or a text file with one a line; default ${DEFAULT-VALUE}")
    private String templates;

    @Option(
            names = "--normalisation",
            paramLabel = "<name>",
            defaultValue = "encoder",
            description = "of pixels: encoder, clip, half, imagenet or none; default ${DEFAULT-VALUE}")
    private Colours normalisation;

    /**
     * The model.
     *
     * @param kernels are the model's from now on
     */
    FineSslModel load(Kernels kernels) {
        try {
            return new ZeroShotClassifier(
                            encoder,
                            new TextTower(textEncoder, tokenizer, Templates.named(templates)),
                            new TrainingSettings.Input(Optional.empty(), normalisation))
                    .model(ClassList.of(classes), kernels);
        } catch (SettingsException e) {
            throw OptionException.of(e);
        }
    }
}

package io.github.finessl;

import io.github.finessl.augment.Normalisation;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.export.Origin;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.ModelCard;
import io.github.finessl.serve.Refusal;
import io.github.finessl.ssl.Methods;
import io.github.finessl.text.ClassVectors;
import io.github.finessl.text.TextTower;
import io.github.finessl.train.HeadStart;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A classifier of photos by the names of classes alone, without any training: both towers of a CLIP or SigLIP model.
 *
 * <pre>{@code
 * ZeroShotClassifier clip = ZeroShotClassifier.of(Path.of("clip-vit-b-16.onnx"), TextTower.of(Path.of("clip-text.onnx")));
 * try (FineSslModel model = clip.model(List.of("cat", "dog"))) {
 *     System.out.println(model.classify(Path.of("photo.jpg")).label());
 * }
 * }</pre>
 *
 * @param encoder ONNX file of the image tower
 * @param text the text tower
 * @param input resolution and normalisation of the photos
 */
public record ZeroShotClassifier(Path encoder, TextTower text, TrainingSettings.Input input) {

    private static final String DATA = "names of classes";

    /** A classifier with the encoder's resolution and usual normalisation. */
    public static ZeroShotClassifier of(Path encoder, TextTower text) {
        return new ZeroShotClassifier(encoder, text, new TrainingSettings.Input(Optional.empty(), Colours.ENCODER));
    }

    /** The model for classes, with the fastest arithmetic that this machine has; see {@link #model(List, Kernels)}. */
    public FineSslModel model(List<String> classes) {
        return model(classes, KernelChoice.open(Precision.AUTO));
    }

    /**
     * The model for classes, to be closed by the caller. Where the text tower's file gives SigLIP's bias, it refuses photos whose
     * sigmoid is below one half for all classes, see {@link Refusal}.
     *
     * @param classes their names, two or more
     * @param kernels are the model's from now on, which closes them
     * @throws SettingsException if the two towers do not go together
     */
    public FineSslModel model(List<String> classes, Kernels kernels) {
        try {
            Encoder sized = PreparedRun.atResolution(
                    OnnxEncoderReader.open(encoder, input.resolution()), encoder, input.resolution());
            ClassVectors names = text.vectors(classes);
            HeadStart.Semantic head = InitialHeads.checked(
                    () -> InitialHeads.zeroShot(names, sized).head(sized));
            return FineSslModel.untrained(card(names, sized), encoder, sized, head, kernels);
        } catch (RuntimeException | Error e) {
            kernels.close();
            throw e;
        }
    }

    private ModelCard card(ClassVectors names, Encoder sized) {
        Normalisation normalisation = input.colours().of(sized, DATA);
        return new ModelCard(
                ModelCard.FORMAT,
                names.classes(),
                encoder.getFileName().toString(),
                sized.sha256(),
                "none",
                names.sha256(),
                sized.imageHeight(),
                ModelCard.colours(normalisation.mean()),
                ModelCard.colours(normalisation.std()),
                false,
                0,
                Methods.Settings.PAPER,
                new Origin(
                        "linear",
                        Methods.ZERO_SHOT,
                        0,
                        0,
                        DATA,
                        names.sha256(),
                        Optional.empty(),
                        Instant.now(),
                        Optional.empty()),
                Optional.empty(),
                names.logits()
                        .filter(logits -> logits.bias() != 0)
                        .map(logits -> new Refusal(-logits.bias(), Refusal.Basis.SIGMOID, 0, 0)),
                Optional.empty(),
                Optional.empty());
    }
}

package io.github.finessl.cli;

import io.github.finessl.Colours;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.OpaqueEncoder;
import io.github.finessl.encoder.ResNet;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.serve.ModelCard;
import io.github.finessl.serve.ModelFolder;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The subcommand that describes a model or an encoder. */
@Command(name = "inspect", description = "Describes a trained model or the encoder in an ONNX file.")
final class Inspect implements Runnable {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL_OR_ONNX", description = "folder of a trained model, or ONNX file of an encoder")
    private Path path;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        if (Files.isDirectory(path)) {
            ModelCard card = ModelFolder.read(path);
            model(card, out);
            encoder(path.resolve(card.encoder()), ModelFolder.encoder(path, card), out);
        } else {
            encoder(path, OnnxEncoderReader.open(path, Optional.empty()), out);
        }
    }

    private void model(ModelCard card, PrintWriter out) {
        line(out, "Model", path + ", of " + card.classes().size() + " classes");
        line(out, "Classes", String.join(", ", card.classes()));
        line(
                out,
                "Trained",
                card.origin().method() + ", tuning " + card.origin().tuning() + ", "
                        + card.origin().steps() + " steps, seed "
                        + card.origin().seed() + ", " + card.origin().date());
        line(out, "Data", card.origin().data() + ", SHA-256 " + card.origin().dataSha256());
        line(
                out,
                "Code",
                card.origin().commit().map(commit -> "commit " + commit).orElse("of no known commit"));
        line(
                out,
                "Images",
                card.resolution() + " px, normalised by " + card.normalisation()
                        + (card.flip() ? ", and their mirror images" : ""));
    }

    private static void encoder(Path file, Encoder encoder, PrintWriter out) {
        line(out, "Encoder", file + ", opset " + OnnxEncoderReader.opset(file) + ", SHA-256 " + encoder.sha256());
        line(out, "Kind", kind(encoder));
        line(
                out,
                "Takes",
                "images of %d×%d pixels to %d features"
                        .formatted(encoder.imageHeight(), encoder.imageWidth(), encoder.featureWidth()));
        line(out, "Pixels", Colours.ENCODER.choice(encoder, "").toString());
        long weights = encoder.parameters().values().stream()
                .mapToLong(INDArray::length)
                .sum();
        line(out, "Weights", String.format(Locale.ROOT, "%,d", weights));
    }

    private static String kind(Encoder encoder) {
        if (encoder instanceof VisionTransformer vit) {
            return "vision transformer, %d blocks of width %d with %d heads, patches of %d×%d pixels, %s"
                    .formatted(
                            vit.blocks().size(),
                            vit.width(),
                            vit.heads(),
                            vit.patchHeight(),
                            vit.patchWidth(),
                            vit.embedding().preNorm().isPresent()
                                    ? "a norm before the first block (CLIP)"
                                    : "no norm before the first block");
        }
        if (encoder instanceof OpaqueEncoder opaque) {
            return opaque.notice();
        }
        return encoder instanceof ResNet
                ? "ResNet of CLIP's kind"
                : encoder.getClass().getSimpleName();
    }

    private static void line(PrintWriter out, String name, String value) {
        out.printf("%-8s %s%n", name, value);
    }
}

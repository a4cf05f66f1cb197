package io.github.finessl.cli;

import io.github.finessl.data.Dataset;
import io.github.finessl.data.PhotoFolders;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.export.OnnxForm;
import io.github.finessl.export.OnnxForm.Pixels;
import io.github.finessl.export.OnnxForm.Weights;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.RunStore;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.Int8Cost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The subcommand that writes a model as one ONNX file. */
@Command(
        name = "export",
        description =
                "Writes the model as one ONNX file, for ONNX Runtime and others: from pixels to logits and probabilities.")
final class Export implements Callable<Integer> {

    private static final String ZERO_TO_ONE = "zero-to-one";
    private static final String NORMALISED = "normalised";
    private static final double MEGABYTE = 1e6;

    /** The values of {@code --pixels}, for completion by the shell. */
    static final class Kinds implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return List.of(ZERO_TO_ONE, NORMALISED).iterator();
        }
    }

    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelArguments model;

    @Option(names = "--onnx", required = true, paramLabel = "<file>", description = "ONNX file to write")
    private Path file;

    @Option(
            names = "--pixels",
            paramLabel = "<kind>",
            defaultValue = ZERO_TO_ONE,
            completionCandidates = Kinds.class,
            description =
                    "pixels that the ONNX model takes: zero-to-one (it normalises them) or normalised; default ${DEFAULT-VALUE}")
    private Pixels pixels;

    @Option(names = "--logits-only", description = "without the output of probabilities (softmax)")
    private boolean logitsOnly;

    @Option(
            names = "--opset",
            paramLabel = "<number>",
            description = "operator set of the file, " + OnnxForm.OLDEST + " to " + OnnxForm.NEWEST
                    + "; default the lowest, which the most programs read")
    private int opset = OnnxForm.OLDEST;

    @Option(
            names = "--int8",
            description = "linear layers with weights of a byte: a smaller file, whose cost is measured on photos")
    private boolean int8;

    @Option(
            names = "--test",
            paramLabel = "<folder>",
            description =
                    "photos that the cost of --int8 is measured on, one subfolder per class; default those of the training")
    private Optional<Path> test = Optional.empty();

    /** The kind of pixels of this name. */
    static Pixels pixels(String name) {
        return switch (name) {
            case ZERO_TO_ONE -> Pixels.ZERO_TO_ONE;
            case NORMALISED -> Pixels.NORMALISED;
            default -> throw new TypeConversionException("it is zero-to-one or normalised, not '" + name + "'");
        };
    }

    @Override
    public Integer call() throws IOException {
        OnnxForm form = form();
        LeftOut leftOut = new LeftOut(spec.commandLine().getErr());
        try (FineSslModel loaded = model.load()) {
            Optional<Path> photos = int8 ? Optional.of(photos(loaded)) : Optional.empty();
            OnnxForm written = loaded.exportOnnx(form, file);
            int side = loaded.card().resolution();
            print(
                    "%s: pixels [batch, 3, %d, %d] %s to logits%s [batch, %d], opset %d%s.",
                    file,
                    side,
                    side,
                    pixels == Pixels.ZERO_TO_ONE
                            ? "from 0 to 1"
                            : "normalised by " + loaded.card().normalisation(),
                    logitsOnly ? "" : " and probabilities",
                    loaded.classes().size(),
                    written.opset(),
                    int8 ? ", int8" : "");
            if (photos.isPresent()) {
                Dataset images = PhotoFolders.test(photos.get(), loaded.classes());
                leftOut.addSome(photos.get(), images);
                print(Int8Cost.measure(loaded, form, file, images, leftOut::add), photos.get());
            }
        }
        return leftOut.exit().code();
    }

    private OnnxForm form() {
        try {
            return new OnnxForm(opset, pixels, !logitsOnly, int8 ? Weights.INT8 : Weights.F32);
        } catch (IllegalArgumentException e) {
            throw new OptionException("--opset: " + e.getMessage() + ".");
        }
    }

    /** The folder of photos that the user names, else of those that the model was tested on, else trained on. */
    private Path photos(FineSslModel loaded) throws IOException {
        if (test.isPresent()) {
            return test.get();
        }
        Path record = loaded.folder().resolve(RunStore.RECORD);
        if (Files.exists(record)) {
            Options trained = Options.ofRecord(RunRecord.read(record));
            for (var option : List.of(
                    io.github.finessl.experiments.option.Option.TEST,
                    io.github.finessl.experiments.option.Option.LABELLED)) {
                Optional<Path> folder = trained.get(option).filter(Files::isDirectory);
                if (folder.isPresent()) {
                    return folder.get();
                }
            }
        }
        throw new OptionException("--int8 needs photos to measure its cost on, and those of the training are not there:"
                + " --test=<folder> names some, one subfolder per class.");
    }

    private void print(Int8Cost cost, Path photos) {
        print(
                "int8 against f32 on %,d photos of %s by ONNX Runtime: %.1f %% right instead of %.1f %%, the same class for"
                        + " %.1f %%, probabilities at most %.3f apart; %.1f MB instead of %.1f MB.",
                cost.images(),
                photos,
                100.0 * cost.rightInt8() / cost.images(),
                100.0 * cost.rightF32() / cost.images(),
                100.0 * cost.same() / cost.images(),
                cost.largestDifference(),
                cost.bytesInt8() / MEGABYTE,
                cost.bytesF32() / MEGABYTE);
    }

    private void print(String format, Object... values) {
        spec.commandLine().getOut().println(String.format(Locale.ROOT, format, values));
    }
}

package io.github.finessl.cli;

import io.github.finessl.experiments.run.Exit;
import io.github.finessl.export.OnnxForm;
import io.github.finessl.export.OnnxForm.Pixels;
import io.github.finessl.serve.FineSslModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
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
        try (FineSslModel loaded = model.load()) {
            OnnxForm form = new OnnxForm(loaded.opset(), pixels, !logitsOnly);
            loaded.exportOnnx(form, file);
            int side = loaded.card().resolution();
            spec.commandLine()
                    .getOut()
                    .printf(
                            "%s: pixels [batch, 3, %d, %d] %s to logits%s [batch, %d], opset %d.%n",
                            file,
                            side,
                            side,
                            pixels == Pixels.ZERO_TO_ONE
                                    ? "from 0 to 1"
                                    : "normalised by " + loaded.card().normalisation(),
                            logitsOnly ? "" : " and probabilities",
                            loaded.classes().size(),
                            form.opset());
        }
        return Exit.OK.code();
    }
}

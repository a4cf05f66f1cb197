package io.github.finessl.cli;

import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Nd4jKernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.serve.FineSslModel;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The model that a command uses. */
final class ModelArguments {

    /** Arithmetic of the model's products. */
    private enum Arithmetic {
        AUTO,
        F32,
        BF16,
        PORTABLE
    }

    @Parameters(index = "0", paramLabel = "MODEL_DIR", description = "folder of a trained model")
    private Path folder;

    @Option(
            names = "--precision",
            paramLabel = "<name>",
            defaultValue = "auto",
            description = "auto (the fastest here), f32, bf16 or portable; default ${DEFAULT-VALUE}")
    private Arithmetic precision;

    Path folder() {
        return folder;
    }

    FineSslModel load() {
        return FineSslModel.load(
                folder,
                switch (precision) {
                    case PORTABLE -> new Nd4jKernels();
                    case F32 -> KernelChoice.open(Precision.F32);
                    case BF16 -> KernelChoice.open(Precision.BF16);
                    case AUTO -> KernelChoice.open(Precision.AUTO);
                });
    }
}

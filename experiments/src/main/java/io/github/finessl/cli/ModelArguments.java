package io.github.finessl.cli;

import io.github.finessl.experiments.Arithmetic;
import io.github.finessl.serve.FineSslModel;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The model that a command uses, and what it is computed with. */
final class ModelArguments {

    @Parameters(index = "0", paramLabel = "MODEL_DIR", description = "folder of a trained model")
    private Path folder;

    @Option(
            names = "--precision",
            paramLabel = "<name>",
            defaultValue = "auto",
            description = "auto (the fastest here), f32, bf16 or portable; default ${DEFAULT-VALUE}")
    private String precision;

    @Option(names = "--threads", paramLabel = "<number>", description = "threads that compute; one a core by default")
    private String threads;

    @Option(names = "--heap", paramLabel = "<size>", description = "Java heap; 2g by default")
    private String heap;

    Path folder() {
        return folder;
    }

    FineSslModel load() {
        OfScript.require(heap, threads);
        return FineSslModel.load(folder, Arithmetic.open(precision));
    }
}

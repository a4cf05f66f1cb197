package io.github.finessl.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.github.finessl.experiments.run.Arithmetic;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.ModelFolder;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;
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

    /** Loads the model, without a word on what it is computed with. */
    FineSslModel load() {
        if (LoggerFactory.getLogger("io.github.finessl") instanceof Logger log) {
            log.setLevel(Level.WARN);
        }
        OfScript.require(heap, threads);
        return FineSslModel.load(folder, Arithmetic.open(precision));
    }

    /** Makes sure, before anything is computed, that what is to be written is no file of a model. */
    void requireOutside(Path target) throws IOException {
        ModelFolder.requireOutside(folder, target);
    }
}

package io.github.finessl.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.github.finessl.experiments.run.Arithmetic;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.ModelFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The arguments of commands that use a trained model: its folder, and what it computes with. */
final class ModelArguments {

    @Parameters(index = "0", paramLabel = "MODEL_DIR", description = "folder of a trained model")
    private Path folder;

    @Mixin
    private MachineArguments machine;

    /** Loads the model, and keeps the log from mixing with the command's output. */
    FineSslModel load() {
        return load(kernels -> FineSslModel.load(folder, kernels));
    }

    /** Loads a model in the way given, and keeps the log from mixing with the command's output. */
    FineSslModel load(Function<Kernels, FineSslModel> loader) {
        if (LoggerFactory.getLogger("io.github.finessl") instanceof Logger log) {
            log.setLevel(Level.WARN);
        }
        return loader.apply(Arithmetic.open(machine.precision()));
    }

    /** What stands in the place of the model's folder. */
    Path first() {
        return folder;
    }

    /** Makes sure, before anything is computed, that an output file is not in a model's folder. */
    void requireOutside(Path target) throws IOException {
        ModelFolder.requireOutside(folder, target);
    }

    /** Makes sure, before anything is computed, that a folder for files is not in a model's folder. */
    void requireFolderOutside(Path target) throws IOException {
        ModelFolder.requireFolderOutside(folder, target);
    }
}

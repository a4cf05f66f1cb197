package io.github.finessl.cli;

import io.github.finessl.kernel.Precision;
import picocli.CommandLine.Option;

/** The arguments of commands that compute with a model: the precision, the number of threads and the heap. */
final class MachineArguments {

    @Option(
            names = "--precision",
            paramLabel = "<name>",
            defaultValue = "auto",
            description =
                    "number format of matrix products: auto (the fastest on this processor), f32, bf16 or portable; default ${DEFAULT-VALUE}")
    private String precision;

    @Option(
            names = "--threads",
            paramLabel = "<number>",
            description = "number of computing threads; default one per core")
    private String threads;

    @Option(names = "--heap", paramLabel = "<size>", description = "size of the Java heap; default 2g")
    private String heap;

    /**
     * The precision, once it is sure that the start script has followed the others.
     *
     * @throws io.github.finessl.experiments.option.OptionException naming the one that cannot be followed
     */
    Precision precision() {
        StartScriptOptions.require(heap, threads);
        return io.github.finessl.experiments.option.Option.PRECISION.parse(precision);
    }
}

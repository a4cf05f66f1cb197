package io.github.finessl.cli;

import io.github.finessl.FineTuner;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.experiments.run.Training;
import io.github.finessl.report.RunRecord;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The subcommand that trains a model and writes it, with a report, into a folder. */
@Command(
        name = "train",
        customSynopsis = {
            "finessl train --labelled=<folder> --unlabelled=<folder> [--test=<folder>]",
            "                     --out=<folder> [OPTIONS]",
            "       finessl train --labels=<table.csv> --photos=<folder> --out=<folder>",
            "                     [OPTIONS]",
            "       finessl train --classes=<names> --unlabelled=<folder> --encoder=<file>",
            "                     --text-encoder=<file> --out=<folder> [OPTIONS]",
            "       finessl train --from=<model> --labelled=<folder> ... --out=<folder>",
            "                     [OPTIONS]"
        },
        description = {
            "Trains a model on photos in <labelled>/<class>/ and on unlabelled ones; writes it to a folder, with a report.",
            "The same command continues an interrupted training."
        },
        footer = {"", "Options can also be in a YAML file, without the dashes: 'finessl train --config options.yaml'."},
        sortOptions = false)
final class Train implements Callable<Integer> {

    /** The property in which the start script gives the installation's folder. */
    private static final String HOME = "finessl.home";

    private static final String ENCODER = "encoder/vit_tiny_patch16_224.onnx";

    private final PrintStream console;
    private final BooleanSupplier stop;

    @Spec
    private CommandSpec spec;

    @picocli.CommandLine.Option(
            names = "--out",
            paramLabel = "<folder>",
            order = 0,
            description = "folder for the model: a new one, or this training's to continue")
    private Optional<Path> out = Optional.empty();

    @picocli.CommandLine.Option(
            names = "--config",
            paramLabel = "<file>",
            order = 1,
            description = "YAML file of options; those on the command line override it")
    private Optional<Path> config = Optional.empty();

    Train(PrintStream console, BooleanSupplier stop) {
        this.console = console;
        this.stop = stop;
    }

    @Override
    public Integer call() throws IOException {
        Map<String, String> given = new TreeMap<>(config.isPresent() ? OptionFile.read(config.get()) : Map.of());
        Optional<Path> folder =
                out.or(() -> Optional.ofNullable(given.get(OptionFile.OUT)).map(Path::of));
        given.putAll(TrainingFlags.given(spec.commandLine().getParseResult()));
        require(folder.isPresent(), "--out, the folder for the model");
        require(
                Stream.of(Option.LABELLED, Option.LABEL_TABLE, Option.CLASSES, Option.DATA)
                        .anyMatch(data -> given.containsKey(data.name())),
                "--labelled, a folder with one folder of photos per class, or --labels, a table of labels, or --classes, their"
                        + " names alone");
        StartScriptOptions.require(given.get(Option.HEAP.name()), given.get(Option.THREADS.name()));
        if (!given.containsKey(Option.PARENT.name())) {
            useOwnEncoder(given);
        }
        Training training = new Training(given);
        Optional<FineTuner.Result> trained = training.run(folder.get(), new RunContext(console, isTerminal(), stop));
        if (trained.isEmpty()) {
            return Exit.INTERRUPTED.code();
        }
        tell(trained.get().record(), folder.get());
        return Exit.OK.code();
    }

    /** Adds the installation's encoder where none is given. */
    static void useOwnEncoder(Map<String, String> given) {
        Optional.ofNullable(System.getProperty(HOME))
                .ifPresent(home -> given.putIfAbsent(
                        Option.ENCODER.name(), Path.of(home, ENCODER).toString()));
    }

    private void tell(RunRecord record, Path folder) {
        Double top1 = record.metrics().top1();
        console.println(
                top1 == null
                        ? "No test images, so the accuracy is unknown: --test=<folder> names some,"
                                + " --test-share=0.2 keeps a share of the labelled ones for testing."
                        : String.format(
                                Locale.ROOT,
                                "Test accuracy: %.1f %% of %,d images.",
                                100 * top1,
                                record.data().test()));
        console.printf("Model: %s. Report: %s.%n", folder, folder.resolve(FineTuner.REPORT));
    }

    private static void require(boolean given, String what) {
        if (!given) {
            throw new OptionException("finessl train needs " + what + "; see 'finessl train --help'.");
        }
    }

    @SuppressWarnings("SystemConsoleNull") // The script sets jdk.console, so that null means what it says.
    static boolean isTerminal() {
        return System.console() != null;
    }
}

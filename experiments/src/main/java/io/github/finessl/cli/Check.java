package io.github.finessl.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.FolderCheck;
import io.github.finessl.report.Findings;
import io.github.finessl.report.Json;
import io.github.finessl.report.Progress;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.serve.ModelException;
import io.github.finessl.serve.ModelFolder;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The subcommand that tells what is in the folders of photos, before a training or as a model's folder keeps it. */
@Command(
        name = "check",
        customSynopsis = {
            "finessl check --labelled=<folder> [--unlabelled=<folder>] [--test=<folder>]",
            "       finessl check --labels=<table.csv> --photos=<folder>",
            "       finessl check MODEL_DIR"
        },
        description = {
            "Tells what is in the folders: images of each class, pictures that are there more than once, labels that look"
                    + " wrong, images of no class, classes that look alike, files that cannot be read.",
            "Of a model it prints what its training found."
        },
        sortOptions = false)
final class Check implements Callable<Integer> {

    private final PrintStream err;
    private final BooleanSupplier stop;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "MODEL_DIR", description = "folder of a trained model")
    private Optional<Path> model = Optional.empty();

    @picocli.CommandLine.Option(names = "--json", description = "print JSON, as findings.json in a model's folder")
    private boolean json;

    @picocli.CommandLine.Option(
            names = "--strict",
            description =
                    "end with code 1 if labels look wrong, many images are of no class, a test image is labelled too,"
                            + " or a picture has two labels")
    private boolean strict;

    Check(PrintStream err, BooleanSupplier stop) {
        this.err = err;
        this.stop = stop;
    }

    @Override
    public Integer call() throws IOException {
        Map<String, String> given = TrainingFlags.given(spec.commandLine().getParseResult());
        Findings findings;
        if (model.isPresent()) {
            findings = kept(model.get(), given);
        } else {
            try {
                findings = computed(given);
            } catch (CancellationException e) {
                return Exit.INTERRUPTED.code();
            }
        }
        print(findings, spec.commandLine().getOut());
        return (strict && findings.areSerious() ? Exit.FAILED : Exit.OK).code();
    }

    private static Findings kept(Path folder, Map<String, String> given) throws IOException {
        if (!given.isEmpty()) {
            throw new OptionException("finessl check prints what a model's folder knows, or looks at folders of photos,"
                    + " but was given both " + folder + " and -D"
                    + given.keySet().iterator().next() + ".");
        }
        ModelFolder.read(folder);
        return Findings.read(folder)
                .orElseThrow(
                        () -> new ModelException(
                                folder + " should hold " + Findings.FILE
                                        + ", but an earlier version trained it: 'finessl check --labelled=...' looks at the photos anew."));
    }

    private Findings computed(Map<String, String> given) {
        if (!given.containsKey(Option.LABELLED.name()) && !given.containsKey(Option.LABEL_TABLE.name())) {
            throw new OptionException("finessl check needs a model's folder, or --labelled, a folder with one folder of"
                    + " photos per class, or --labels, a table of labels; see 'finessl check --help'.");
        }
        if (LoggerFactory.getLogger("io.github.finessl") instanceof Logger log) {
            log.setLevel(Level.WARN);
        }
        StartScriptOptions.require(given.get(Option.HEAP.name()), given.get(Option.THREADS.name()));
        Train.useOwnEncoder(given);
        TrainingListener shown = Progress.of(Train.isTerminal(), err);
        try {
            return new FolderCheck(given).findings(shown, stop);
        } finally {
            shown.ended();
        }
    }

    private void print(Findings findings, PrintWriter out) {
        if (!json) {
            FindingsPrinter.print(findings, out);
            return;
        }
        try {
            out.println(Json.MAPPER.writeValueAsString(findings));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}

package io.github.finessl.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.kernel.Precision;
import io.github.finessl.studio.BrowserWindow;
import io.github.finessl.studio.Studio;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The subcommand that opens a folder of photos in the browser, to label them and to train on them. */
@Command(
        name = "studio",
        description = {
            "Opens a folder of photos in the browser: to label them with suggestions, and to train on them.",
            "A label moves a photo to <photos>/labelled/<class>/; models come to <photos>/models/.",
            "It can be reached from this machine alone, until Ctrl-C."
        })
final class StudioCommand implements Callable<Integer> {

    private final BooleanSupplier stop;

    @Spec
    private CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "PHOTOS",
            description = "folder of photos; asked for where it is left out")
    private Optional<Path> photos = Optional.empty();

    @picocli.CommandLine.Option(
            names = "--labels",
            paramLabel = "<file>",
            description =
                    "CSV of rows image,label, as finessl train reads it: no photo is moved, the table is written instead, and models come beside it")
    private Optional<Path> labels = Optional.empty();

    @picocli.CommandLine.Option(
            names = "--port",
            paramLabel = "<number>",
            defaultValue = "0",
            description = "port on 127.0.0.1; default 0, any that is free")
    private int port;

    @picocli.CommandLine.Option(names = "--no-browser", description = "print the address and do not open a browser")
    private boolean noBrowser;

    @picocli.CommandLine.Option(
            names = "--encoder",
            paramLabel = "<file>",
            description = "ONNX file of the frozen encoder; default the installation's own")
    private Optional<Path> encoder = Optional.empty();

    @picocli.CommandLine.Option(
            names = "--steps",
            paramLabel = "<number>",
            defaultValue = "200",
            description = "steps of a training; default ${DEFAULT-VALUE}")
    private int steps;

    @Mixin
    private MachineArguments machine;

    /**
     * The subcommand.
     *
     * @param stop true once the studio is to end
     */
    StudioCommand(BooleanSupplier stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() throws IOException {
        requireUsable();
        Precision precision = machine.precision();
        if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof Logger log) {
            log.setLevel(Level.WARN);
        }
        Studio.Settings settings = new Studio.Settings(folder(), labels, encoderFile(), precision, steps, port);
        PrintWriter out = spec.commandLine().getOut();
        try (Studio studio = Studio.open(settings);
                BrowserWindow window = BrowserWindow.of(studio.address())) {
            out.printf("The studio is open for %s at%n%s%nuntil Ctrl-C.%n", settings.photos(), studio.address());
            out.flush();
            if (!noBrowser && !window.open()) {
                out.printf("No browser was found: open the address in one.%n");
                out.flush();
            }
            StopSignal.await(stop);
        }
        return Exit.OK.code();
    }

    private void requireUsable() {
        if (port < 0 || port > 65_535) {
            throw new OptionException("--port=" + port + " cannot be used: it is a number from 0 to 65535.");
        }
        if (steps < 1) {
            throw new OptionException("--steps=" + steps + " cannot be used: it is a whole number from 1.");
        }
    }

    private Path folder() throws IOException {
        if (photos.isPresent()) {
            return photos.get();
        } else if (!Train.isTerminal()) {
            throw new ParameterException(spec.commandLine(), "Missing required parameter: 'PHOTOS'");
        }
        spec.commandLine().getOut().print("Folder of photos: ");
        spec.commandLine().getOut().flush();
        String line = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
        if (line == null || line.isBlank()) {
            throw new ParameterException(spec.commandLine(), "Missing required parameter: 'PHOTOS'");
        }
        return Path.of(line.strip());
    }

    private Path encoderFile() {
        Map<String, String> given = new TreeMap<>();
        encoder.ifPresent(file -> given.put(Option.ENCODER.name(), file.toString()));
        Train.useOwnEncoder(given);
        if (!given.containsKey(Option.ENCODER.name())) {
            throw new OptionException("finessl studio needs --encoder, an ONNX file; see 'finessl studio --help'.");
        }
        return Path.of(given.get(Option.ENCODER.name()));
    }
}

package io.github.finessl.cli;

import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Failure;
import io.github.finessl.experiments.run.Interrupt;
import io.github.finessl.experiments.run.StandardOutput;
import io.github.finessl.experiments.run.Terminal;
import io.github.finessl.export.OnnxForm.Pixels;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The command {@code finessl}: training and use of models on folders of photos. */
@Command(
        name = "finessl",
        description = "Trains image classifiers on a few labelled and many unlabelled photos, on a CPU.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Finessl.Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            " 0:done",
            " 1:failed",
            " 2:a bad option",
            " 3:a file is missing, damaged or cannot be written",
            "130:interrupted; the same command continues the training"
        },
        subcommands = HelpCommand.class)
public final class Finessl implements Runnable {

    private static final String TRAIN = "train";
    private static final String CHECK = "check";
    private static final String COMPLETION = "completion";

    private static final Set<String> OVERVIEW = Set.of("-h", "--help", "-V", "--version");

    /** The property in which the start script asks for links to native libraries. */
    private static final String NATIVES = "finessl.natives";

    @Spec
    private CommandSpec spec;

    @Option(names = "--stacktrace", scope = ScopeType.INHERIT, description = "Print the stack trace of an error.")
    private boolean stacktrace;

    /** Runs the command line and ends the process with one of {@link Exit}'s codes. */
    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT); // numbers look the same everywhere
        Interrupt interrupt = Interrupt.install();
        Exit exit = Exit.FAILED;
        try {
            exit = run(StandardOutput.ofProcess(), System.err, interrupt::isRequested, args);
            String natives = System.getProperty(NATIVES);
            if (natives != null && exit == Exit.OK) {
                prepareNextStart(Path.of(natives));
            }
        } catch (RuntimeException | Error e) { // thrown before there is a command line, as when a library is missing
            System.err.println(Failure.sentence(e));
        } finally {
            interrupt.finish(exit);
        }
    }

    /** What cannot be prepared is done at the next start again. */
    private static void prepareNextStart(Path natives) {
        try {
            NativeLinks.write(natives);
        } catch (IOException | RuntimeException e) {
            LoggerFactory.getLogger(Finessl.class).debug("{} cannot be written", natives, e);
        }
    }

    /**
     * Carries out a command line and returns how it ended.
     *
     * @param stop true once a training is to write a checkpoint and end
     */
    public static Exit run(StandardOutput out, PrintStream err, BooleanSupplier stop, String... args) {
        CommandLine line = commandLine(out, err, stop, args);
        try {
            Exit exit = Exit.of(line.execute(args));
            line.getOut().flush();
            if (out.hasFailed() && !out.isClosedByReader()) { // writers pass over errors, such as a full disk
                line.getErr().println("Standard output cannot be written to: what was printed is incomplete.");
                return exit == Exit.OK ? Exit.BAD_FILE : exit;
            }
            return exit;
        } catch (Error e) { // picocli catches exceptions only: a full heap, a missing library
            say(e, line);
            return Failure.exit(e);
        }
    }

    /**
     * The command with its subcommands: the one that is named first, since looking through all takes time, or else all.
     *
     * <p>{@code help} and {@code completion} are about all of them.
     */
    private static CommandLine commandLine(StandardOutput out, PrintStream err, BooleanSupplier stop, String... args) {
        Finessl finessl = new Finessl();
        CommandLine line = new CommandLine(finessl);
        String first = args.length == 0 ? "--help" : args[0];
        Map<String, Supplier<Object>> subcommands = subcommands(out, err, stop);
        boolean alone = subcommands.containsKey(first) && !first.equals(COMPLETION);
        subcommands.forEach((name, made) -> {
            if (!alone || name.equals(first)) {
                line.addSubcommand(name, made.get());
            }
        });
        if (!OVERVIEW.contains(first)) { // a look at the names does without the many options of a training
            Map<String, CommandLine> added = line.getSubcommands();
            Optional.ofNullable(added.get(TRAIN)).ifPresent(TrainingFlags::addTo);
            Optional.ofNullable(added.get(CHECK)).ifPresent(TrainingFlags::addOfImagesTo);
        }
        line.setOut(Terminal.writer(out));
        line.setErr(Terminal.writer(err));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.registerConverter(Pixels.class, Export::pixels);
        line.registerConverter(Path.class, Finessl::path);
        line.setExecutionExceptionHandler((thrown, failed, parsed) -> finessl.failure(thrown, failed));
        line.setParameterExceptionHandler((bad, parsed) -> badParameter(bad));
        return line;
    }

    /** By name, in the order of the help. */
    private static Map<String, Supplier<Object>> subcommands(
            StandardOutput out, PrintStream err, BooleanSupplier stop) {
        Map<String, Supplier<Object>> subcommands = new LinkedHashMap<>();
        subcommands.put(TRAIN, () -> new Train(Terminal.stream(out), stop));
        subcommands.put(CHECK, () -> new Check(err, stop));
        subcommands.put("studio", () -> new StudioCommand(stop));
        subcommands.put("predict", Predict::new);
        subcommands.put("serve", () -> new Serve(stop));
        subcommands.put("evaluate", Evaluate::new);
        subcommands.put("pseudo-label", PseudoLabel::new);
        subcommands.put("export", Export::new);
        subcommands.put("inspect", Inspect::new);
        subcommands.put(COMPLETION, Completion::new);
        return subcommands;
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private int failure(Throwable thrown, CommandLine line) {
        if (thrown instanceof OutputClosed) {
            return Exit.OK.code();
        }
        if (stacktrace) {
            thrown.printStackTrace(line.getErr());
        } else {
            say(thrown, line);
        }
        return Failure.exit(thrown).code();
    }

    private static void say(Throwable thrown, CommandLine line) {
        line.getErr().printf("%s%n", TrainingFlags.withFlags(Failure.sentence(thrown)));
    }

    /** A path; an empty one would stand for the folder that the command was started in. */
    private static Path path(String text) {
        if (text.isBlank()) {
            throw new TypeConversionException("it is empty");
        }
        return Path.of(text);
    }

    private static int badParameter(ParameterException bad) {
        CommandLine line = bad.getCommandLine();
        line.getErr().println(bad.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(bad, line.getErr());
        line.getErr().println("See '" + line.getCommandSpec().qualifiedName() + " --help'.");
        return Exit.BAD_OPTION.code();
    }

    /** The version that the build has written into the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            Properties build = new Properties();
            try (InputStream in = Finessl.class.getResourceAsStream("/META-INF/finessl.properties")) {
                build.load(in);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            String commit = System.getProperty("finessl.commit", "");
            return new String[] {
                "finessl " + build.getProperty("version") + (commit.isEmpty() ? "" : " (" + commit + ")")
            };
        }
    }

    /** The subcommand that prints a script with which shells complete commands and options. */
    @Command(
            name = COMPLETION,
            description = "Prints a completion script for bash and zsh: source <(finessl completion)")
    static final class Completion implements Runnable {
        @Spec
        private CommandSpec spec;

        @Override
        public void run() {
            CommandLine root = spec.root().commandLine();
            spec.commandLine().getOut().println(AutoComplete.bash(root.getCommandName(), root));
        }
    }
}

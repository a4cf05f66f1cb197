package io.github.finessl.experiments;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.Failure;
import io.github.finessl.experiments.run.Interrupt;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.experiments.run.Terminal;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * The main class, which runs the experiment that the property {@code exp} names with the options that other properties
 * give.
 */
public final class Main {

    private final Registry registry;
    private final PrintStream out;
    private final PrintStream err;

    Main(Registry registry, PrintStream out, PrintStream err) {
        this.registry = registry;
        this.out = Terminal.stream(out);
        this.err = Terminal.stream(err);
    }

    /** Runs the experiment and ends the process with one of {@link Exit}'s codes. */
    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT); // numbers look the same everywhere
        Map<String, String> properties = new TreeMap<>();
        System.getProperties().stringPropertyNames().forEach(name -> properties.put(name, System.getProperty(name)));
        Interrupt interrupt = Interrupt.install();
        Exit exit = Exit.FAILED;
        try {
            exit = new Main(Registry.ALL, System.out, System.err).run(properties, interrupt::isRequested);
        } catch (RuntimeException | Error e) { // thrown before there is an experiment, as when a library is missing
            System.err.println(Failure.sentence(e));
        } finally {
            interrupt.finish(exit);
        }
    }

    Exit run(Map<String, String> properties, BooleanSupplier stop) {
        String name = properties.getOrDefault(Options.EXPERIMENT, "list");
        if (name.equals("list") || name.equals("help")) {
            out.println(help());
            return Exit.OK;
        }
        Experiment experiment = registry.find(name).orElse(null);
        if (experiment == null) {
            err.println("There is no experiment " + name + ". The experiments are:\n" + registry.list());
            return Exit.FAILED;
        }
        boolean stackTrace = Boolean.parseBoolean(properties.get(Option.STACKTRACE.name()));
        try {
            return experiment.run(experiment.options(properties), new RunContext(out, isTerminal(), stop));
        } catch (IOException | RuntimeException | Error e) {
            return failure(e, stackTrace);
        }
    }

    private Exit failure(Throwable thrown, boolean stackTrace) {
        if (stackTrace) {
            thrown.printStackTrace(err);
        } else {
            err.printf("%s%n", Failure.sentence(thrown));
        }
        return Failure.exit(thrown);
    }

    private String help() {
        return """
                mvn exec:java -Dexp=<experiment> [-D<option>=<value> ...]

                Experiments:
                %s

                Options:
                %s

                Exit codes: 0 done, 1 failed or no such experiment, 2 bad option, 3 missing or bad file, 130 interrupted.""".formatted(registry.list(), Options.help());
    }

    @SuppressWarnings("SystemConsoleNull") // The launcher sets jdk.console, so that null means what it says.
    private static boolean isTerminal() {
        return System.console() != null;
    }
}

package io.github.finessl.cli;

import io.github.finessl.endpoint.Endpoint;
import io.github.finessl.endpoint.Settings;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.serve.FineSslModel;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The subcommand that answers about photos over HTTP. */
@Command(
        name = "serve",
        description = {
            "Answers about photos over HTTP, until Ctrl-C: curl --data-binary @photo.jpg http://127.0.0.1:8000/classify",
            "Several photos come as multipart/form-data. ?top=, ?threshold= and ?unknown=true are options of predict.",
            "GET / says what else there is; GET /openapi.json describes it for programs."
        })
final class Serve implements Callable<Integer> {

    private static final int MEGABYTE = 1 << 20;
    private static final int MOST_MEGABYTES = 1024;

    private final BooleanSupplier stop;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelArguments model;

    @Option(
            names = "--port",
            paramLabel = "<number>",
            defaultValue = "8000",
            description = "port to listen on, 0 for any that is free; default ${DEFAULT-VALUE}")
    private int port;

    @Option(
            names = "--host",
            paramLabel = "<address>",
            defaultValue = Settings.LOOPBACK,
            description = {
                "address of this machine to listen on; default ${DEFAULT-VALUE}, which no other machine reaches.",
                "With 0.0.0.0 everybody in the network can ask; there is no password and no encryption"
            })
    private String host;

    @Option(
            names = "--allow-host",
            paramLabel = "<name>",
            description = {
                "a further name that clients ask by, such as that of a proxy before it: example.org:443.",
                "May be given several times; what is asked by other names is refused"
            })
    private List<String> names = List.of();

    @Option(
            names = "--max-upload",
            paramLabel = "<MB>",
            defaultValue = "64",
            description = "largest request; default ${DEFAULT-VALUE} MB")
    private int upload;

    /**
     * The subcommand.
     *
     * @param stop true once it is to end
     */
    Serve(BooleanSupplier stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() {
        Settings settings = settings();
        boolean open = !address().isLoopbackAddress();
        try (FineSslModel loaded = model.load()) {
            try (Endpoint endpoint = Endpoint.start(loaded, settings)) {
                if (open) {
                    spec.commandLine()
                            .getErr()
                            .printf(
                                    "Everybody who reaches %s by the network can ask this model: there is no password and no encryption.%n",
                                    host);
                }
                PrintWriter out = spec.commandLine().getOut();
                out.printf("%s answers at %s until Ctrl-C: %s%n", model.first(), endpoint.address(), endpoint.ask());
                out.flush();
                StopSignal.await(stop);
            }
        }
        return Exit.OK.code();
    }

    private Settings settings() {
        if (port < 0 || port > 65_535) {
            throw new OptionException("--port=" + port + " cannot be used: it is a number from 0 to 65535.");
        }
        if (upload < 1 || upload > MOST_MEGABYTES) {
            throw new OptionException("--max-upload=" + upload + " cannot be used: it is a number of MB from 1 to "
                    + MOST_MEGABYTES + ".");
        }
        for (String name : names) {
            if (!name.matches("([\\w.-]+|\\[[0-9a-fA-F:]+])(:\\d{1,5})?")) {
                throw new OptionException(
                        "--allow-host=" + name
                                + " cannot be used: it is a name, with a port where that is another one, such as example.org:443.");
            }
        }
        return new Settings(host, port, names, Settings.Limits.USUAL.withUpload(upload * MEGABYTE));
    }

    private InetAddress address() {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new OptionException("--host=" + host + " cannot be used: it is no address of this machine.");
        }
    }
}

package io.github.finessl.experiments.tool;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.report.Charts;
import io.github.finessl.report.Machine;
import io.github.finessl.report.Versions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A check of the machine, libraries, encoder file and fonts that experiments need. */
public final class Doctor implements Experiment {

    @Override
    public String name() {
        return "Doctor";
    }

    @Override
    public String summary() {
        return "Checks machine, libraries, encoder file and fonts, in seconds";
    }

    @Override
    public Exit run(Options options, RunContext context) throws IOException {
        Versions versions = Versions.here();
        context.out().printf("Machine    %s%n", Machine.here().text());
        context.out().printf("Java       %s on %s%n", versions.java(), versions.os());
        context.out().printf("ND4J       %s, %s%n", versions.nd4j(), versions.backend());
        context.out().printf("FineSSL    %s%n", versions.commit().orElse("not in a git clone"));
        Path encoder = options.get(Option.ENCODER);
        if (!Files.isReadable(encoder)) {
            throw new NoSuchFileException(encoder.toString());
        }
        context.out().printf("Encoder    %s, %.1f MB%n", encoder, Files.size(encoder) / 1e6);
        Charts.checkFonts();
        context.out().println("All is well.");
        return Exit.OK;
    }
}

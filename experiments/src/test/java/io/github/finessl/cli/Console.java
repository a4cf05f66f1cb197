package io.github.finessl.cli;

import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.StandardOutput;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Runs command lines in this JVM and keeps what they print. */
final class Console {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    Exit run(Object... args) {
        out.reset();
        err.reset();
        String[] texts = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            texts[i] = args[i].toString();
        }
        return Finessl.run(
                new StandardOutput(out, false), new PrintStream(err, true, StandardCharsets.UTF_8), () -> false, texts);
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}

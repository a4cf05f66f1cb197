package io.github.finessl.experiments.run;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class TerminalTest {
    private static final String NAME = "\u001b[31m고양이\u009b\u202e\n.jpg";
    private static final String SHOWN = "\ufffd[31m고양이\ufffd\ufffd\ufffd.jpg";

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private String printed() {
        String text = bytes.toString(StandardCharsets.UTF_8);
        bytes.reset();
        return text;
    }

    @Test
    void namesAreOneLineWithoutControlCharacters() {
        PrintStream stream = Terminal.stream(out);
        stream.printf("%s %d%n", NAME, 3);
        assertThat(printed()).isEqualTo(SHOWN + " 3" + System.lineSeparator());
        stream.printf(Locale.ROOT, "%s\t%.1f%n", Path.of(NAME), 0.5);
        assertThat(printed()).isEqualTo(SHOWN + "\t0.5" + System.lineSeparator());
        stream.println("two\nlines\u001b[2J\t.");
        assertThat(printed()).isEqualTo("two\nlines\ufffd[2J\t." + System.lineSeparator());
        PrintWriter writer = Terminal.writer(out);
        writer.printf("%s %d%n", NAME, 3);
        assertThat(printed()).isEqualTo(SHOWN + " 3" + System.lineSeparator());
        writer.printf(Locale.ROOT, "%s%n", NAME);
        assertThat(printed()).isEqualTo(SHOWN + System.lineSeparator());
        writer.println(NAME);
        assertThat(printed()).isEqualTo(SHOWN.replace("\ufffd.jpg", "\n.jpg") + System.lineSeparator());
        writer.write(NAME);
        writer.flush();
        assertThat(printed()).as("for other programs").isEqualTo(NAME);
    }

    @Test
    void logLinesToo() throws JoranException {
        LoggerContext context = new LoggerContext();
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(TerminalTest.class.getResource("/logback.xml"));
        ConsoleAppender<ILoggingEvent> appender =
                (ConsoleAppender<ILoggingEvent>) context.getLogger("ROOT").getAppender("console");
        LoggingEvent event = new LoggingEvent(
                "", context.getLogger("io.github.finessl.Some"), Level.WARN, "{} is bad", null, new Object[] {NAME});
        assertThat(new String(appender.getEncoder().encode(event), StandardCharsets.UTF_8))
                .endsWith("WARN  Some  " + SHOWN + " is bad" + System.lineSeparator());
        context.stop();
    }
}

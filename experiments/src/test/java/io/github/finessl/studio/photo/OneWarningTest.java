package io.github.finessl.studio.photo;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A fault that every photo meets. */
class OneWarningTest {

    @Test
    void itIsWarnedOfOnce() {
        Logger log = (Logger) LoggerFactory.getLogger(OneWarningTest.class);
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        said.start();
        log.addAppender(said);
        OneWarning warning = new OneWarning(log);
        warning.of("The cache cannot be written.");
        warning.of("The cache cannot be written.");
        assertThat(said.list.stream().filter(event -> event.getLevel() == Level.WARN))
                .singleElement()
                .satisfies(event -> assertThat(event.getFormattedMessage()).isEqualTo("The cache cannot be written."));
    }
}

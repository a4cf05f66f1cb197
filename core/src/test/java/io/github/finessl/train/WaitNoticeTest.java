package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import org.junit.jupiter.api.Test;

class WaitNoticeTest {

    @Test
    void isGivenOnceWhereStepsWaitMuch() {
        WaitNotice notice = new WaitNotice();
        assertThat(notice.of(Collections.nCopies(29, 1.0), 29, 256)).isEmpty();
        assertThat(notice.of(Collections.nCopies(30, 1.0), 5, 256)).isEmpty();
        assertThat(notice.of(Collections.nCopies(60, 1.0), 45, 256))
                .hasValueSatisfying(line -> assertThat(line)
                        .startsWith("Steps have waited for images 75 %")
                        .contains("less than 512 pixels"));
        assertThat(notice.of(Collections.nCopies(90, 1.0), 80, 256)).isEmpty();
    }
}

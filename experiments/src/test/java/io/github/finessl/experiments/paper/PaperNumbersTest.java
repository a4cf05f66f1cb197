package io.github.finessl.experiments.paper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.report.ResultTable.Missing;
import io.github.finessl.report.ResultTable.Quoted;
import org.junit.jupiter.api.Test;

class PaperNumbersTest {

    @Test
    void quotesWhatIsKnownAndLeavesTheRestEmpty() {
        assertThat(PaperNumbers.top1("finessl", "cifar10", "N4")).isEqualTo(new Quoted(97.39));
        assertThat(PaperNumbers.top1("freematch", "cifar10", "N4")).isEqualTo(Missing.NOT_KNOWN);
    }
}

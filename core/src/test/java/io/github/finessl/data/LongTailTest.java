package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.Golden;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class LongTailTest {

    @Test
    void countsAreTheReferences() {
        JsonNode lists = Golden.json("golden/misc.json").get("make_imb_data(max_num,C,gamma)");
        assertThat(lists).isNotEmpty();
        lists.fieldNames().forEachRemaining(arguments -> {
            String[] parts = arguments.split(",", 3);
            int[] expected = StreamSupport.stream(lists.get(arguments).spliterator(), false)
                    .mapToInt(JsonNode::intValue)
                    .toArray();
            assertThat(LongTail.counts(
                            Integer.parseInt(parts[0]),
                            Integer.parseInt(parts[1]),
                            Double.parseDouble(parts[2]),
                            false))
                    .as(arguments)
                    .isEqualTo(expected);
        });
    }

    @Test
    void reversedRunsTheOtherWay() {
        assertThat(LongTail.counts(1500, 10, 100, true)).startsWith(15, 25).endsWith(899, 1500);
        assertThat(LongTail.counts(7, 1, 10, false)).containsExactly(7);
        assertThatIllegalArgumentException().isThrownBy(() -> LongTail.counts(10, 10, 0.1, false));
    }

    @Test
    void theHeadIsAsLargeAsTheImagesAllow() {
        assertThat(LongTail.most(new int[] {450, 460, 495}, 10, false)).isEqualTo(450);
        assertThat(LongTail.most(new int[] {450, 460, 495}, 10, true)).isEqualTo(495);
        assertThat(LongTail.most(new int[] {450, 460, 495}, 1, false)).isEqualTo(450);
        assertThat(LongTail.most(new int[] {450, 2, 495}, 4, false)).isEqualTo(5);
        assertThat(LongTail.most(new int[] {0, 5}, 1, false)).isZero();
    }
}

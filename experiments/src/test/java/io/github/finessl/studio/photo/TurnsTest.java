package io.github.finessl.studio.photo;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.studio.folder.PhotoFolder.Found;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.photo.StudioPhoto.Content;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The order in which photos are worked on. */
class TurnsTest {

    private final List<StudioPhoto> open = new ArrayList<>();
    private int orders;

    private final Turns turns = new Turns(() -> {
        orders++;
        return List.copyOf(open);
    });

    private static List<StudioPhoto> photos(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i ->
                        new StudioPhoto("" + i, new Found(i + ".jpg", 1, 1, null), Place.UNLABELLED, Content.UNKNOWN))
                .toList();
    }

    private List<StudioPhoto> done() {
        List<StudioPhoto> some = turns.next();
        open.removeAll(some);
        return some;
    }

    @Test
    void theOrderIsMadeOnceAndSeenToTheEnd() {
        open.addAll(photos(0, 100));
        assertThat(IntStream.range(0, 4).mapToObj(i -> done()).flatMap(List::stream))
                .containsExactlyElementsOf(photos(0, 100));
        assertThat(orders).isOne();
        assertThat(done()).isEmpty();
    }

    @Test
    void whatHasChangedIsDoneFirst() {
        open.addAll(photos(0, 100));
        assertThat(done()).hasSize(32);
        open.add(0, photos(100, 101).get(0));
        turns.changed();
        assertThat(done().get(0).id()).isEqualTo("100");
        assertThat(orders).isEqualTo(2);
    }
}

package io.github.finessl.data;

import io.github.finessl.augment.RgbImage;
import io.github.finessl.io.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Open-set semi-supervised learning (OpenSSL): the first classes are those to be told apart; images of the others are
 * strangers among the unlabelled ones, and are not tested on.
 */
public final class OpenSet {

    private OpenSet() {}

    /**
     * The data set with its first {@code seen} classes as known ones and the others as strangers.
     *
     * @param seen how many classes there are to be, at least 1 and fewer than all
     */
    public static DataSource of(DataSource source, int seen) {
        if (seen < 1 || seen >= source.classes().size()) {
            throw new IllegalArgumentException("Of %d classes 1 to %d can be seen, not %d"
                    .formatted(source.classes().size(), source.classes().size() - 1, seen));
        }
        List<String> classes = source.classes().subList(0, seen);
        IntStream all = IntStream.range(0, source.train().size());
        IntStream tested = IntStream.range(0, source.test().size())
                .filter(i -> source.test().label(i) < seen);
        return new DataSource(
                source.name(),
                source.kind(),
                source.bringsSplit(),
                new View(source.train(), classes, all.toArray()),
                new View(source.test(), classes, tested.toArray()));
    }

    /** Some images of a part; those of other classes are strangers. */
    private record View(Dataset whole, List<String> classes, int[] images) implements Dataset {

        @Override
        public String name() {
            return whole.name();
        }

        @Override
        public int size() {
            return images.length;
        }

        @Override
        public int label(int index) {
            int label = whole.label(images[index]);
            return label < classes.size() ? label : STRANGER;
        }

        @Override
        public RgbImage image(int index) {
            return whole.image(images[index]);
        }

        @Override
        public RgbImage image(int index, int shortSide) {
            return whole.image(images[index], shortSide);
        }

        @Override
        public String source(int index) {
            return whole.source(images[index]);
        }

        @Override
        public String sha256() {
            return Sha256.hex(("open " + classes.size() + " " + whole.sha256()).getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String contentSha256(int index) {
            return whole.contentSha256(images[index]);
        }

        @Override
        public String pixelsSha256(int index) {
            return whole.pixelsSha256(images[index]);
        }

        @Override
        public List<SkippedImage> skipped() {
            return whole.skipped();
        }
    }
}

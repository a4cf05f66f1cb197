package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.finessl.augment.Normalisation;
import io.github.finessl.augment.RgbImage;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The data sets that the repository carries. */
class MiniSetsTest {

    private static final Path DATA = Path.of("..", "data");

    @ParameterizedTest
    @CsvSource({
        "cifar10-mini, 10, 250, 100, e910db4664aafaf174c97ef55f62dd8aa934897a25ebcd31130346fdc6d6fd36",
        "cifar100-mini, 100, 40, 10, 92891ae07aa2715963d6a80bc806d265de7f34c59e1c1ef6a90295553f507cec",
    })
    void areComplete(String name, int classes, int train, int test, String sha256) {
        DataSource source = Datasets.open(name, DATA);
        assertThat(source.classes()).hasSize(classes);
        assertThat(perClass(source.train())).hasSize(classes).containsOnly((long) train);
        assertThat(perClass(source.test())).hasSize(classes).containsOnly((long) test);
        assertThat(source.train().sha256()).isEqualTo(sha256);
    }

    @Test
    void haveTheConstantsOfTheirFamily() {
        assertThat(DataSource.normalisation(Datasets.open("cifar10-mini", DATA).name()))
                .isEqualTo(Normalisation.CIFAR10);
        assertThat(DataSource.normalisation(Datasets.open("cifar100-mini", DATA).name()))
                .isEqualTo(Normalisation.CIFAR100);
    }

    /** No image of the test part, whatever its label, is also in the training part. */
    @ParameterizedTest
    @CsvSource({"cifar10-mini", "cifar100-mini"})
    void trainAndTestAreDisjoint(String name) {
        DataSource source = Datasets.open(name, DATA);
        assertThat(images(source.test())).doesNotContainAnyElementsOf(images(source.train()));
    }

    @Test
    void absentSetSaysWhatToPutWhere() {
        Path root = Path.of("nowhere");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Datasets.open("cifar10", root))
                .withMessageContaining(root.resolve("cifar10").toAbsolutePath().toString())
                .withMessageContaining("data/fetch-cifar10.sh")
                .withMessageContaining("data_batch_1.bin");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Datasets.open("cifar11", root))
                .withMessageContaining("'cifar11'")
                .withMessageContaining("cifar10, cifar10-mini, cifar100");
    }

    private static Iterable<Long> perClass(Dataset dataset) {
        return IntStream.range(0, dataset.classes().size())
                .mapToObj(label -> IntStream.range(0, dataset.size())
                        .filter(i -> dataset.label(i) == label)
                        .count())
                .toList();
    }

    private static Set<ByteBuffer> images(Dataset dataset) {
        return IntStream.range(0, dataset.size())
                .mapToObj(dataset::image)
                .map(RgbImage::rgb)
                .map(ByteBuffer::wrap)
                .collect(Collectors.toSet());
    }
}

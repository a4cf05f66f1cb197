package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.finessl.augment.RgbImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarReaderTest {

    @TempDir
    Path root;

    private Path ten;

    @BeforeEach
    void officialLayout() throws IOException {
        ten = Files.createDirectories(root.resolve("cifar10"));
        Files.writeString(ten.resolve("batches.meta.txt"), "cat\r\ndog\n\n");
        for (int batch = 1; batch <= 5; batch++) {
            Files.write(ten.resolve("data_batch_" + batch + ".bin"), records(1, 0, 1));
        }
        Files.write(ten.resolve("test_batch.bin"), records(1, 1, 0, 1));
    }

    @Test
    void readsCifar10() {
        DataSource source = Datasets.open("cifar10", root);
        assertThat(source.classes()).containsExactly("cat", "dog");
        assertThat(source.train().size()).isEqualTo(10);
        assertThat(source.test().size()).isEqualTo(3);
        assertThat(source.train().name()).isEqualTo("cifar10/train");
        assertThat(source.train().label(7)).isEqualTo(1);
        assertThat(source.train().source(7)).endsWith("data_batch_4.bin record 1");
        RgbImage image = source.train().image(7);
        // Planes of 101, 102 and 103 with a mark at row 1, column 2.
        assertThat(Arrays.copyOf(image.rgb(), 3)).containsExactly(101, 102, 103);
        assertThat(image.rgb()[3 * (32 + 2)]).isEqualTo((byte) 200);
    }

    @Test
    void readsCifar100WithTheFineLabel() throws IOException {
        Path folder = Files.createDirectories(root.resolve("mine"));
        Files.writeString(folder.resolve("fine_label_names.txt"), "a\nb\nc\n");
        Files.write(folder.resolve("train.bin"), records(2, 2, 0, 1));
        Files.write(folder.resolve("test.bin"), records(2, 0, 1, 2));
        DataSource source = Datasets.open(folder.toString(), Path.of("nowhere"));
        assertThat(source.name()).isEqualTo("mine");
        assertThat(source.train().label(0)).isEqualTo(2);
        assertThat(source.train().image(0).rgb()[2]).isEqualTo((byte) 103);
    }

    @Test
    void hashKnowsContentAndOnlyContent() throws IOException {
        String before = Datasets.open("cifar10", root).train().sha256();
        assertThat(Datasets.open("cifar10", root).train().sha256())
                .isEqualTo(before)
                .hasSize(64);
        assertThat(Datasets.open("cifar10", root).test().sha256()).isNotEqualTo(before);
        byte[] changed = records(1, 0, 1);
        changed[3000]++;
        Files.write(ten.resolve("data_batch_3.bin"), changed);
        assertThat(Datasets.open("cifar10", root).train().sha256()).isNotEqualTo(before);
    }

    @Test
    void brokenLastRecord() throws IOException {
        Files.write(ten.resolve("data_batch_2.bin"), Arrays.copyOf(records(1, 0), 5000));
        assertFails(ten.resolve("data_batch_2.bin") + " must hold whole records of 3073 bytes, but has 5000 bytes.");
    }

    @Test
    void emptyFile() throws IOException {
        Files.write(ten.resolve("test_batch.bin"), new byte[0]);
        assertFails(ten.resolve("test_batch.bin") + " must hold whole records of 3073 bytes, but has 0 bytes.");
    }

    @Test
    void labelOutOfRange() throws IOException {
        Files.write(ten.resolve("data_batch_5.bin"), records(1, 0, 7));
        assertFails(ten.resolve("data_batch_5.bin") + " must have labels from 0 to 1, but record 1 has 7.");
    }

    @Test
    void missingFile() throws IOException {
        Files.delete(ten.resolve("data_batch_4.bin"));
        assertFails(ten.resolve("data_batch_4.bin") + " must be a file, but does not exist.");
    }

    @Test
    void classWithoutImages() throws IOException {
        Files.write(ten.resolve("test_batch.bin"), records(1, 1, 1));
        assertFails("cifar10/test must have images of every class, but has none of 'cat' (label 0).");
    }

    private void assertFails(String message) {
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Datasets.open("cifar10", root))
                .withMessage(message);
    }

    /** Records with the fine label last and planes of 101, 102 and 103. */
    private static byte[] records(int labelBytes, int... labels) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int label : labels) {
            byte[] record = new byte[labelBytes + 3072];
            for (int plane : List.of(0, 1, 2)) {
                Arrays.fill(record, labelBytes + plane * 1024, labelBytes + (plane + 1) * 1024, (byte) (101 + plane));
            }
            record[labelBytes - 1] = (byte) label;
            record[labelBytes + 32 + 2] = (byte) 200;
            out.writeBytes(record);
        }
        return out.toByteArray();
    }
}

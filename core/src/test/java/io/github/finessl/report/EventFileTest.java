package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.Summary;

class EventFileTest {
    @TempDir
    private Path directory;

    @Test
    void theTestsOwnChecksumIsCrc32c() {
        assertThat(EventRecords.crc32c("123456789".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(0xE3069283L);
        assertThat(EventRecords.crc32c(new byte[32])) // RFC 3720, B.4
                .isEqualTo(0x8A9136AAL);
    }

    @Test
    void aRecordIsFramedAsTensorFlowFramesIt() {
        // How every event file of TensorFlow begins: the length of its first record, 24, and the masked checksum of
        // that.
        assertThat(EventFile.record(new byte[24])).startsWith(HexFormat.of().parseHex("1800000000000000a37f4b22"));
    }

    @Test
    void whatIsWrittenIsReadByTensorFlowsMessages() throws IOException {
        double before = System.currentTimeMillis() / 1e3;
        try (EventFile file = EventFile.create(directory.resolve("run"))) {
            file.scalars(7, Map.of("loss/total", 0.25));
            BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
            image.setRGB(2, 1, 0xFFAA5500);
            file.image(70_000_000_000L, "혼동", image);
        }
        List<Event> events = EventRecords.read(EventRecords.only(directory.resolve("run")));

        assertThat(events).hasSize(3);
        assertThat(events).allSatisfy(event -> assertThat(event.getWallTime()).isCloseTo(before, within(60.0)));
        assertThat(events.get(0).getFileVersion()).isEqualTo("brain.Event:2");
        assertThat(events.get(1).getStep()).isEqualTo(7);
        Summary.Value scalar = events.get(1).getSummary().getValue(0);
        assertThat(scalar.getTag()).isEqualTo("loss/total");
        assertThat(scalar.getSimpleValue()).isEqualTo(0.25f);
        assertThat(events.get(2).getStep()).isEqualTo(70_000_000_000L);
        Summary.Value value = events.get(2).getSummary().getValue(0);
        assertThat(value.getTag()).isEqualTo("혼동");
        assertThat(value.getImage().getWidth()).isEqualTo(3);
        assertThat(value.getImage().getHeight()).isEqualTo(2);
        assertThat(value.getImage().getColorspace()).isEqualTo(3);
        BufferedImage shown = ImageIO.read(new ByteArrayInputStream(
                value.getImage().getEncodedImageString().toByteArray()));
        assertThat(shown.getRGB(2, 1)).isEqualTo(0xFFAA5500);
        assertThat(events).allSatisfy(event -> {
            assertThat(event.getUnknownFields().asMap()).isEmpty();
            assertThat(event.getSummary().getUnknownFields().asMap()).isEmpty();
        });
    }

    @Test
    void eachCallIsInTheFileAtOnce() throws IOException {
        try (EventFile file = EventFile.create(directory)) {
            assertThat(EventRecords.read(file.path())).hasSize(1);
            file.scalars(1, Map.of("a", 1.0, "b", 2.0));
            assertThat(EventRecords.read(file.path()).get(1).getSummary().getValueCount())
                    .isEqualTo(2);
        }
    }

    @Test
    void filesOfTheSameSecondHaveNamesOfTheirOwn() throws IOException {
        try (EventFile first = EventFile.create(directory);
                EventFile second = EventFile.create(directory)) {
            assertThat(EventFile.allIn(directory)).containsExactlyInAnyOrder(first.path(), second.path());
            assertThat(first.path().getFileName().toString()).matches("events\\.out\\.tfevents\\.\\d{10}\\..+\\.v2");
        }
        assertThat(EventFile.allIn(directory.resolve("missing"))).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskIsSaid() {
        Path full = Path.of("/dev/full");
        assertThatIOException()
                .isThrownBy(() -> new EventFile(full, Files.newOutputStream(full)).close())
                .withMessageStartingWith("The event file /dev/full could not be written: ")
                .withMessageEndingWith("No space left on device.");
    }

    @Test
    void aFolderThatCannotBeIsSaid() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThatIOException()
                .isThrownBy(() -> EventFile.create(file).close())
                .withMessageStartingWith("The event file " + file.resolve("events.out.tfevents."))
                .withMessageContaining(" could not be written: ");
    }
}

package io.github.finessl.encoder.onnx;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Test files: small encoders of real exporters, and where the repository keeps the real one. */
public final class Fixtures {

    private Fixtures() {}

    /** A file below src/test/resources/onnx, say {@code timm_vit_op17.onnx}. */
    public static Path onnx(String name) {
        return resource("/onnx/" + name);
    }

    public static Path resource(String name) {
        try {
            return Path.of(Fixtures.class.getResource(name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Little-endian floats, as beside each fixture: {@code X.input.f32}, {@code X.output.f32}. */
    public static float[] floats(String name) {
        try {
            var buffer = ByteBuffer.wrap(Files.readAllBytes(onnx(name)))
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer();
            var floats = new float[buffer.remaining()];
            buffer.get(floats);
            return floats;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The pretrained ViT-Ti/16, if the repository's data folder has it. */
    public static Optional<Path> vitTiny() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path file = at.resolve("data/vit-ti-16/vit_tiny_patch16_224.onnx");
            if (Files.isRegularFile(file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }
}

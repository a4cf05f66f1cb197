package io.github.finessl.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Spliterators;
import java.util.stream.StreamSupport;

/** Small random models of CLIP's and SigLIP's kind, with what transformers 5.18 computes of them. */
public final class TextFixtures {

    /** CLIP's text tower, 20 tokens long, its vocabulary and merges beside it, and its image tower. */
    public static final Path CLIP = Path.of("src/test/resources/text/clip");

    /** SigLIP's two towers in one file, the tokenizer beside it, and its image tower alone. */
    public static final Path SIGLIP = Path.of("src/test/resources/text/siglip");

    private static final Path FOLDER = Path.of("src/test/resources/text");

    private TextFixtures() {}

    static JsonNode reference() throws IOException {
        return new ObjectMapper().readTree(FOLDER.resolve("reference.json").toFile());
    }

    /** The class names that the reference was recorded with. */
    public static List<String> names() throws IOException {
        return list(reference().get("names")).map(JsonNode::asText).toList();
    }

    /**
     * What transformers computes.
     *
     * @param model clip or siglip
     * @param what text [15, E] and image [3, E], of length 1, or logits [3, 15]
     */
    public static double[][] values(String model, String what) throws IOException {
        return list(reference().get(model).get(what))
                .map(row -> list(row).mapToDouble(JsonNode::asDouble).toArray())
                .toArray(double[][]::new);
    }

    static long[][] tokens(String model, String what) throws IOException {
        return list(reference().get(model).get(what))
                .map(row -> list(row).mapToLong(JsonNode::asLong).toArray())
                .toArray(long[][]::new);
    }

    /** The three images [3, 3, 32, 32] of the reference. */
    public static float[] pixels() throws IOException {
        var bytes = ByteBuffer.wrap(Files.readAllBytes(FOLDER.resolve("pixels.f32")))
                .order(ByteOrder.LITTLE_ENDIAN);
        float[] pixels = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(pixels);
        return pixels;
    }

    private static java.util.stream.Stream<JsonNode> list(JsonNode array) {
        return StreamSupport.stream(Spliterators.spliterator(array.elements(), array.size(), 0), false);
    }
}

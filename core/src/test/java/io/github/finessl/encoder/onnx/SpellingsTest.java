package io.github.finessl.encoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import io.github.finessl.Cases;
import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.onnx.VitWriter.Attend;
import io.github.finessl.encoder.onnx.VitWriter.Ending;
import io.github.finessl.encoder.onnx.VitWriter.Front;
import io.github.finessl.encoder.onnx.VitWriter.Order;
import io.github.finessl.encoder.onnx.VitWriter.Qkv;
import io.github.finessl.encoder.onnx.VitWriter.Scale;
import io.github.finessl.encoder.onnx.VitWriter.Shape;
import io.github.finessl.encoder.onnx.VitWriter.Spelling;
import io.github.finessl.encoder.onnx.VitWriter.Start;
import io.github.finessl.encoder.onnx.VitWriter.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpellingsTest {

    private static final Shape[] SHAPES = {
        new Shape(28, 28, 14, 14, 48, 3, 1),
        new Shape(16, 24, 4, 8, 32, 4, 3),
        new Shape(21, 14, 7, 7, 40, 1, 2),
        new Shape(32, 32, 8, 8, 64, 8, 4)
    };

    @TempDir
    Path directory;

    /** Every choice of every dimension occurs among these draws. */
    static Stream<Spelling> spellings() {
        int[] opsets = {11, 12, 13, 14, 15, 16, 17, 18, 20, 23};
        String[] activations = {"quick", "erf", "erf2", "tanh", "tanh2", "ms-quick", "ms-erf", "ms-tanh"};
        String[] later = {"op", "op-tanh"};
        return IntStream.range(0, 140).filter(i -> Cases.tries(i, 0)).mapToObj(i -> {
            var random = new Random(i);
            int opset = opsets[i % opsets.length];
            Front front = i < 60 ? Front.CLASS : pick(Front.values(), random);
            return new Spelling(
                    opset,
                    pick(Qkv.values(), random),
                    pick(Scale.values(), random),
                    opset >= 20 && random.nextBoolean() ? pick(later, random) : pick(activations, random),
                    random.nextBoolean(),
                    ending(front, random),
                    random.nextBoolean(),
                    random.nextBoolean(),
                    pick(Order.values(), random),
                    storage(opset, random),
                    pick(Start.values(), random),
                    attend(opset, random),
                    front,
                    random.nextBoolean());
        });
    }

    /** Without a class token only a mean of tokens, and with a token that might be one, too, not all tokens. */
    private static Ending ending(Front front, Random random) {
        Ending drawn = pick(Ending.values(), random);
        while ((!front.hasClassToken() && !drawn.isMean())
                || (front == Front.REGISTERS_PLACED && drawn == Ending.ALL_TOKENS)) {
            drawn = pick(Ending.values(), random);
        }
        return drawn;
    }

    private static Storage storage(int opset, Random random) {
        Storage drawn = pick(Storage.values(), random);
        return drawn == Storage.BFLOAT && opset < 13 ? Storage.HALF : drawn;
    }

    /** Half of the draws are products, the rest what the opset has besides. */
    private static Attend attend(int opset, Random random) {
        Attend drawn = random.nextBoolean() ? Attend.PRODUCTS : pick(Attend.values(), random);
        boolean standard = drawn == Attend.STANDARD || drawn == Attend.STANDARD_FLAT;
        return (standard && opset < 23) || (drawn == Attend.EINSUM && opset < 12) ? Attend.PRODUCTS : drawn;
    }

    @ParameterizedTest
    @MethodSource("spellings")
    void readsAnySpelling(Spelling spelling) throws IOException, OrtException {
        Shape shape = SHAPES[Math.floorMod(spelling.toString().hashCode(), SHAPES.length)];
        Path file = directory.resolve("vit.onnx");
        VitWriter.write(spelling, shape, file, 7);
        float[] images = images(shape.height(), shape.width());
        float[] expected = spelling.start() == Start.CHANNELS_LAST
                ? OrtOracle.run(file, channelsLast(images, shape), VitWriter.BATCH, shape.height(), shape.width(), 3)
                : OrtOracle.run(file, images, VitWriter.BATCH, 3, shape.height(), shape.width());

        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(file);

        assertThat(vit.heads()).isEqualTo(shape.heads());
        assertThat(vit.blocks()).hasSize(shape.depth());
        assertThat(vit.patchWidth()).isEqualTo(shape.patchWidth());
        assertThat(vit.imageHeight()).isEqualTo(shape.height());
        assertThat(vit.tokens())
                .isEqualTo(shape.height() / shape.patchHeight() * (shape.width() / shape.patchWidth())
                        + spelling.front().tokens);
        assertThat(vit.layerScale()).isEqualTo(spelling.layerScale());
        assertThat(vit.pooling() instanceof Pooling.ClassToken)
                .isEqualTo(!spelling.ending().isMean());
        double[][] found = new ReferenceVit(vit).output(images, VitWriter.BATCH);
        int width = found[0].length;
        int tokens = expected.length / (VitWriter.BATCH * width);
        var first = new float[VitWriter.BATCH * width];
        for (int b = 0; b < VitWriter.BATCH; b++) {
            System.arraycopy(expected, b * tokens * width, first, b * width, width);
        }
        RealExportersTest.assertClose(finished(found, spelling.ending()), first, 1e-4);
    }

    /** What the file does behind the part of its head that is read. */
    private static double[][] finished(double[][] rows, Ending ending) {
        return Arrays.stream(rows)
                .map(row -> switch (ending) {
                    case CLASSIFIED -> RowFunction.softmax(row);
                    case UNIT, UNIT_PROJECTED -> {
                        double norm =
                                Math.sqrt(Arrays.stream(row).map(v -> v * v).sum());
                        yield Arrays.stream(row).map(v -> v / norm).toArray();
                    }
                    case POOLED -> Arrays.stream(row).map(Math::tanh).toArray();
                    default -> row;
                })
                .toArray(double[][]::new);
    }

    private static float[] channelsLast(float[] images, Shape shape) {
        int plane = shape.height() * shape.width();
        var last = new float[images.length];
        for (int i = 0; i < last.length; i++) {
            int image = i / (3 * plane);
            last[i] = images[(image * 3 + i % 3) * plane + i / 3 % plane];
        }
        return last;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hf_clip_proj_op14",
                "hf_clip_proj_dynamo18",
                "hf_vit_cls_op17",
                "timm_vit_op17",
                "open_clip_vit_op17"
            })
    void readsWhatBasicOptimisationLeaves(String name) throws OrtException {
        readsOptimised(name, OptLevel.BASIC_OPT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hf_clip_proj_op14",
                "hf_clip_proj_dynamo18",
                "hf_vit_cls_op17",
                "timm_vit_head_op17",
                "open_clip_vit_op17",
                "openai_clip_proj_op14"
            })
    void readsWhatExtendedOptimisationLeaves(String name) throws OrtException {
        readsOptimised(name, OptLevel.EXTENDED_OPT);
    }

    private void readsOptimised(String name, OptLevel level) throws OrtException {
        Path file = directory.resolve("optimised.onnx");
        OrtOracle.optimise(Fixtures.onnx(name + ".onnx"), level, file);
        float[] images = Fixtures.floats(name + ".input.f32");

        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(file);

        RealExportersTest.assertClose(
                new ReferenceVit(vit).output(images, images.length / (3 * 32 * 32)),
                Fixtures.floats(name + ".output.f32"),
                1e-5);
    }

    private static float[] images(int height, int width) {
        var random = new Random(5);
        var images = new float[VitWriter.BATCH * 3 * height * width];
        for (int i = 0; i < images.length; i++) {
            images[i] = (float) random.nextGaussian();
        }
        return images;
    }

    private static <T> T pick(T[] from, Random random) {
        return from[random.nextInt(from.length)];
    }
}

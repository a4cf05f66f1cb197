package io.github.finessl.encoder.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.StringStringEntryProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorProto.DataType;
import onnx.Onnx.ValueInfoProto;
import org.nd4j.shade.protobuf.ByteString;

/** Writes vision transformers with random weights as ONNX files, in any of the spellings that exporters use. */
final class VitWriter {

    enum Storage {
        RAW,
        TYPED,
        CONSTANT_NODE,
        HALF,
        HALF_TYPED,
        BFLOAT,
        DOUBLE,
        EXTERNAL
    }

    enum Scale {
        QUERY,
        KEY,
        BOTH,
        SCORES,
        UNUSUAL
    }

    enum Qkv {
        FUSED,
        SEPARATE,
        SEPARATE_WITHOUT_KEY_BIAS,
        FUSED_INTERLEAVED
    }

    enum Order {
        BATCH_FIRST,
        HEADS_MERGED,
        SEQUENCE_FIRST
    }

    enum Ending {
        TOKEN_THEN_NORM,
        NORM_THEN_TOKEN,
        PROJECTED,
        ALL_TOKENS,
        CLASSIFIED,
        UNIT,
        UNIT_PROJECTED,
        POOLED,
        MEAN_THEN_NORM,
        MEAN_THEN_NORM_CLASSIFIED,
        NORM_THEN_MEAN,
        NORM_THEN_MEAN_OF_ALL;

        boolean isMean() {
            return compareTo(MEAN_THEN_NORM) >= 0;
        }
    }

    /** Tokens before the patches; UNPLACED ones have no positions. */
    enum Front {
        CLASS(1),
        CLASS_UNPLACED(1),
        /** DINOv2 at another size than it was trained at. */
        CLASS_RESAMPLED(1),
        /** DINOv2 of transformers and torch.hub: put behind the class token after the positions have been added. */
        REGISTERS_LATE(3),
        /** timm's reg4 models. */
        REGISTERS_UNPLACED(3),
        REGISTERS_PLACED(3),
        NONE(0),
        REGISTERS_ONLY(2);

        final int tokens;

        Front(int tokens) {
            this.tokens = tokens;
        }

        boolean hasClassToken() {
            return this != NONE && this != REGISTERS_ONLY;
        }
    }

    enum Start {
        CONVOLUTION,
        CONVOLUTION_THEN_BIAS,
        MATRIX,
        CHANNELS_LAST,
        NORMALISED
    }

    enum Attend {
        PRODUCTS,
        EINSUM,
        MICROSOFT_PACKED,
        MICROSOFT_MULTI_HEAD,
        STANDARD,
        STANDARD_FLAT
    }

    record Spelling(
            int opset,
            Qkv qkv,
            Scale scale,
            String activation,
            boolean preNorm,
            Ending ending,
            boolean dynamic,
            boolean gemm,
            Order order,
            Storage storage,
            Start start,
            Attend attend,
            Front front,
            boolean layerScale) {

        /** DINOv2 as transformers' exports spell it, with tokens, features and attention of any kind. */
        static Spelling dino(Front front, Ending ending, Attend attend) {
            return new Spelling(
                    17,
                    Qkv.SEPARATE,
                    Scale.SCORES,
                    "erf",
                    false,
                    ending,
                    true,
                    false,
                    Order.BATCH_FIRST,
                    Storage.RAW,
                    Start.CONVOLUTION,
                    attend,
                    front,
                    true);
        }
    }

    record Shape(int height, int width, int patchHeight, int patchWidth, int dim, int heads, int depth) {}

    static final int BATCH = 2;

    private final Spelling spelling;
    private final Shape shape;
    private final Path file;
    private final Random random;
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("g");
    private final List<byte[]> side = new ArrayList<>();
    private long sideLength;
    private int names;

    private VitWriter(Spelling spelling, Shape shape, Path file, long seed) {
        this.spelling = spelling;
        this.shape = shape;
        this.file = file;
        this.random = new Random(seed);
    }

    static void write(Spelling spelling, Shape shape, Path file, long seed) throws IOException {
        new VitWriter(spelling, shape, file, seed).write();
    }

    private void write() throws IOException {
        String image = "in:put";
        int batch = spelling.dynamic ? -1 : BATCH;
        graph.addInput(
                spelling.start == Start.CHANNELS_LAST
                        ? info(image, batch, shape.height, shape.width, 3)
                        : info(image, batch, 3, shape.height, shape.width));
        String x = embed(image);
        if (spelling.preNorm) {
            x = norm(x);
        }
        for (int i = 0; i < shape.depth; i++) {
            x = node("Add", x, scaled(attention(norm(x))));
            x = node("Add", scaled(mlp(norm(x))), x);
        }
        String out = switch (spelling.ending) {
            case TOKEN_THEN_NORM -> norm(token(x));
            case NORM_THEN_TOKEN -> token(norm(x));
            case PROJECTED -> linear(token(norm(x)), shape.dim, 5, true);
            case ALL_TOKENS -> norm(x);
            case CLASSIFIED -> node("Softmax", List.of(linear(token(norm(x)), shape.dim, 5, true)), integer("axis", 1));
            case UNIT -> unit(token(norm(x)));
            case UNIT_PROJECTED -> unit(linear(token(norm(x)), shape.dim, 5, false));
            case POOLED -> node("Tanh", linear(token(norm(x)), shape.dim, 5, true));
            case MEAN_THEN_NORM -> norm(meanOfTokens(x, spelling.front.tokens));
            case MEAN_THEN_NORM_CLASSIFIED -> linear(norm(meanOfTokens(x, spelling.front.tokens)), shape.dim, 5, true);
            case NORM_THEN_MEAN -> meanOfTokens(norm(x), spelling.front.tokens);
            case NORM_THEN_MEAN_OF_ALL -> meanOfTokens(norm(x), 0);
        };
        graph.addOutput(spelling.ending == Ending.ALL_TOKENS ? info(out, -1, -1, -1) : info(out, -1, -1));
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(spelling.opset < 18 ? 7 : 10)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(spelling.opset))
                .addOpsetImport(OperatorSetIdProto.newBuilder()
                        .setDomain("com.microsoft")
                        .setVersion(1))
                .setGraph(graph)
                .build();
        Files.write(file, model.toByteArray());
        if (!side.isEmpty()) {
            try (var out2 = Files.newOutputStream(file.resolveSibling(sideName()))) {
                for (byte[] bytes : side) {
                    out2.write(bytes);
                }
            }
        }
    }

    private String sideName() {
        return file.getFileName() + "_data";
    }

    private String embed(String image) {
        int patches = shape.height / shape.patchHeight * (shape.width / shape.patchWidth);
        String batch = node("Gather", List.of(node("Shape", image), longs(new long[0], 0)), integer("axis", 0));
        String one = unsqueeze(batch, 0);
        String sequence = spelling.start == Start.MATRIX ? matrix(image) : convolution(image, one);
        return switch (spelling.front) {
            case CLASS -> positioned(joined(front(one, 1), sequence), patches + 1);
            case CLASS_UNPLACED -> joined(front(one, 1), positioned(sequence, patches));
            case CLASS_RESAMPLED -> node("Add", joined(front(one, 1), sequence), resampled());
            case REGISTERS_LATE -> {
                String x = positioned(joined(front(one, 1), sequence), patches + 1);
                yield joined(tokens(x, 0, 1), front(one, 2), tokens(x, 1, Long.MAX_VALUE));
            }
            case REGISTERS_UNPLACED -> joined(front(one, 1), front(one, 2), positioned(sequence, patches));
            case REGISTERS_PLACED -> positioned(joined(front(one, 1), front(one, 2), sequence), patches + 3);
            case NONE -> positioned(sequence, patches);
            case REGISTERS_ONLY -> joined(front(one, 2), positioned(sequence, patches));
        };
    }

    /**
     * Positions of a grid of 5 × 5 patches for the image's own, as torch.hub's DINOv2 and old transformers resample them:
     * by a scale that is a tenth of a patch too large.
     */
    private String resampled() {
        String positions = weight(1, 26, shape.dim);
        String grid = node("Reshape", tokens(positions, 1, Long.MAX_VALUE), longs(new long[] {4}, 1, 5, 5, shape.dim));
        int rows = shape.height / shape.patchHeight;
        int columns = shape.width / shape.patchWidth;
        TensorProto.Builder scales = tensor(DataType.FLOAT, 4)
                .addFloatData(1)
                .addFloatData(1)
                .addFloatData((rows + 0.1f) / 5)
                .addFloatData((columns + 0.1f) / 5);
        AttributeProto coefficient = AttributeProto.newBuilder()
                .setName("cubic_coeff_a")
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF(-0.75f)
                .build();
        String resized = node(
                "Resize",
                List.of(transpose(grid, 0, 3, 1, 2), "", constant(scales)),
                string("mode", "cubic"),
                string("coordinate_transformation_mode", "pytorch_half_pixel"),
                coefficient);
        String flat = node("Reshape", transpose(resized, 0, 2, 3, 1), longs(new long[] {3}, 1, -1, shape.dim));
        return joined(tokens(positions, 0, 1), flat);
    }

    /** Constant tokens for every image. */
    private String front(String batch, int tokens) {
        return node(
                "Expand",
                weight(1, tokens, shape.dim),
                node("Concat", List.of(batch, longs(new long[] {2}, tokens, shape.dim)), integer("axis", 0)));
    }

    private String joined(String... parts) {
        return node("Concat", List.of(parts), integer("axis", 1));
    }

    private String tokens(String x, long from, long to) {
        return node("Slice", x, longs(new long[] {1}, from), longs(new long[] {1}, to), longs(new long[] {1}, 1));
    }

    /** As mean(1) or as an adaptive pool over the transposed tokens. */
    private String meanOfTokens(String x, int from) {
        String y = from == 0 ? x : tokens(x, from, Long.MAX_VALUE);
        if (spelling.opset % 3 == 0) {
            return node("Flatten", node("GlobalAveragePool", transpose(y, 0, 2, 1)));
        }
        return spelling.opset < 18
                ? node("ReduceMean", List.of(y), ints("axes", 1), integer("keepdims", 0))
                : node("ReduceMean", List.of(y, longs(new long[] {1}, 1)), integer("keepdims", 0));
    }

    private String scaled(String branch) {
        return spelling.layerScale ? node("Mul", branch, weight(shape.dim)) : branch;
    }

    private String positioned(String tokens, int count) {
        String positions = weight(count, shape.dim);
        var ids = new long[count];
        Arrays.setAll(ids, i -> i);
        return node(
                "Add",
                tokens,
                spelling.opset % 2 == 0
                        ? unsqueeze(positions, 0)
                        : node(
                                "Gather",
                                List.of(positions, longs(new long[] {1, ids.length}, ids)),
                                integer("axis", 0)));
    }

    private String convolution(String image, String batch) {
        int d = shape.dim;
        String x = switch (spelling.start) {
            case CHANNELS_LAST -> transpose(image, 0, 3, 1, 2);
            case NORMALISED ->
                node(
                        "Div",
                        node("Sub", node("Mul", image, scalar(0.8)), perChannel(0.1, -0.2, 0.3)),
                        perChannel(0.7, 0.9, 1.1));
            default -> image;
        };
        String kernel = weight(d, 3, shape.patchHeight, shape.patchWidth);
        boolean bare = spelling.preNorm || spelling.start == Start.CONVOLUTION_THEN_BIAS;
        String conv = node(
                "Conv",
                bare ? List.of(x, kernel) : List.of(x, kernel, weight(d)),
                ints("strides", shape.patchHeight, shape.patchWidth));
        if (spelling.start == Start.CONVOLUTION_THEN_BIAS) {
            conv = node("Add", conv, weight(1, d, 1, 1));
        }
        String flat = node("Concat", List.of(batch, longs(new long[] {2}, d, -1)), integer("axis", 0));
        return transpose(node("Reshape", conv, flat), 0, 2, 1);
    }

    /** Patches as rows of pixels, channels innermost, then a linear layer. */
    private String matrix(String image) {
        int rows = shape.height / shape.patchHeight;
        int columns = shape.width / shape.patchWidth;
        int pixels = 3 * shape.patchHeight * shape.patchWidth;
        long[] grid = {0, 3, rows, shape.patchHeight, columns, shape.patchWidth};
        String patches = transpose(node("Reshape", image, longs(new long[] {6}, grid)), 0, 2, 4, 3, 5, 1);
        return linear(
                node("Reshape", patches, longs(new long[] {3}, -1, (long) rows * columns, pixels)),
                pixels,
                shape.dim,
                true);
    }

    private String perChannel(double... values) {
        TensorProto.Builder tensor = tensor(DataType.FLOAT, 1, 3, 1, 1);
        Arrays.stream(values).forEach(v -> tensor.addFloatData((float) v));
        return constant(tensor);
    }

    /** As torch's normalize writes it. */
    private String unit(String x) {
        String norm = spelling.opset < 18
                ? node("ReduceL2", List.of(x), ints("axes", -1))
                : node("ReduceL2", x, longs(new long[] {1}, -1));
        return node("Div", x, node("Expand", node("Clip", norm, scalar(1e-12)), node("Shape", x)));
    }

    private String fusedAttention(String x) {
        int d = shape.dim;
        AttributeProto heads = integer("num_heads", shape.heads);
        if (spelling.attend == Attend.MICROSOFT_PACKED) {
            return microsoft("Attention", List.of(x, weight(d, 3L * d), weight(3L * d)), heads);
        }
        boolean flat = spelling.attend != Attend.STANDARD;
        var parts = new ArrayList<String>();
        for (int i = 0; i < 3; i++) {
            String part = linear(x, d, d, spelling.attend != Attend.MICROSOFT_MULTI_HEAD);
            parts.add(
                    flat
                            ? part
                            : transpose(
                                    node("Reshape", part, longs(new long[] {4}, 0, 0, shape.heads, d / shape.heads)),
                                    0,
                                    2,
                                    1,
                                    3));
        }
        if (spelling.attend == Attend.MICROSOFT_MULTI_HEAD) {
            parts.add(weight(3L * d));
            return microsoft("MultiHeadAttention", parts, heads);
        } else if (flat) {
            return node("Attention", parts, integer("q_num_heads", shape.heads), integer("kv_num_heads", shape.heads));
        }
        return node("Reshape", transpose(node("Attention", parts), 0, 2, 1, 3), longs(new long[] {3}, 0, 0, d));
    }

    private String einsumAttention(List<String> parts) {
        int d = shape.dim;
        String scores = node("Einsum", parts.subList(0, 2), string("equation", "bqhd,bkhd->bhqk"));
        String scaled = node("Mul", scores, scalar(1 / Math.sqrt((double) d / shape.heads)));
        String softmax = node("Softmax", List.of(scaled), integer("axis", 3));
        String mixed = node("Einsum", List.of(softmax, parts.get(2)), string("equation", "bhqk,bkhd->bqhd"));
        return node(
                "Einsum", List.of(mixed, weight(shape.heads, d / shape.heads, d)), string("equation", "bqhd,hdo->bqo"));
    }

    private String attention(String input) {
        if (spelling.attend != Attend.PRODUCTS && spelling.attend != Attend.EINSUM) {
            return linear(fusedAttention(input), shape.dim, shape.dim, true);
        }
        int d = shape.dim;
        int h = shape.heads;
        int hd = d / h;
        int t = shape.height / shape.patchHeight * (shape.width / shape.patchWidth) + spelling.front.tokens;
        boolean sequenceFirst = spelling.order == Order.SEQUENCE_FIRST && spelling.attend == Attend.PRODUCTS;
        String x = sequenceFirst ? transpose(input, 1, 0, 2) : input;
        var parts = new ArrayList<String>();
        if (spelling.qkv == Qkv.FUSED && spelling.opset >= 18) {
            String all = linear(x, d, 3 * d, true);
            var split = NodeProto.newBuilder().setOpType("Split").addInput(all);
            split.addAttribute(integer("axis", -1)).addAttribute(integer("num_outputs", 3));
            for (int i = 0; i < 3; i++) {
                String part = name();
                split.addOutput(part);
                parts.add(part);
            }
            graph.addNode(split);
            parts.replaceAll(part -> node("Reshape", part, longs(new long[] {4}, 0, 0, h, hd)));
        } else if (spelling.qkv == Qkv.FUSED || spelling.qkv == Qkv.FUSED_INTERLEAVED) {
            boolean inner = spelling.qkv == Qkv.FUSED_INTERLEAVED;
            String all = linear(x, d, 3 * d, true);
            String split = node(
                    "Reshape",
                    all,
                    inner ? longs(new long[] {5}, 0, 0, h, 3, hd) : longs(new long[] {5}, 0, 0, 3, h, hd));
            for (int i = 0; i < 3; i++) {
                parts.add(node("Gather", List.of(split, longs(new long[0], i)), integer("axis", inner ? 3 : 2)));
            }
        } else {
            for (int i = 0; i < 3; i++) {
                boolean biased = i != 1 || spelling.qkv == Qkv.SEPARATE;
                parts.add(node("Reshape", linear(x, d, d, biased), longs(new long[] {4}, 0, 0, h, hd)));
            }
        }
        if (spelling.attend == Attend.EINSUM) {
            return einsumAttention(parts);
        }
        for (int i = 0; i < 3; i++) {
            String part = parts.get(i);
            if (spelling.order == Order.BATCH_FIRST) {
                parts.set(i, transpose(part, 0, 2, 1, 3));
            } else if (sequenceFirst) {
                parts.set(i, transpose(node("Reshape", part, longs(new long[] {3}, t, -1, hd)), 1, 0, 2));
            } else {
                parts.set(i, node("Reshape", transpose(part, 0, 2, 1, 3), longs(new long[] {3}, -1, t, hd)));
            }
        }
        double scale = 1 / Math.sqrt(hd);
        String q = parts.get(0);
        String k = spelling.order == Order.BATCH_FIRST
                ? transpose(parts.get(1), 0, 1, 3, 2)
                : transpose(parts.get(1), 0, 2, 1);
        switch (spelling.scale) {
            case QUERY -> q = node("Mul", q, scalar(scale));
            case KEY -> k = node("Div", k, scalar(1 / scale));
            case BOTH -> {
                q = node("Mul", q, scalar(Math.sqrt(scale)));
                k = node("Mul", k, scalar(Math.sqrt(scale)));
            }
            default -> {}
        }
        String scores = node("MatMul", q, k);
        if (spelling.scale == Scale.SCORES) {
            scores = node("Div", scores, scalar(1 / scale));
        } else if (spelling.scale == Scale.UNUSUAL) {
            scores = node("Mul", scores, scalar(0.7 * scale));
        }
        String softmax = node("Softmax", List.of(scores), integer("axis", spelling.order == Order.BATCH_FIRST ? 3 : 2));
        String mixed = node("MatMul", softmax, parts.get(2));
        String merged = switch (spelling.order) {
            case BATCH_FIRST -> node("Reshape", transpose(mixed, 0, 2, 1, 3), longs(new long[] {3}, -1, t, d));
            case HEADS_MERGED ->
                node(
                        "Reshape",
                        transpose(node("Reshape", mixed, longs(new long[] {4}, -1, h, t, hd)), 0, 2, 1, 3),
                        longs(new long[] {3}, -1, t, d));
            case SEQUENCE_FIRST -> node("Reshape", transpose(mixed, 1, 0, 2), longs(new long[] {3}, t, -1, d));
        };
        String out = linear(merged, d, d, true);
        return sequenceFirst ? transpose(out, 1, 0, 2) : out;
    }

    private String mlp(String input) {
        int d = shape.dim;
        String y = linear(input, d, 2 * d, true);
        String activated = switch (spelling.activation) {
            case "quick" -> node("Mul", node("Sigmoid", node("Mul", scalar(1.702), y)), y);
            case "erf" ->
                node(
                        "Mul",
                        node("Mul", y, node("Add", node("Erf", node("Div", y, scalar(Math.sqrt(2)))), scalar(1))),
                        scalar(0.5));
            case "erf2" ->
                node(
                        "Mul",
                        node("Mul", scalar(0.5), y),
                        node("Add", scalar(1), node("Erf", node("Mul", y, scalar(Math.sqrt(0.5))))));
            case "tanh" -> {
                String cube = node("Mul", node("Mul", y, y), y);
                String sum = node("Add", y, node("Mul", scalar(0.044715), cube));
                String tanh = node("Tanh", node("Mul", sum, scalar(Math.sqrt(2 / Math.PI))));
                yield node("Mul", node("Mul", y, scalar(0.5)), node("Add", tanh, scalar(1)));
            }
            case "tanh2" -> {
                String sum = node("Add", y, node("Mul", node("Pow", y, scalar(3)), scalar(0.044715)));
                String tanh = node("Tanh", node("Mul", scalar(Math.sqrt(2 / Math.PI)), sum));
                yield node("Mul", node("Mul", node("Add", scalar(1), tanh), scalar(0.5)), y);
            }
            case "op" -> node("Gelu", y);
            case "op-tanh" -> node("Gelu", List.of(y), string("approximate", "tanh"));
            case "ms-quick" -> microsoft("QuickGelu", List.of(y));
            case "ms-erf" -> microsoft("BiasGelu", List.of(y, weight(2L * d)));
            case "ms-tanh" -> microsoft("FastGelu", List.of(y, weight(2L * d)));
            default -> node("Relu", y);
        };
        return linear(activated, 2 * d, d, true);
    }

    private String norm(String x) {
        int d = shape.dim;
        if (spelling.opset >= 17 && spelling.opset != 18) {
            return node(
                    "LayerNormalization",
                    List.of(x, weight(d), weight(d)),
                    AttributeProto.newBuilder()
                            .setName("epsilon")
                            .setType(AttributeProto.AttributeType.FLOAT)
                            .setF(1e-4f)
                            .build());
        }
        String centred = node("Sub", x, mean(x));
        String square = spelling.opset < 13 ? node("Pow", centred, scalar(2)) : node("Mul", centred, centred);
        String deviation = node("Sqrt", node("Add", mean(square), scalar(1e-4)));
        String normal = spelling.opset < 13
                ? node("Div", centred, deviation)
                : node("Mul", centred, node("Reciprocal", deviation));
        return node("Add", node("Mul", normal, weight(d)), weight(d));
    }

    private String mean(String x) {
        return spelling.opset < 18
                ? node("ReduceMean", List.of(x), ints("axes", -1))
                : node("ReduceMean", x, longs(new long[] {1}, -1));
    }

    private String token(String x) {
        if (spelling.opset % 2 == 0) {
            return node("Gather", List.of(x, longs(new long[0], 0)), integer("axis", 1));
        }
        String first = node("Slice", x, longs(new long[] {1}, 0), longs(new long[] {1}, 1), longs(new long[] {1}, 1));
        return spelling.opset < 13
                ? node("Squeeze", List.of(first), ints("axes", 1))
                : node("Squeeze", first, longs(new long[] {1}, 1));
    }

    private String linear(String x, int in, int out, boolean biased) {
        boolean flat = out == 5;
        if (spelling.gemm) {
            String rows = flat ? x : node("Reshape", x, longs(new long[] {2}, -1, in));
            String w = weight(out, in);
            String y = node("Gemm", biased ? List.of(rows, w, weight(out)) : List.of(rows, w), integer("transB", 1));
            if (flat) {
                return y;
            }
            String shape = node("Slice", node("Shape", x), longs(new long[] {1}, 0), longs(new long[] {1}, 2));
            String wide = node("Concat", List.of(shape, longs(new long[] {1}, out)), integer("axis", 0));
            return node("Reshape", y, wide);
        }
        String y = node("MatMul", x, random.nextBoolean() ? weight(in, out) : transpose(weight(out, in), 1, 0));
        return biased ? node("Add", random.nextBoolean() ? List.of(y, weight(out)) : List.of(weight(out), y)) : y;
    }

    private String transpose(String x, long... order) {
        return node("Transpose", List.of(x), ints("perm", order));
    }

    private String unsqueeze(String x, long axis) {
        return spelling.opset < 13
                ? node("Unsqueeze", List.of(x), ints("axes", axis))
                : node("Unsqueeze", x, longs(new long[] {1}, axis));
    }

    private String name() {
        return Long.toString(random.nextInt() & 0xffffffffL, 36) + ":" + names++;
    }

    private String node(String type, String... inputs) {
        return node(type, List.of(inputs));
    }

    private String node(String type, List<String> inputs, AttributeProto... attributes) {
        String output = name();
        graph.addNode(NodeProto.newBuilder()
                .setOpType(type)
                .addAllInput(inputs)
                .addOutput(output)
                .addAllAttribute(List.of(attributes)));
        return output;
    }

    private String microsoft(String type, List<String> inputs, AttributeProto... attributes) {
        String output = node(type, inputs, attributes);
        graph.getNodeBuilder(graph.getNodeCount() - 1).setDomain("com.microsoft");
        return output;
    }

    private static AttributeProto string(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    private static AttributeProto ints(String name, long... values) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INTS)
                .addAllInts(Arrays.stream(values).boxed().toList())
                .build();
    }

    private static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    private String longs(long[] dims, long... values) {
        return constant(tensor(DataType.INT64, dims)
                .addAllInt64Data(Arrays.stream(values).boxed().toList()));
    }

    private String scalar(double value) {
        return constant(tensor(DataType.FLOAT).addFloatData((float) value));
    }

    private String constant(TensorProto.Builder tensor) {
        String name = name();
        graph.addNode(NodeProto.newBuilder()
                .setOpType("Constant")
                .addOutput(name)
                .addAttribute(AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeProto.AttributeType.TENSOR)
                        .setT(tensor)));
        return name;
    }

    private static TensorProto.Builder tensor(DataType type, long... dims) {
        return TensorProto.newBuilder()
                .setDataType(type.getNumber())
                .addAllDims(Arrays.stream(dims).boxed().toList());
    }

    private String weight(long... dims) {
        int size = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        int fan = dims.length == 1 ? 1 : (int) (size / dims[0]);
        var values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float)
                    (dims.length == 1
                            ? 0.5 + random.nextGaussian() * 0.3
                            : random.nextGaussian() * 1.5 / Math.sqrt(Math.min(fan, size / fan)));
        }
        TensorProto.Builder tensor = tensor(DataType.FLOAT, dims);
        var raw = ByteBuffer.allocate(4 * size).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            raw.putFloat(value);
        }
        switch (spelling.storage) {
            case RAW, CONSTANT_NODE -> tensor.setRawData(ByteString.copyFrom(raw.array()));
            case TYPED -> {
                for (float value : values) {
                    tensor.addFloatData(value);
                }
            }
            case HALF -> {
                tensor.setDataType(DataType.FLOAT16.getNumber());
                var halves = ByteBuffer.allocate(2 * size).order(ByteOrder.LITTLE_ENDIAN);
                for (float value : values) {
                    halves.putShort(half(value));
                }
                tensor.setRawData(ByteString.copyFrom(halves.array()));
            }
            case HALF_TYPED -> {
                tensor.setDataType(DataType.FLOAT16.getNumber());
                for (float value : values) {
                    tensor.addInt32Data(half(value) & 0xffff);
                }
            }
            case BFLOAT -> {
                tensor.setDataType(DataType.BFLOAT16.getNumber());
                var halves = ByteBuffer.allocate(2 * size).order(ByteOrder.LITTLE_ENDIAN);
                for (float value : values) {
                    halves.putShort((short) (Float.floatToIntBits(value) >>> 16));
                }
                tensor.setRawData(ByteString.copyFrom(halves.array()));
            }
            case DOUBLE -> {
                tensor.setDataType(DataType.DOUBLE.getNumber());
                for (float value : values) {
                    tensor.addDoubleData(value);
                }
            }
            case EXTERNAL -> {
                tensor.setDataLocation(TensorProto.DataLocation.EXTERNAL)
                        .addExternalData(entry("location", sideName()))
                        .addExternalData(entry("offset", String.valueOf(sideLength)))
                        .addExternalData(entry("length", String.valueOf(4 * size)));
                side.add(raw.array());
                sideLength += 4L * size;
            }
        }
        if (spelling.storage == Storage.CONSTANT_NODE) {
            return constant(tensor);
        }
        String name = name();
        graph.addInitializer(tensor.setName(name));
        return tensor.getDataType() == DataType.FLOAT_VALUE ? name : node("Cast", List.of(name), integer("to", 1));
    }

    /** Rounded towards zero; sizes between 2⁻¹⁴ and 2¹⁵, or zero. */
    static short half(float value) {
        int bits = Float.floatToIntBits(value);
        int exponent = ((bits >> 23) & 0xff) - 112;
        int sign = (bits >>> 16) & 0x8000;
        return (short) (exponent <= 0 ? sign : sign | (exponent << 10) | ((bits >> 13) & 0x3ff));
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static ValueInfoProto info(String name, int... dims) {
        var info = ValueInfoProto.newBuilder().setName(name);
        var type = info.getTypeBuilder().getTensorTypeBuilder().setElemType(1);
        for (int i = 0; i < dims.length; i++) {
            var dim = type.getShapeBuilder().addDimBuilder();
            if (dims[i] < 0) {
                dim.setDimParam(name + i);
            } else {
                dim.setDimValue(dims[i]);
            }
        }
        return info.build();
    }
}

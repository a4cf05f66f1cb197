package io.github.finessl.encoder.onnx;

import io.github.finessl.augment.Normalisation;
import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.encoder.OpaqueEncoder;
import io.github.finessl.encoder.OpaqueEncoder.Element;
import io.github.finessl.encoder.OpaqueEncoder.FeatureTensor;
import io.github.finessl.encoder.OpaqueEncoder.Form;
import io.github.finessl.encoder.OpaqueEncoder.ImageTensor;
import io.github.finessl.encoder.OpaqueSession;
import io.github.finessl.encoder.OpaqueSession.Output;
import io.github.finessl.encoder.PixelInput;
import io.github.finessl.encoder.PixelInput.Inside;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.ValueInfoProto;

/**
 * Finds the features in a file whose structure is not known, by what ONNX Runtime computes for two images: of several tensors
 * first an output that is called an embedding, then what goes into the last linear layer, then any vector, a grid of channels,
 * and tokens.
 */
final class OpaqueReader {
    private static final Set<String> EMBEDDINGS = Set.of(
            "image_embeds",
            "image_features",
            "image_embedding",
            "image_embeddings",
            "pooler_output",
            "pooled_output",
            "embedding",
            "embeddings",
            "features",
            "sentence_embedding");

    /** Operators behind a classifier. */
    private static final Set<String> BEHIND =
            Set.of("Softmax", "LogSoftmax", "Sigmoid", "Identity", "Cast", "QuantizeLinear", "DequantizeLinear");

    private static final int IMAGES = 2;

    private final OnnxFile file;
    private final ImageInput input;
    private final Map<String, NodeProto> producers = new HashMap<>();

    private OpaqueReader(OnnxFile file, ImageInput input) {
        this.file = file;
        this.input = input;
        for (NodeProto node : file.graph().getNodeList()) {
            node.getOutputList().forEach(output -> producers.put(output, node));
        }
    }

    /** A tensor that may be the features. */
    private record Candidate(String name, boolean named, boolean beforeHead) {}

    /** A candidate with what it turned out to be. */
    private record Found(Candidate candidate, FeatureTensor tensor) {}

    /**
     * Reads a file.
     *
     * @param input of the size that images are to have
     * @param reason why its structure is not known
     * @throws EncoderFormatException naming the reason, if the file gives no features of images either
     */
    static OpaqueEncoder read(OnnxFile file, ImageInput input, PixelInput pixels, String reason) {
        try {
            return new OpaqueReader(file, input).encoder(pixels, reason);
        } catch (EncoderFormatException e) {
            throw new EncoderFormatException(
                    file.path(),
                    reason + "; nor does ONNX Runtime find features in it: "
                            + e.getMessage().substring(e.getMessage().indexOf(": ") + 2),
                    e);
        }
    }

    private OpaqueEncoder encoder(PixelInput pixels, String reason) {
        ImageTensor image = image();
        List<Candidate> candidates = file.graph().getOutputList().stream()
                .flatMap(output -> candidates(output).stream())
                .toList();
        Map<String, Output> outputs;
        try (OpaqueSession session = new OpaqueSession(
                withOutputs(candidates.stream().map(Candidate::name).toList()), file.path())) {
            if (session.inputs().size() > 1) {
                throw new EncoderFormatException(
                        file.path(), "expected images as the only input, found " + session.inputs());
            }
            int images = image.batch().orElse(IMAGES);
            outputs = session.run(
                    image,
                    noise(images * 3 * image.height() * image.width(), image.element()),
                    images,
                    candidates.stream().map(Candidate::name).collect(Collectors.toSet()));
        }
        FeatureTensor features = candidates.stream()
                .flatMap(candidate -> found(candidate, outputs.get(candidate.name())).stream())
                .min(Comparator.comparing((Found found) -> !found.candidate().named())
                        .thenComparing(found -> !found.candidate().beforeHead())
                        .thenComparing(found -> found.tensor().form()))
                .map(Found::tensor)
                .orElseThrow(() -> new EncoderFormatException(
                        file.path(),
                        "expected an output [batch, D], [batch, D, height, width] or [batch, tokens, D] of finite numbers, found "
                                + shapes(outputs)));
        PixelInput known = image.element() == Element.BYTE && pixels.graph().isEmpty()
                ? new PixelInput(
                        Optional.of(new Inside(PixelInput.Range.ZERO_TO_255, Normalisation.NONE, true)),
                        pixels.configured())
                : pixels;
        return new OpaqueEncoder(file.path(), image, features, reason, file.sha256(), known);
    }

    private static String shapes(Map<String, Output> outputs) {
        return outputs.entrySet().stream()
                .map(each -> "'" + each.getKey() + "' "
                        + Arrays.toString(each.getValue().shape()))
                .collect(Collectors.joining(", "));
    }

    private ImageTensor image() {
        ValueInfoProto declared = file.graph().getInputList().stream()
                .filter(each -> each.getName().equals(input.name()))
                .findFirst()
                .orElseThrow();
        var type = TensorProto.DataType.forNumber(
                declared.getType().getTensorType().getElemType());
        Element element = switch (type) {
            case FLOAT -> Element.FLOAT;
            case FLOAT16 -> Element.HALF;
            case UINT8 -> Element.BYTE;
            default ->
                throw new EncoderFormatException(
                        file.path(),
                        "expected images of floats or bytes, found "
                                + type.name().toLowerCase(Locale.ROOT));
        };
        var dims = declared.getType().getTensorType().getShape().getDimList();
        int batch = dims.isEmpty() ? 0 : (int) dims.get(0).getDimValue();
        return new ImageTensor(
                input.name(),
                batch > 0 ? OptionalInt.of(batch) : OptionalInt.empty(),
                (int) input.height(),
                (int) input.width(),
                input.channelsLast(),
                element,
                input.open());
    }

    private List<Candidate> candidates(ValueInfoProto output) {
        String name = output.getName();
        Candidate itself = new Candidate(name, EMBEDDINGS.contains(name.toLowerCase(Locale.ROOT)), false);
        return beforeHead(name)
                .map(tensor -> List.of(itself, new Candidate(tensor, false, true)))
                .orElse(List.of(itself));
    }

    /** What goes into the linear layer that an output ends with. */
    private Optional<String> beforeHead(String output) {
        NodeProto node = producers.get(output);
        while (node != null && BEHIND.contains(node.getOpType())) {
            node = producers.get(node.getInput(0));
        }
        if (node == null) {
            return Optional.empty();
        } else if (node.getOpType().equals("Add") && node.getInputCount() == 2) {
            int constant = isConstant(node.getInput(0)) ? 0 : 1;
            NodeProto product = producers.get(node.getInput(1 - constant));
            return product != null && isConstant(node.getInput(constant)) ? factor(product) : Optional.empty();
        }
        return factor(node);
    }

    private Optional<String> factor(NodeProto node) {
        boolean linear = Set.of("Gemm", "MatMul").contains(node.getOpType()) && isConstant(node.getInput(1));
        return linear ? Optional.of(node.getInput(0)) : Optional.empty();
    }

    /** Whether a tensor is a constant of the file, or a quantised one made float again. */
    private boolean isConstant(String tensor) {
        NodeProto producer = producers.get(tensor);
        return file.initialisers().containsKey(tensor)
                || (producer != null
                        && (producer.getOpType().equals("Constant")
                                || (Set.of("DequantizeLinear", "Transpose", "Cast", "Identity")
                                                .contains(producer.getOpType())
                                        && isConstant(producer.getInput(0)))));
    }

    /** The file with other outputs. */
    private byte[] withOutputs(List<String> names) {
        return withOutputs(file.model(), names).toByteArray();
    }

    static ModelProto withOutputs(ModelProto model, List<String> names) {
        Map<String, ValueInfoProto> declared = new LinkedHashMap<>();
        model.getGraph().getOutputList().forEach(output -> declared.put(output.getName(), output));
        GraphProto.Builder graph = model.getGraph().toBuilder().clearOutput();
        names.stream()
                .distinct()
                .map(name -> declared.getOrDefault(
                        name, ValueInfoProto.newBuilder().setName(name).build()))
                .forEach(graph::addOutput);
        return model.toBuilder().setGraph(graph).build();
    }

    private static FloatBuffer noise(int length, Element element) {
        Random random = new Random(1);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = element == Element.BYTE ? random.nextInt(256) : random.nextFloat();
        }
        return FloatBuffer.wrap(values);
    }

    private static Optional<Found> found(Candidate candidate, Output output) {
        long[] shape = output.shape();
        if (output.values().length == 0 || shape.length < 2 || shape.length > 4) {
            return Optional.empty();
        }
        Form form = switch (shape.length) {
            case 2 -> Form.VECTOR;
            case 3 -> isSquare(shape[1] - 1) ? Form.CLASS_TOKEN : Form.TOKENS;
            default -> shape[1] == shape[2] && shape[2] != shape[3] ? Form.GRID_CHANNELS_LAST : Form.GRID;
        };
        int images = (int) shape[0];
        float[][] rows = output.features(form, images);
        boolean finite = Arrays.stream(rows)
                .allMatch(row -> IntStream.range(0, row.length).allMatch(d -> Float.isFinite(row[d])));
        boolean dependsOnImage = images < 2 || !Arrays.equals(rows[0], rows[1]);
        return rows[0].length > 1 && finite && dependsOnImage
                ? Optional.of(new Found(
                        candidate, new FeatureTensor(candidate.name(), form, rows[0].length, candidate.beforeHead())))
                : Optional.empty();
    }

    private static boolean isSquare(long tokens) {
        long side = Math.round(Math.sqrt((double) tokens));
        return side > 0 && side * side == tokens;
    }
}

package io.github.finessl.encoder.onnx;

import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.encoder.OpaqueEncoder;
import io.github.finessl.encoder.OpaqueEncoder.Element;
import io.github.finessl.encoder.OpaqueEncoder.FeatureTensor;
import io.github.finessl.encoder.OpaqueEncoder.Form;
import io.github.finessl.encoder.OpaqueEncoder.ImageTensor;
import io.github.finessl.encoder.OpaqueSession;
import io.github.finessl.encoder.OpaqueSession.Output;
import io.github.finessl.encoder.PixelInput;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
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

    /** Operators on a constant whose result is as good as one. */
    private static final Set<String> AS_CONSTANT = Set.of("DequantizeLinear", "Transpose", "Cast", "Identity");

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
                            + e.getMessage().substring((file.path() + ": ").length()),
                    e);
        }
    }

    private OpaqueEncoder encoder(PixelInput pixels, String reason) {
        ImageTensor image = image();
        int images = image.batch().orElse(IMAGES);
        List<Candidate> candidates = file.graph().getOutputList().stream()
                .flatMap(output -> candidates(output).stream())
                .toList();
        Set<String> wanted =
                candidates.stream().map(Candidate::name).collect(Collectors.toCollection(LinkedHashSet::new));
        Map<String, Output> outputs;
        Map<String, Output> ofOthers;
        byte[] model = withOutputs(file.model(), wanted).toByteArray();
        try (OpaqueSession session = new OpaqueSession(model, file.path())) {
            if (session.inputs().size() > 1) {
                throw new EncoderFormatException(
                        file.path(), "expected images as the only input, found " + session.inputs());
            }
            outputs = session.run(image, noise(image, images, 1), images, wanted);
            ofOthers = session.run(image, noise(image, images, 2), images, wanted);
        }
        FeatureTensor features = candidates.stream()
                .filter(candidate -> !Arrays.equals(
                        outputs.get(candidate.name()).values(),
                        ofOthers.get(candidate.name()).values()))
                .flatMap(candidate -> found(candidate, outputs.get(candidate.name()), image, images).stream())
                .min(Comparator.comparing((Found found) -> !found.candidate().named())
                        .thenComparing(found -> !found.candidate().beforeHead())
                        .thenComparing(found -> found.tensor().form()))
                .map(Found::tensor)
                .orElseThrow(() -> new EncoderFormatException(
                        file.path(),
                        "expected an output [batch, D], [batch, D, height, width] or [batch, tokens, D] of finite numbers, found "
                                + shapes(outputs)));
        return new OpaqueEncoder(file.path(), image, features, reason, file.sha256(), pixels);
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
        for (int behind = 0; node != null && BEHIND.contains(node.getOpType()); behind++) {
            if (behind == producers.size() || node.getInputCount() == 0) { // of a damaged file, a node goes into itself
                return Optional.empty();
            }
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
        boolean linear = Set.of("Gemm", "MatMul").contains(node.getOpType())
                && node.getInputCount() > 1
                && isConstant(node.getInput(1));
        return linear ? Optional.of(node.getInput(0)) : Optional.empty();
    }

    /** Whether a tensor is a constant of the file, or a quantised one made float again. */
    private boolean isConstant(String tensor) {
        String from = tensor;
        for (int steps = 0; steps <= producers.size(); steps++) {
            NodeProto producer = producers.get(from);
            if (file.initialisers().containsKey(from)
                    || (producer != null && producer.getOpType().equals("Constant"))) {
                return true;
            } else if (producer == null
                    || !AS_CONSTANT.contains(producer.getOpType())
                    || producer.getInputCount() == 0) {
                return false;
            }
            from = producer.getInput(0);
        }
        return false;
    }

    /** A file with other outputs. */
    static ModelProto withOutputs(ModelProto model, Set<String> names) {
        Map<String, ValueInfoProto> declared = new LinkedHashMap<>();
        model.getGraph().getOutputList().forEach(output -> declared.put(output.getName(), output));
        GraphProto.Builder graph = model.getGraph().toBuilder().clearOutput();
        names.stream()
                .map(name -> declared.getOrDefault(
                        name, ValueInfoProto.newBuilder().setName(name).build()))
                .forEach(graph::addOutput);
        return model.toBuilder().setGraph(graph).build();
    }

    private static FloatBuffer noise(ImageTensor image, int images, long seed) {
        Random random = new Random(seed);
        float[] values = new float[images * 3 * image.height() * image.width()];
        for (int i = 0; i < values.length; i++) {
            values[i] = image.element() == Element.BYTE ? random.nextInt(256) : random.nextFloat();
        }
        return FloatBuffer.wrap(values);
    }

    private static Optional<Found> found(Candidate candidate, Output output, ImageTensor image, int images) {
        long[] shape = output.shape();
        Optional<Form> form = output.values().length > 0 && shape[0] == images ? form(shape, image) : Optional.empty();
        return form.filter(each -> isFinite(output.values()))
                .map(each -> new FeatureTensor(candidate.name(), each, output.width(each), candidate.beforeHead()))
                .filter(tensor -> tensor.width() > 1)
                .map(tensor -> new Found(candidate, tensor));
    }

    /** What a shape can be; nothing if no grid in it has the image's proportions. */
    private static Optional<Form> form(long[] shape, ImageTensor image) {
        return switch (shape.length) {
            case 2 -> Optional.of(Form.VECTOR);
            case 3 -> Optional.of(isSquare(shape[1] - 1) ? Form.CLASS_TOKEN : Form.TOKENS);
            case 4 -> {
                if (shape[2] * image.width() == shape[3] * image.height()) {
                    yield Optional.of(Form.GRID);
                }
                boolean last = shape[1] * image.width() == shape[2] * image.height();
                yield last ? Optional.of(Form.GRID_CHANNELS_LAST) : Optional.empty();
            }
            default -> Optional.empty();
        };
    }

    private static boolean isFinite(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSquare(long tokens) {
        long side = Math.round(Math.sqrt((double) tokens));
        return side > 0 && side * side == tokens;
    }
}

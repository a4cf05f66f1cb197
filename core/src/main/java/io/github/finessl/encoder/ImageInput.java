package io.github.finessl.encoder;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorShapeProto.Dimension;
import onnx.Onnx.TypeProto;
import onnx.Onnx.ValueInfoProto;

/**
 * The graph's input that images go into.
 *
 * @param batch the file's own, or 2 where any will do
 */
record ImageInput(String name, long batch, long height, long width) {

    private static final int ANY_BATCH = 2;

    /** [batch, 3, height, width]. */
    long[] shape() {
        return new long[] {batch, 3, height, width};
    }

    /**
     * Shapes that the image may have: the declared one, or, where height and width are left open, every square that
     * has as many patches as some constant of the file could have position embeddings for.
     */
    static List<ImageInput> candidates(OnnxFile file) {
        List<ValueInfoProto> inputs = file.graph().getInputList().stream()
                .filter(i -> !file.initialisers().containsKey(i.getName()))
                .toList();
        ValueInfoProto image = inputs.stream()
                .filter(ImageInput::isImage)
                .findFirst()
                .orElseThrow(() -> new EncoderFormatException(
                        file.path(),
                        "expected an image input of floats [batch, 3, height, width], found "
                                + (inputs.isEmpty() ? "no input" : String.join(", ", describe(inputs)))));
        var shape = new long[] {ANY_BATCH, 3, 0, 0};
        List<Dimension> dims = image.getType().getTensorType().getShape().getDimList();
        for (int i = 0; i < dims.size(); i++) {
            shape[i] = dims.get(i).getDimValue() > 0 ? dims.get(i).getDimValue() : shape[i];
        }
        if (shape[2] > 0 && shape[3] > 0) {
            return List.of(new ImageInput(image.getName(), shape[0], shape[2], shape[3]));
        }
        return squares(file).stream()
                .map(size -> new ImageInput(image.getName(), shape[0], size[0], size[1]))
                .toList();
    }

    private static boolean isImage(ValueInfoProto input) {
        TypeProto.Tensor type = input.getType().getTensorType();
        List<Dimension> dims = type.getShape().getDimList();
        var element = TensorProto.DataType.forNumber(type.getElemType());
        return element != null
                && element != TensorProto.DataType.UNDEFINED
                && !TensorData.isIntegral(element)
                && (!type.hasShape()
                        || (dims.size() == 4
                                && (dims.get(1).getDimValue() == 3
                                        || dims.get(1).getDimValue() <= 0)));
    }

    private static List<String> describe(List<ValueInfoProto> inputs) {
        return inputs.stream()
                .map(i -> {
                    TypeProto.Tensor type = i.getType().getTensorType();
                    var dims = type.getShape().getDimList().stream()
                            .map(d -> d.getDimValue() > 0 ? String.valueOf(d.getDimValue()) : d.getDimParam())
                            .toList();
                    return "'" + i.getName() + "' " + TensorProto.DataType.forNumber(type.getElemType()) + " " + dims
                            + (i.getName().contains("input_ids") ? " (a text encoder?)" : "");
                })
                .toList();
    }

    private static List<long[]> squares(OnnxFile file) {
        Optional<NodeProto> convolution = file.graph().getNodeList().stream()
                .filter(n -> n.getOpType().equals("Conv") && n.getInputCount() > 1)
                .findFirst();
        Optional<long[]> kernel = convolution
                .map(c -> file.initialisers().get(c.getInput(1)))
                .map(Constant::shape)
                .filter(s -> s.length == 4);
        if (kernel.isEmpty()) {
            throw new EncoderFormatException(
                    file.path(),
                    "expected a patch convolution on an image of open size, found none with known weights");
        }
        long[] weight = kernel.get();
        var sizes = new ArrayList<long[]>();
        constantShapes(file).forEach(shape -> {
            if (shape.length >= 2 && shape[shape.length - 1] == weight[0]) {
                long tokens = shape[shape.length - 2];
                for (long patches : new long[] {tokens - 1, tokens}) {
                    long side = Math.round(Math.sqrt((double) patches));
                    if (side > 0 && side * side == patches) {
                        sizes.add(new long[] {side * weight[2], side * weight[3]});
                    }
                }
            }
        });
        var seen = new HashSet<List<Long>>();
        return sizes.stream().filter(s -> seen.add(List.of(s[0], s[1]))).toList();
    }

    private static Stream<long[]> constantShapes(OnnxFile file) {
        Stream<long[]> initialisers = file.initialisers().values().stream().map(Constant::shape);
        Stream<long[]> nodes = file.graph().getNodeList().stream()
                .filter(n -> n.getOpType().equals("Constant"))
                .flatMap(n -> n.getAttributeList().stream())
                .map(a -> a.getT().getDimsList().stream()
                        .mapToLong(Long::longValue)
                        .toArray());
        return Stream.concat(initialisers, nodes);
    }
}

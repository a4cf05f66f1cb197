package io.github.finessl.encoder.onnx;

import io.github.finessl.encoder.EncoderFormatException;
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
 * @param channelsLast whether the file takes [batch, height, width, 3]
 * @param open whether the file leaves height and width open, so that these are but a guess
 * @param bytes whether it takes whole numbers from 0 to 255
 */
record ImageInput(String name, long batch, long height, long width, boolean channelsLast, boolean open, boolean bytes) {

    private static final int ANY_BATCH = 2;
    private static final int CHANNELS = 3;
    private static final long RESNET_STRIDE = 32;

    /** The same for images of another size. */
    ImageInput of(long otherHeight, long otherWidth) {
        return new ImageInput(name, batch, otherHeight, otherWidth, channelsLast, open, bytes);
    }

    /** The image as the file takes it. */
    View view() {
        View image = View.of(new Piece(new Piece.Image(), batch, 3, height, width));
        return channelsLast ? new View(image.piece(), image.layout().transpose(0, 2, 3, 1)) : image;
    }

    /** The image as the file declares it; of height and width 1 where these are left open. */
    static ImageInput declared(OnnxFile file) {
        List<ValueInfoProto> inputs = file.graph().getInputList().stream()
                .filter(i -> !file.initialisers().containsKey(i.getName()))
                .toList();
        ValueInfoProto image = inputs.stream()
                .filter(ImageInput::isImage)
                .findFirst()
                .orElseThrow(() -> new EncoderFormatException(
                        file.path(),
                        "expected an image input of floats or bytes [batch, 3, height, width], found "
                                + (inputs.isEmpty() ? "no input" : String.join(", ", describe(inputs)))));
        TypeProto.Tensor type = image.getType().getTensorType();
        List<Dimension> dims = type.getShape().getDimList();
        boolean last = !dims.isEmpty()
                && dims.get(1).getDimValue() != CHANNELS
                && dims.get(3).getDimValue() == CHANNELS;
        long batch = dims.isEmpty() || dims.get(0).getDimValue() <= 0
                ? ANY_BATCH
                : dims.get(0).getDimValue();
        long height = dims.isEmpty() ? 0 : dims.get(last ? 1 : 2).getDimValue();
        long width = dims.isEmpty() ? 0 : dims.get(last ? 2 : 3).getDimValue();
        boolean open = height <= 0 || width <= 0;
        boolean bytes = type.getElemType() == TensorProto.DataType.UINT8.getNumber();
        return new ImageInput(image.getName(), batch, open ? 1 : height, open ? 1 : width, last, open, bytes);
    }

    /**
     * Sizes that an image of open size may have: every square that has as many patches as some constant of the file could
     * have position embeddings for; where the first convolution is none of patches, as many pixels after CLIP's ResNet has
     * made it 32 times smaller.
     */
    List<ImageInput> squares(OnnxFile file) {
        return sides(file, this).stream().map(size -> of(size[0], size[1])).toList();
    }

    /** The size of so many patches, where the first convolution is one of patches. */
    Optional<ImageInput> ofPatches(OnnxFile file, int side) {
        return patch(file, this).map(kernel -> of(side * kernel[2], side * kernel[3]));
    }

    private static boolean isImage(ValueInfoProto input) {
        TypeProto.Tensor type = input.getType().getTensorType();
        List<Dimension> dims = type.getShape().getDimList();
        var element = TensorProto.DataType.forNumber(type.getElemType());
        return element != null
                && element != TensorProto.DataType.UNDEFINED
                && (!TensorData.isIntegral(element) || (element == TensorProto.DataType.UINT8 && type.hasShape()))
                && (!type.hasShape()
                        || (dims.size() == 4
                                && (dims.get(1).getDimValue() == CHANNELS
                                        || dims.get(1).getDimValue() <= 0
                                        || dims.get(3).getDimValue() == CHANNELS)));
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

    private static Optional<long[]> patch(OnnxFile file, ImageInput any) {
        return firstConvolution(file)
                .map(c -> new GraphTrace(file, any).value(c.getInput(1)))
                .filter(Constant.class::isInstance)
                .map(weight -> ((Constant) weight).shape())
                .filter(s -> s.length == 4);
    }

    private static List<long[]> sides(OnnxFile file, ImageInput any) {
        Optional<long[]> kernel = patch(file, any);
        if (kernel.isEmpty()) {
            throw new Untraceable("no patch convolution with known weights on an image of open size");
        }
        long[] weight = kernel.get();
        var sizes = new ArrayList<long[]>();
        boolean ofPatches = firstConvolution(file)
                .map(c -> c.getAttributeList().stream()
                        .filter(x -> x.getName().equals("strides"))
                        .anyMatch(x -> x.getIntsList().equals(List.of(weight[2], weight[3]))))
                .orElse(false);
        constantShapes(file).forEach(shape -> {
            if (shape.length >= 2 && (!ofPatches || shape[shape.length - 1] == weight[0])) {
                for (int i = ofPatches ? shape.length - 2 : 0; i < shape.length - 1; i++) {
                    for (long patches : new long[] {shape[i] - 1, shape[i]}) {
                        long side = Math.round(Math.sqrt((double) patches));
                        if (side > 0 && side * side == patches) {
                            sizes.add(
                                    ofPatches
                                            ? new long[] {side * weight[2], side * weight[3]}
                                            : new long[] {side * RESNET_STRIDE, side * RESNET_STRIDE});
                        }
                    }
                }
            }
        });
        var seen = new HashSet<List<Long>>();
        return sizes.stream().filter(s -> seen.add(List.of(s[0], s[1]))).toList();
    }

    private static Optional<NodeProto> firstConvolution(OnnxFile file) {
        return file.graph().getNodeList().stream()
                .filter(n -> List.of("Conv", "ConvInteger").contains(n.getOpType()) && n.getInputCount() > 1)
                .findFirst();
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

package io.github.finessl.export;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.OpaqueEncoder;
import io.github.finessl.encoder.ResNet;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.export.OnnxForm.Pixels;
import io.github.finessl.export.OnnxForm.Weights;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.model.Heads;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import onnx.Onnx.ModelProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.StringStringEntryProto;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.shade.protobuf.CodedOutputStream;

/**
 * A writer of trained models as single ONNX files.
 *
 * <p>Its input is {@code pixels} [batch, 3, H, W], red, green and blue; its outputs are {@code logits} [batch, C] and, where
 * they are wanted, {@code probabilities} [batch, C]. The batch may have any size. Numbers in and out are f32. The metadata say how
 * to prepare images, what the classes are called and where the model comes from.
 */
public final class OnnxExport {
    /** The name of the input. */
    public static final String PIXELS = "pixels";
    /** The name of the output of logits. */
    public static final String LOGITS = "logits";
    /** The name of the output of probabilities. */
    public static final String PROBABILITIES = "probabilities";

    private static final String RESIZE = "to exactly width × height, whatever the proportions; bilinear with"
            + " antialiasing, as Pillow's Image.resize(..., BILINEAR) of 8-bit RGB";
    private static final double SMALLEST_LENGTH = 1e-12;
    private static final int BUFFER = 1 << 20;
    private static final int WIDTH_AXIS = 3;

    private OnnxExport() {}

    /**
     * Writes a model beside its place and moves it there.
     *
     * @return the form that it was written in: an encoder of unknown structure is written in its own file's operator set
     * @throws IOException saying so in a sentence, if it cannot be written, in this form or at all, or would be larger than
     *     ONNX allows; what was there before is there still
     */
    public static OnnxForm write(ExportedModel model, OnnxForm form, Path file) throws IOException {
        if (!(model.encoder() instanceof OpaqueEncoder opaque)) {
            ModelProto.Builder proto = ModelProto.newBuilder()
                    .setIrVersion(form.irVersion())
                    .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(form.opset()));
            return write(model, form, Optional.empty(), proto, file);
        }
        ModelProto network = OnnxEncoderReader.network(opaque);
        OnnxForm own = form(form, model, opaque);
        ModelProto.Builder proto = ModelProto.newBuilder()
                .setIrVersion(Math.max(own.irVersion(), network.getIrVersion()))
                .addAllOpsetImport(network.getOpsetImportList())
                .addAllFunctions(network.getFunctionsList());
        return write(model, own, Optional.of(network), proto, file);
    }

    /** The form for an encoder that is written as its file has it. */
    private static OnnxForm form(OnnxForm wanted, ExportedModel model, OpaqueEncoder encoder) throws IOException {
        int opset = OnnxEncoderReader.opset(encoder.file());
        String why;
        if (wanted.weights() != Weights.F32) {
            why = "its weights stay as they are; quantise the encoder's file itself";
        } else if (wanted.opset() != OnnxForm.OLDEST && wanted.opset() != opset) {
            why = "it is written in its file's own operator set, " + opset;
        } else if (opset < OnnxForm.OLDEST || opset > OnnxForm.NEWEST) {
            why = "its file's operator set, " + opset + ", is none from " + OnnxForm.OLDEST + " to " + OnnxForm.NEWEST;
        } else if (model.flip() && encoder.image().batch().isPresent()) {
            why = "its file takes " + encoder.image().batch().getAsInt()
                    + " images at a time, and no mirror images besides";
        } else {
            return new OnnxForm(opset, wanted.pixels(), wanted.probabilities(), wanted.weights());
        }
        throw new IOException(
                "The model cannot be exported so: the structure of its encoder is not known, so that " + why + ".");
    }

    /** @param network of an encoder of unknown structure */
    private static OnnxForm write(
            ExportedModel model, OnnxForm form, Optional<ModelProto> network, ModelProto.Builder proto, Path file)
            throws IOException {
        OnnxGraph graph = graph(model, form, network);
        proto.setProducerName("FineSSL").setGraph(graph.build());
        metadata(model, form)
                .forEach((key, value) -> proto.addMetadataProps(
                        StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
        ModelProto built = proto.build();
        try {
            AtomicFile.write(file, out -> {
                CodedOutputStream coded = CodedOutputStream.newInstance(out, BUFFER);
                built.writeTo(coded);
                coded.flush();
            });
        } finally {
            Reference.reachabilityFence(graph);
        }
        return form;
    }

    private static OnnxGraph graph(ExportedModel model, OnnxForm form, Optional<ModelProto> network) {
        OnnxGraph graph = new OnnxGraph();
        Operators ops = new Operators(graph, form);
        Encoder encoder = model.encoder();
        if (encoder instanceof OpaqueEncoder opaque) {
            opaque.image().batch().ifPresent(graph::batch);
        }
        graph.input(PIXELS, 3, encoder.imageHeight(), encoder.imageWidth());
        String pixels = form.pixels() == Pixels.ZERO_TO_ONE ? normalised(graph, model) : PIXELS;
        if (model.flip()) {
            graph.enter("views");
            pixels = ops.concatenated(
                    0, List.of(pixels, ops.reversed(pixels, WIDTH_AXIS, encoder.imageWidth()))); // [2·B, 3, H, W]
        }
        String features = features(graph, ops, model, network, pixels);
        graph.enter("head");
        int classes = model.classes().size();
        logits(graph, ops, model, features);
        graph.output(LOGITS, classes);
        if (form.probabilities()) {
            graph.named(PROBABILITIES, "Softmax", List.of(tempered(graph, model)), OnnxGraph.integer("axis", 1));
            graph.output(PROBABILITIES, classes);
        }
        return graph;
    }

    private static String features(
            OnnxGraph graph, Operators ops, ExportedModel model, Optional<ModelProto> network, String pixels) {
        if (model.encoder() instanceof OpaqueEncoder opaque) {
            return new OpaqueNodes(graph, ops, opaque, network.orElseThrow()).features(pixels);
        } else if (model.encoder() instanceof ResNet resnet) {
            return new ResNetLayers(graph, ops, resnet, model.parameters()).features(pixels);
        }
        VisionTransformer vit = (VisionTransformer) model.encoder();
        return new TransformerGraph(graph, ops, vit, model.tuning(), model.parameters()).features(pixels);
    }

    /** (pixels - mean) / deviation. */
    private static String normalised(OnnxGraph graph, ExportedModel model) {
        graph.enter("normalisation");
        String mean = graph.weight("mean", perChannel(model.normalisation().mean()));
        String deviation =
                graph.weight("deviation", perChannel(model.normalisation().std()));
        return graph.node("Div", List.of(graph.node("Sub", List.of(PIXELS, mean)), deviation));
    }

    private static INDArray perChannel(float[] values) {
        return Nd4j.createFromArray(values).reshape(1, 3, 1, 1);
    }

    /** s·cos(f, w_k): features f [B, D] of length one, times s·w_k/|w_k| [D, C]; the mean of two views' where there are. */
    private static void logits(OnnxGraph graph, Operators ops, ExportedModel model, String features) {
        Map<String, INDArray> parameters = model.parameters();
        INDArray weight = parameters.get(Heads.WEIGHT);
        INDArray lengths = Transforms.max(weight.norm2(true, 1), SMALLEST_LENGTH, false);
        INDArray directions = weight.divColumnVector(lengths)
                .muli(parameters.get(Heads.SCALE).getDouble(0))
                .transpose();
        String length = graph.node("Max", List.of(ops.length(features, -1), graph.scalar(SMALLEST_LENGTH)));
        String direction = graph.node("Div", List.of(features, length));
        List<String> factors = List.of(direction, graph.weight("head.weight", directions));
        if (!model.flip()) {
            graph.named(LOGITS, "MatMul", factors);
            return;
        }
        String ofViews = graph.node("MatMul", factors); // [2·B, C]
        String mean = ops.mean(ops.reshaped(ofViews, 2, -1, model.classes().size()), 0, false);
        graph.named(LOGITS, "Identity", List.of(mean));
    }

    private static String tempered(OnnxGraph graph, ExportedModel model) {
        double temperature = model.certainty().temperature();
        return temperature == 1 ? LOGITS : graph.node("Div", List.of(LOGITS, graph.scalar(temperature)));
    }

    /** The keys that this package's README describes, for programs in any language. */
    private static Map<String, String> metadata(ExportedModel model, OnnxForm form) {
        boolean raw = form.pixels() == Pixels.ZERO_TO_ONE;
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("classes", String.join("\n", model.classes()));
        entries.put("image.width", Integer.toString(model.encoder().imageWidth()));
        entries.put("image.height", Integer.toString(model.encoder().imageHeight()));
        entries.put("image.layout", "NCHW");
        entries.put("image.channels", "RGB");
        entries.put("image.resize", RESIZE);
        entries.put("image.resize.filter", "bilinear");
        entries.put("image.resize.antialias", "true");
        entries.put("image.crop", "none");
        entries.put("image.mean", Arrays.toString(model.normalisation().mean()));
        entries.put("image.std", Arrays.toString(model.normalisation().std()));
        entries.put("image.normalise", Boolean.toString(!raw));
        entries.put(
                "image.pixels",
                raw ? "value/255; the graph subtracts the mean and divides by std" : "(value/255 - mean)/std");
        if (model.flip()) {
            entries.put("image.views", "the image and its mirror image; the graph takes the mean of their logits");
        }
        entries.put("weights", form.weights() == Weights.INT8 ? "int8" : "f32");
        entries.put("encoder.sha256", model.encoder().sha256());
        entries.putAll(model.certainty().entries());
        entries.putAll(model.origin().entries());
        return entries;
    }
}

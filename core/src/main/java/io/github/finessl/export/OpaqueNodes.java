package io.github.finessl.export;

import io.github.finessl.encoder.OpaqueEncoder;
import io.github.finessl.encoder.OpaqueEncoder.Form;
import io.github.finessl.encoder.OpaqueEncoder.ImageTensor;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.ValueInfoProto;

/** The nodes of an encoder of unknown structure, as they stand in its own file, under names that no other node has. */
final class OpaqueNodes {
    private static final String PREFIX = "encoder/";
    private static final String NODE = "encoder/nodes/";
    private static final int LARGEST_BYTE = 255;

    private final OnnxGraph graph;
    private final Operators ops;
    private final OpaqueEncoder encoder;
    private final GraphProto network;

    /** @param model its file, with all weights in it and its features the only output */
    OpaqueNodes(OnnxGraph graph, Operators ops, OpaqueEncoder encoder, ModelProto model) {
        this.graph = graph;
        this.ops = ops;
        this.encoder = encoder;
        this.network = model.getGraph();
    }

    /** Adds it, for normalised pixels [B, 3, H, W]; features [B, D]. */
    String features(String pixels) {
        graph.named(renamed(encoder.image().name()), "Identity", List.of(taken(pixels)));
        graph.enter("features");
        Set<String> needed = needed();
        network.getInitializerList().stream()
                .filter(weight -> needed.contains(weight.getName()))
                .forEach(weight -> graph.initialiser(
                        weight.toBuilder().setName(renamed(weight.getName())).build()));
        network.getNodeList().stream()
                .filter(node -> node.getOutputList().stream().anyMatch(needed::contains))
                .forEach(node -> graph.add(renamed(node)));
        String floats = graph.node( // whatever the file computes in
                "Cast",
                List.of(renamed(encoder.features().name())),
                OnnxGraph.integer("to", TensorProto.DataType.FLOAT_VALUE));
        return pooled(floats, encoder.features().form());
    }

    /** All that the features are computed from; a classifier behind them is not. */
    private Set<String> needed() {
        Set<String> needed = new HashSet<>(Set.of(encoder.features().name()));
        for (int n = network.getNodeCount() - 1; n >= 0; n--) { // a node comes behind those that it needs
            NodeProto node = network.getNode(n);
            if (node.getOutputList().stream().anyMatch(needed::contains)) {
                addInputs(node, needed);
            }
        }
        return needed;
    }

    private static void addInputs(NodeProto node, Set<String> needed) {
        needed.addAll(node.getInputList());
        for (AttributeProto attribute : node.getAttributeList()) {
            attribute.getG().getNodeList().forEach(inner -> addInputs(inner, needed));
            attribute.getG().getOutputList().forEach(output -> needed.add(output.getName()));
            attribute.getGraphsList().forEach(body -> body.getNodeList().forEach(inner -> addInputs(inner, needed)));
        }
    }

    /** Pixels as the file takes them. */
    private String taken(String pixels) {
        ImageTensor image = encoder.image();
        graph.enter("pixels");
        String ordered = image.channelsLast()
                ? graph.node("Transpose", List.of(pixels), OnnxGraph.integers("perm", 0, 2, 3, 1))
                : pixels;
        return switch (image.element()) {
            case FLOAT -> ordered;
            case HALF ->
                graph.node("Cast", List.of(ordered), OnnxGraph.integer("to", TensorProto.DataType.FLOAT16_VALUE));
            case BYTE -> {
                String whole = graph.node("Round", List.of(ordered));
                String bounded = graph.node("Clip", List.of(whole, graph.scalar(0), graph.scalar(LARGEST_BYTE)));
                yield graph.node("Cast", List.of(bounded), OnnxGraph.integer("to", TensorProto.DataType.UINT8_VALUE));
            }
        };
    }

    private String pooled(String tensor, Form form) {
        return switch (form) {
            case VECTOR -> tensor;
            case GRID -> ops.mean(ops.mean(tensor, 3, false), 2, false);
            case GRID_CHANNELS_LAST -> ops.mean(ops.mean(tensor, 2, false), 1, false);
            case CLASS_TOKEN -> ops.entry(tensor, 1, 0);
            case TOKENS -> ops.mean(tensor, 1, false);
        };
    }

    private static NodeProto renamed(NodeProto node) {
        NodeProto.Builder copy = node.toBuilder().clearInput().clearOutput().clearAttribute();
        copy.setName(node.getName().isEmpty() ? "" : NODE + node.getName());
        node.getInputList().forEach(name -> copy.addInput(renamed(name)));
        node.getOutputList().forEach(name -> copy.addOutput(renamed(name)));
        node.getAttributeList().forEach(attribute -> copy.addAttribute(renamed(attribute)));
        return copy.build();
    }

    private static AttributeProto renamed(AttributeProto attribute) {
        AttributeProto.Builder copy = attribute.toBuilder();
        if (attribute.hasG()) {
            copy.setG(renamed(attribute.getG()));
        }
        for (int i = 0; i < attribute.getGraphsCount(); i++) {
            copy.setGraphs(i, renamed(attribute.getGraphs(i)));
        }
        return copy.build();
    }

    /** The body of a loop or a branch, which sees the names around it. */
    private static GraphProto renamed(GraphProto body) {
        GraphProto.Builder copy = body.toBuilder()
                .clearNode()
                .clearInput()
                .clearOutput()
                .clearInitializer()
                .clearValueInfo();
        body.getNodeList().forEach(node -> copy.addNode(renamed(node)));
        body.getInputList().forEach(value -> copy.addInput(renamed(value)));
        body.getOutputList().forEach(value -> copy.addOutput(renamed(value)));
        body.getInitializerList()
                .forEach(weight -> copy.addInitializer(weight.toBuilder().setName(renamed(weight.getName()))));
        return copy.build();
    }

    private static ValueInfoProto renamed(ValueInfoProto value) {
        return value.toBuilder().setName(renamed(value.getName())).build();
    }

    /** An empty name stays empty: it stands for an input that is left out. */
    private static String renamed(String name) {
        return name.isEmpty() ? name : PREFIX + name;
    }
}

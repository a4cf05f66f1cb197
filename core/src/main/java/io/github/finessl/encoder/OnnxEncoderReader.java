package io.github.finessl.encoder;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import onnx.Onnx.NodeProto;
import onnx.Onnx.ValueInfoProto;

/**
 * Reads a frozen encoder from an ONNX file.
 *
 * <p>An encoder is recognised by what its graph computes, not by names, operators or their order, so files of any
 * exporter will do. Features of a vision transformer are the class token after the final norm, and what the file does with it afterwards is cut
 * off: of a projection, classifier or pooler the linear layer right behind the features is kept as the head, what follows
 * that (softmax, L2 normalisation, tanh, further layers) is left out. Normalisation of pixels inside of the graph becomes
 * part of the patch embedding, so that the encoder takes the same pixels as the file. Numbers of any precision become
 * f32.
 *
 * <p>Of CLIP's ResNet, features are the embedding that attention pooling ends with; what follows is left out.
 *
 * <p>Of several outputs the deepest one counts; of equally deep ones first those of which nothing is left out, then those
 * with a head, then the class token alone.
 */
public final class OnnxEncoderReader {

    private static final String TRANSFORMER = "expected a vision transformer (patches, class token, positions, pre-norm"
            + " blocks, final norm of the class token), found ";

    private static final String RESNET = "expected a ResNet of CLIP's kind (stem of convolutions, average pools,"
            + " bottleneck blocks, attention pooling), found ";

    private OnnxEncoderReader() {}

    /**
     * Reads structure and weights.
     *
     * @throws EncoderFormatException if the file is not an encoder that this version knows
     */
    public static Encoder read(Path path) {
        OnnxFile file = OnnxFile.read(path);
        String problem = "no square image that fits its position embeddings";
        try {
            for (ImageInput image : ImageInput.candidates(file)) {
                try {
                    return read(file, image);
                } catch (Untraceable e) {
                    problem = e.getMessage();
                }
            }
        } catch (ArithmeticException e) {
            problem = "sizes beyond all measure";
        }
        throw new EncoderFormatException(path, (isConvolutional(file) ? RESNET : TRANSFORMER) + problem);
    }

    private static Encoder read(OnnxFile file, ImageInput image) {
        var trace = new GraphTrace(file, image);
        var features = new ArrayList<Assembly.Features>();
        var embeddings = new ArrayList<ResNetAssembly.Embedding>();
        var problems = new ArrayList<String>();
        for (ValueInfoProto output : file.graph().getOutputList()) {
            try {
                Value value = trace.value(output.getName());
                ResNetAssembly.embedding(value)
                        .ifPresentOrElse(embeddings::add, () -> features.add(Assembly.features(value)));
            } catch (Untraceable e) {
                problems.add(e.getMessage() + " (output '" + output.getName() + "')");
            }
        }
        if (!embeddings.isEmpty()) {
            return ResNetAssembly.assemble(embeddings.get(0), file.sha256());
        }
        Assembly.Features best = features.stream()
                .max(Comparator.comparing(Assembly.Features::depth)
                        .thenComparing(Assembly.Features::exact)
                        .thenComparing(f -> f.head().isPresent())
                        .thenComparing(Assembly.Features::classTokenOnly))
                .orElseThrow(() -> new Untraceable(problems.isEmpty() ? "no output" : String.join("; ", problems)));
        return Assembly.assemble(best, file.sha256());
    }

    private static boolean isConvolutional(OnnxFile file) {
        return file.graph().getNodeList().stream()
                        .map(NodeProto::getOpType)
                        .filter("Conv"::equals)
                        .count()
                > 1;
    }
}

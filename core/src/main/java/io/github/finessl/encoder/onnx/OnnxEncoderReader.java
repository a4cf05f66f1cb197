package io.github.finessl.encoder.onnx;

import io.github.finessl.augment.Normalisation;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.encoder.OpaqueEncoder;
import io.github.finessl.encoder.OpaqueSession;
import io.github.finessl.encoder.PixelInput;
import io.github.finessl.encoder.PixelInput.Configured;
import io.github.finessl.encoder.VisionTransformer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.ValueInfoProto;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reader of frozen encoders from ONNX files.
 *
 * <p>An encoder is recognised by what its graph computes, not by names, operators or their order, so files of any
 * exporter will do. Features of a vision transformer are the class token or a mean of tokens, after the final norm or before it, and what the file does with it afterwards is cut
 * off: of a projection, classifier or pooler the linear layer right behind the features is kept as the head, what follows
 * that (softmax, L2 normalisation, tanh, further layers) is left out. Normalisation of pixels inside of the graph becomes
 * part of the patch embedding, so that the encoder takes the same pixels as the file: which, {@link io.github.finessl.encoder.PixelInput} says. Numbers of any precision become
 * f32; of files quantised by ONNX Runtime the weights are dequantised, and activations stay as they are.
 *
 * <p>Of CLIP's ResNet, features are the embedding that attention pooling ends with; what follows is left out.
 *
 * <p>Of several outputs the deepest one counts; of equally deep ones first those of which nothing is left out, then those
 * with a head, then the class token alone, then a mean of tokens, then all tokens, of which the first is taken.
 */
public final class OnnxEncoderReader {

    private static final String TRANSFORMER = "expected a vision transformer (patches, class token or mean of"
            + " tokens, positions, pre-norm blocks, final norm), found ";

    private static final Logger LOG = LoggerFactory.getLogger(OnnxEncoderReader.class);

    private static final String RESNET = "expected a ResNet of CLIP's kind (stem of convolutions, average pools,"
            + " bottleneck blocks, attention pooling), found ";

    /** Sides in patches, neither of them usual, at which a file that takes images of any size can be read. */
    private static final int ANY_SIDE = 4;

    private static final int OTHER_SIDE = 6;

    private OnnxEncoderReader() {}

    /**
     * Reads an encoder's structure and weights; one that takes images of any size must have a configuration beside it that
     * says which.
     *
     * @throws EncoderFormatException if the file is not an encoder that this version knows
     */
    public static Encoder read(Path path) {
        return read(path, Optional.empty());
    }

    /**
     * Reads an encoder's structure and weights.
     *
     * @param side of the images in pixels, for a file that takes images of any size; of others it changes nothing
     * @throws EncoderFormatException if the file is not an encoder that this version knows
     */
    public static Encoder read(Path path, Optional<Integer> side) {
        return read(path, side, (file, image, pixels, reason) -> {
            throw new EncoderFormatException(file.path(), reason);
        });
    }

    /**
     * Reads an encoder whose structure may not be known: then ONNX Runtime computes it, and nothing inside of it can be
     * trained.
     *
     * @param side of the images in pixels, for a file that takes images of any size; of others it changes nothing
     * @throws EncoderFormatException if the file is damaged, or gives no features of images
     */
    public static Encoder open(Path path, Optional<Integer> side) {
        return read(path, side, OpaqueReader::read);
    }

    /** What becomes of a file whose structure is not known. */
    private interface Otherwise {
        Encoder read(OnnxFile file, ImageInput image, PixelInput pixels, String reason);
    }

    private static Encoder read(Path path, Optional<Integer> side, Otherwise otherwise) {
        try {
            Encoder encoder = recognised(path, side, otherwise);
            requireFinite(path, encoder);
            return encoder;
        } catch (EncoderFormatException e) {
            throw e;
        } catch (OutOfMemoryError e) {
            throw new EncoderFormatException(path, "expected an encoder that fits into memory, but it does not", e);
        } catch (RuntimeException | StackOverflowError e) { // what a damaged graph leads to is beyond listing
            throw new EncoderFormatException(
                    path, "expected an encoder, found a graph whose parts contradict each other (" + e + ")", e);
        }
    }

    private static void requireFinite(Path path, Encoder encoder) {
        for (Map.Entry<String, INDArray> weights : encoder.parameters().entrySet()) {
            if (Double.isFinite(weights.getValue().norm1Number().doubleValue())) {
                continue;
            }
            FloatBuffer values = weights.getValue().data().asNioFloat();
            while (values.hasRemaining()) {
                float value = values.get();
                if (!Float.isFinite(value)) {
                    throw new EncoderFormatException(
                            path, "expected finite weights, found " + value + " in " + weights.getKey());
                }
            }
        }
    }

    private static Encoder recognised(Path path, Optional<Integer> side, Otherwise otherwise) {
        OnnxFile file = OnnxFile.read(path);
        file.beginHash();
        Optional<Preprocessing> beside = Preprocessing.beside(path);
        ImageInput image = ImageInput.declared(file);
        String problem;
        try {
            Encoder encoder = image.open()
                    ? ofOpenSize(file, image, side.or(() -> beside.flatMap(Preprocessing::side)))
                    : read(file, image);
            return encoder.with(new PixelInput(encoder.pixels().graph(), configured(beside)));
        } catch (Untraceable e) {
            problem = expected(file) + e.getMessage();
        } catch (ArithmeticException e) {
            problem = expected(file) + "sizes beyond all measure";
        } catch (EncoderFormatException e) {
            throw e;
        } catch (RuntimeException | StackOverflowError e) { // what a damaged graph leads to is beyond listing
            LOG.debug("{} is not understood", path, e);
            problem = "expected an encoder, found a graph whose parts contradict each other (" + e + ")";
        }
        return otherwise.read(
                file,
                image.open() ? wanted(file, image, side.or(() -> beside.flatMap(Preprocessing::side))) : image,
                new PixelInput(seen(file, image), configured(beside)),
                problem);
    }

    private static ImageInput wanted(OnnxFile file, ImageInput image, Optional<Integer> side) {
        return side.map(pixels -> image.of(pixels, pixels)).orElseThrow(() -> anySize(file, Optional.empty()));
    }

    /** What a graph that is not understood further does to pixels before its first layer. */
    private static Optional<PixelInput.Inside> seen(OnnxFile file, ImageInput image) {
        GraphTrace trace = new GraphTrace(file, image);
        for (ValueInfoProto output : file.graph().getOutputList()) {
            try {
                trace.value(output.getName());
            } catch (RuntimeException | StackOverflowError e) { // which is the reason why it is not understood
                LOG.debug("{}", e.getMessage());
            }
        }
        Optional<PixelInput.Inside> inside = pixels(trace, image).graph();
        return inside.isEmpty() && image.bytes()
                ? Optional.of(new PixelInput.Inside(PixelInput.Range.ZERO_TO_255, Normalisation.NONE, true))
                : inside;
    }

    private static Optional<Configured> configured(Optional<Preprocessing> beside) {
        return beside.flatMap(said -> said.normalisation()
                .map(normalisation -> new Configured(said.file().getFileName().toString(), normalisation)));
    }

    /** An image whose size is left open has the one that positions fit, or, without any, the one that is wanted. */
    private static Encoder ofOpenSize(OnnxFile file, ImageInput image, Optional<Integer> wanted) {
        Optional<Encoder> asWanted = wanted.flatMap(side -> tried(file, image.of(side, side)));
        if (asWanted.isPresent()) {
            return asWanted.get();
        }
        Untraceable problem = new Untraceable("no square image that fits its position embeddings");
        for (ImageInput size : image.squares(file)) {
            try {
                Encoder encoder = read(file, size);
                if (hasPositions(encoder) || !takesAnySize(file, image)) {
                    return encoder;
                }
                break;
            } catch (Untraceable e) {
                problem = e;
            }
        }
        if (takesAnySize(file, image)) {
            throw anySize(file, wanted);
        }
        throw problem;
    }

    private static EncoderFormatException anySize(OnnxFile file, Optional<Integer> wanted) {
        return new EncoderFormatException(
                file.path(),
                "expected a file whose height, width or positions tell the size of its images, found one that takes any;"
                        + wanted.map(side -> " " + side + " pixels do not fit its patches")
                                .orElse(" the setting resolution says which, or a size in a preprocessor_config.json"
                                        + " beside it"));
    }

    private static Optional<Encoder> tried(OnnxFile file, ImageInput image) {
        try {
            return Optional.of(read(file, image));
        } catch (Untraceable e) {
            return Optional.empty();
        }
    }

    private static boolean hasPositions(Encoder encoder) {
        return !(encoder instanceof VisionTransformer vit)
                || vit.embedding()
                        .positions()
                        .filter(table -> table.amaxNumber().doubleValue() > 0)
                        .isPresent();
    }

    private static boolean takesAnySize(OnnxFile file, ImageInput image) {
        return IntStream.of(ANY_SIDE, OTHER_SIDE)
                .allMatch(patches -> image.ofPatches(file, patches)
                        .flatMap(size -> tried(file, size))
                        .isPresent());
    }

    /** What computes an encoder of unknown structure, to be closed by the caller. */
    public static OpaqueSession session(OpaqueEncoder encoder) {
        OnnxFile file = unchanged(encoder);
        return new OpaqueSession(
                OpaqueReader.withOutputs(file.model(), Set.of(encoder.features().name()))
                        .toByteArray(),
                encoder.file());
    }

    /** The network of an encoder of unknown structure, all weights in it and its features the only output. */
    public static ModelProto network(OpaqueEncoder encoder) {
        return OpaqueReader.withOutputs(
                unchanged(encoder).complete(), Set.of(encoder.features().name()));
    }

    private static OnnxFile unchanged(OpaqueEncoder encoder) {
        OnnxFile file = OnnxFile.read(encoder.file());
        String found = file.sha256();
        if (!found.equals(encoder.sha256())) {
            throw new EncoderFormatException(
                    encoder.file(),
                    "expected the file that was read before, of SHA-256 " + encoder.sha256() + ", found one of "
                            + found);
        }
        return file;
    }

    /**
     * Whether a file leaves the height or the width of its images open.
     *
     * @throws EncoderFormatException if it takes no images
     */
    public static boolean leavesSizeOpen(Path path) {
        return ImageInput.declared(OnnxFile.read(path)).open();
    }

    /** The configuration beside an encoder's file that says how images are prepared for it, if there is one. */
    public static Optional<Path> configuration(Path path) {
        return Preprocessing.beside(path).map(Preprocessing::file);
    }

    /**
     * The version of the default operator set that a file is written in.
     *
     * @throws EncoderFormatException if it is no ONNX file
     */
    public static int opset(Path path) {
        return OnnxFile.read(path).opset();
    }

    /**
     * The files of an encoder: the ONNX file itself, and those beside it that hold weights of its.
     *
     * @throws EncoderFormatException if it is no ONNX file
     */
    public static List<Path> files(Path path) {
        return OnnxFile.read(path).files();
    }

    private static Encoder read(OnnxFile file, ImageInput image) {
        var trace = new GraphTrace(file, image);
        var features = new ArrayList<VitAssembly.Features>();
        var embeddings = new ArrayList<ResNetAssembly.Embedding>();
        var problems = new ArrayList<String>();
        for (ValueInfoProto output : file.graph().getOutputList()) {
            try {
                Value value = trace.value(output.getName());
                ResNetAssembly.embedding(value)
                        .ifPresentOrElse(embeddings::add, () -> features.add(VitAssembly.features(value)));
            } catch (Untraceable e) {
                problems.add(e.getMessage());
            }
        }
        if (!embeddings.isEmpty()) {
            return ResNetAssembly.assemble(embeddings.get(0), file.sha256()).with(pixels(trace, image));
        }
        features.sort(Comparator.comparing(VitAssembly.Features::depth)
                .thenComparing(f -> f.norm().isPresent())
                .thenComparing(VitAssembly.Features::exact)
                .thenComparing(f -> f.head().isPresent())
                .thenComparing(VitAssembly.Features::ofClassToken)
                .thenComparing(VitAssembly.Features::pooled)
                .reversed());
        VisionTransformer vit = assembled(features, problems, file);
        if (trace.isQuantised()) {
            LOG.info(
                    "{} is quantised: its weights are dequantised to f32, and activations are not quantised, so that"
                            + " features differ a little from the file's own.",
                    file.path());
        }
        return vit.with(pixels(trace, image));
    }

    private static PixelInput pixels(GraphTrace trace, ImageInput image) {
        return new PixelInput(
                trace.seenByFirstLayer().flatMap(piece -> OwnNormalisation.of(piece, image.bytes())), Optional.empty());
    }

    /** The first of several that is an encoder. */
    private static VisionTransformer assembled(
            List<VitAssembly.Features> features, List<String> problems, OnnxFile file) {
        for (VitAssembly.Features each : features) {
            try {
                return VitAssembly.assemble(each, file.sha256());
            } catch (Untraceable e) {
                problems.add(e.getMessage());
            }
        }
        throw new Untraceable(
                problems.isEmpty() ? "no output" : problems.stream().distinct().collect(Collectors.joining("; ")));
    }

    /** What a file should be that has no vision transformer's structure. */
    private static String expected(OnnxFile file) {
        List<String> types =
                file.graph().getNodeList().stream().map(NodeProto::getOpType).toList();
        long convolutions = types.stream().filter("Conv"::equals).count();
        if (convolutions < 2) {
            return TRANSFORMER;
        }
        return types.contains("AveragePool")
                ? RESNET
                : "expected a vision transformer or a ResNet of CLIP's kind, found a network of " + convolutions
                        + " convolutions and in it ";
    }
}

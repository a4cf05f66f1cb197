package io.github.finessl.encoder.onnx;

import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.io.Daemon;
import io.github.finessl.io.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.StringStringEntryProto;
import onnx.Onnx.TensorProto;
import org.nd4j.shade.protobuf.ByteString;
import org.nd4j.shade.protobuf.CodedInputStream;
import org.nd4j.shade.protobuf.InvalidProtocolBufferException;
import org.nd4j.shade.protobuf.UnsafeByteOperations;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A parsed ONNX file. Weights stay in the mapped file until somebody reads them.
 *
 * <p>Side files with external data are looked up by name from the model's own directory and may lie in directories below
 * it, nowhere else. Symbolic links are followed, for model caches consist of them; a warning names one that leads to
 * another place than the model's own folder or where the model itself is linked to.
 */
final class OnnxFile {

    private static final Logger log = LoggerFactory.getLogger(OnnxFile.class);

    private static final int HEAD = 128;

    private final Path path;
    private final ModelProto model;
    private final Set<String> sideFiles = new TreeSet<>();
    private final Map<String, Constant> initialisers = new HashMap<>();
    private Optional<Hashing> hashing = Optional.empty();

    /** A hash of files that is being computed. */
    private record Hashing(List<Path> files, Future<String> hash) {}

    private OnnxFile(Path path, ModelProto model) {
        this.path = path;
        this.model = model;
        for (TensorProto tensor : model.getGraph().getInitializerList()) {
            initialisers.put(tensor.getName(), constant(tensor));
        }
    }

    static OnnxFile read(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new EncoderFormatException(
                    path,
                    "expected an ONNX file, found "
                            + (Files.isDirectory(path)
                                    ? "a directory"
                                    : Files.exists(path) ? "no file" : "no such file"));
        }
        ByteBuffer bytes;
        try {
            bytes = map(path, 0, Files.size(path));
        } catch (IOException e) {
            throw new EncoderFormatException(path, "the file cannot be read (" + e.getMessage() + ")", e);
        }
        ModelProto model;
        try {
            CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
            in.enableAliasing(true);
            model = ModelProto.parseFrom(in);
        } catch (InvalidProtocolBufferException e) {
            throw new EncoderFormatException(
                    path, "expected an ONNX file, found " + guess(bytes) + " (" + firstSentence(e) + ")", e);
        } catch (IOException e) {
            throw new EncoderFormatException(path, "the file cannot be read (" + e.getMessage() + ")", e);
        } catch (StackOverflowError e) {
            throw new EncoderFormatException(path, "expected an ONNX file, found messages nested without end", e);
        }
        if (!model.hasGraph() || model.getGraph().getNodeCount() == 0 || model.getOpsetImportCount() == 0) {
            throw new EncoderFormatException(
                    path, "expected an ONNX file with a graph and an opset, found " + guess(bytes));
        }
        return new OnnxFile(path, model);
    }

    private static String firstSentence(IOException e) {
        String message = String.valueOf(e.getMessage());
        int end = message.indexOf(". ");
        return end < 0 ? message : message.substring(0, end);
    }

    /** A guess, by how a file begins, at what it is if it is not ONNX. */
    private static String guess(ByteBuffer bytes) {
        var head = new byte[Math.min(HEAD, bytes.limit())];
        bytes.get(0, head);
        String text = new String(head, StandardCharsets.ISO_8859_1);
        if (head.length == 0) {
            return "an empty file";
        } else if (text.startsWith("version https://git-lfs")) {
            return "a Git LFS pointer in place of the file itself";
        } else if (text.startsWith("PK")) {
            return "a zip archive (or a PyTorch checkpoint)";
        } else if (text.startsWith("\u0089PNG") || text.startsWith("\u00ff\u00d8\u00ff")) {
            return "an image";
        } else if (text.stripLeading().startsWith("<")) {
            return "an HTML or XML page";
        } else if (text.chars().allMatch(c -> (c >= ' ' && c < 0x7f) || Character.isWhitespace(c))) {
            return "a text file";
        }
        return "something else, or a file that is cut short or damaged";
    }

    private static ByteBuffer map(Path file, long offset, long length) throws IOException {
        if (length > Integer.MAX_VALUE) {
            throw new IOException(length + " bytes in one piece, 2 GiB is the most that ONNX allows");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, offset, length);
        }
    }

    Path path() {
        return path;
    }

    ModelProto model() {
        return model;
    }

    /** The model with the weights of side files in it. */
    ModelProto complete() {
        GraphProto.Builder graph = model.getGraph().toBuilder();
        for (int i = 0; i < graph.getInitializerCount(); i++) {
            TensorProto tensor = graph.getInitializer(i);
            if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
                graph.setInitializer(
                        i,
                        tensor.toBuilder()
                                .clearExternalData()
                                .clearDataLocation()
                                .setRawData(UnsafeByteOperations.unsafeWrap(external(tensor))));
            }
        }
        return model.toBuilder().setGraph(graph).build();
    }

    GraphProto graph() {
        return model.getGraph();
    }

    Map<String, Constant> initialisers() {
        return initialisers;
    }

    /** Version of the default operator set. */
    int opset() {
        return model.getOpsetImportList().stream()
                .filter(o -> o.getDomain().isEmpty() || o.getDomain().equals("ai.onnx"))
                .mapToInt(o -> (int) o.getVersion())
                .findFirst()
                .orElseThrow(() -> new EncoderFormatException(
                        path,
                        "expected the default operator set, found only "
                                + model.getOpsetImportList().stream()
                                        .map(OperatorSetIdProto::getDomain)
                                        .toList()));
    }

    /** This file, then its side files in the order of their names. */
    List<Path> files() {
        return Stream.concat(Stream.of(path), sideFiles.stream().map(path::resolveSibling))
                .toList();
    }

    /** Computes {@link #sha256} on another thread from now on. */
    void beginHash() {
        List<Path> files = files();
        FutureTask<String> hash = new FutureTask<>(() -> Sha256.hex(files));
        Daemon.named("finessl-hash").newThread(hash).start();
        hashing = Optional.of(new Hashing(files, hash));
    }

    /** SHA-256 of the file, followed by that of its side files in the order of their names. */
    String sha256() {
        if (hashing.isEmpty() || !hashing.get().files().equals(files())) { // a side file of a node has been found since
            beginHash();
        }
        try {
            return hashing.get().hash().get();
        } catch (ExecutionException e) {
            throw new EncoderFormatException(
                    path, "the file cannot be read (" + e.getCause().getMessage() + ")", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + path + " was being read", e);
        }
    }

    /** A tensor of the file, from wherever its data lie. */
    Constant constant(TensorProto tensor) {
        ByteString raw = tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL
                ? UnsafeByteOperations.unsafeWrap(external(tensor))
                : tensor.getRawData();
        return TensorData.constant(path, tensor, raw);
    }

    private ByteBuffer external(TensorProto tensor) {
        String what = "side file of tensor '" + tensor.getName() + "'";
        var entries = new HashMap<String, String>();
        for (StringStringEntryProto entry : tensor.getExternalDataList()) {
            entries.put(entry.getKey(), entry.getValue());
        }
        String location = entries.getOrDefault("location", "");
        Path side = sideFile(what, location);
        try {
            long size = Files.size(side);
            long offset = Long.parseLong(entries.getOrDefault("offset", "0"));
            long length = Long.parseLong(entries.getOrDefault("length", String.valueOf(size - offset)));
            if (offset < 0 || length < 0 || offset > size || length > size - offset) {
                throw new EncoderFormatException(
                        path,
                        "expected " + length + " bytes from " + offset + " on in the " + what + ", found " + location
                                + " with " + size + " bytes");
            }
            if (sideFiles.add(location)) {
                warnIfElsewhere(side);
            }
            return map(side, offset, length);
        } catch (NumberFormatException e) {
            throw new EncoderFormatException(
                    path, "expected numbers for the place in the " + what + ", found " + entries, e);
        } catch (IOException e) {
            throw new EncoderFormatException(path, "the " + what + " cannot be read (" + e.getMessage() + ")", e);
        }
    }

    private void warnIfElsewhere(Path side) throws IOException {
        Path real = side.toRealPath();
        Path beside = path.toAbsolutePath().normalize().getParent().toRealPath();
        if (!real.startsWith(beside) && !real.startsWith(path.toRealPath().getParent())) {
            log.warn("{} is a link that leads out of the encoder's folder, to {}", side, real);
        }
    }

    private Path sideFile(String what, String location) {
        Path directory = path.toAbsolutePath().normalize().getParent();
        Path side;
        try {
            side = directory.resolve(location).normalize();
        } catch (InvalidPathException e) {
            throw new EncoderFormatException(
                    path, "expected a file name for the " + what + ", found '" + location + "'", e);
        }
        if (location.isEmpty() || !side.startsWith(directory) || side.equals(directory)) {
            throw new EncoderFormatException(
                    path, "expected the " + what + " beside the model, found the location '" + location + "'");
        }
        if (!Files.isRegularFile(side)) {
            throw new EncoderFormatException(path, "expected the " + what + " at " + side + ", found no such file");
        }
        return side;
    }
}

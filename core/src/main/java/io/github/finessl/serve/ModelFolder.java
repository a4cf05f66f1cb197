package io.github.finessl.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.JsonFault;
import io.github.finessl.io.Sha256;
import io.github.finessl.report.Json;
import io.github.finessl.report.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A folder that holds a trained model and everything that it needs: {@code model.json}, the encoder's files in
 * {@code encoder/}, and what was learnt. It may be moved and copied.
 */
public final class ModelFolder {
    /** The name of the model's card, which is written last. */
    public static final String CARD = "model.json";

    private static final String ENCODER = "encoder";

    private ModelFolder() {}

    /** Whether a folder holds a finished model. */
    public static boolean isComplete(Path folder) {
        return Files.isRegularFile(folder.resolve(CARD));
    }

    /**
     * Copies the encoder's file, its side files and the configuration beside it into the folder.
     *
     * @return the file's name in the folder, for the card
     */
    public static String copyEncoder(Path file, Path folder) throws IOException {
        Path from = file.toAbsolutePath().normalize().getParent();
        Path to = folder.resolve(ENCODER);
        for (Path each : OnnxEncoderReader.files(file)) {
            Path target = to.resolve(
                    from.relativize(each.toAbsolutePath().normalize()).toString());
            AtomicFile.write(target, out -> Files.copy(each, out));
        }
        Optional<Path> configuration = OnnxEncoderReader.configuration(file);
        if (configuration.isPresent()) {
            AtomicFile.write(
                    to.resolve(configuration.get().getFileName()), out -> Files.copy(configuration.get(), out));
        }
        return ENCODER + "/" + file.getFileName();
    }

    /**
     * Deletes the encoder's files that {@link #copyEncoder} has copied; other files beside them stay.
     *
     * @param encoder of the training whose folder it is
     */
    public static void deleteEncoder(Path folder, RunRecord.Encoder encoder) throws IOException {
        Path own = folder.resolve(ENCODER).toAbsolutePath().normalize();
        Path file = own.resolve(Path.of(encoder.file()).getFileName());
        if (!Files.isRegularFile(file)) {
            return;
        }
        for (Path each : filesOf(file)) {
            Path copy = each.toAbsolutePath().normalize();
            if (copy.startsWith(own)) {
                Files.deleteIfExists(copy);
            }
        }
    }

    private static List<Path> filesOf(Path encoder) {
        try {
            return Stream.concat(
                            OnnxEncoderReader.files(encoder).stream(),
                            OnnxEncoderReader.configuration(encoder).stream())
                    .toList();
        } catch (EncoderFormatException e) { // a damaged one names no others
            return List.of(encoder);
        }
    }

    /**
     * Refuses a target file that lies in a model, before the work that goes into it is done.
     *
     * @param folder of the model that is used meanwhile
     * @throws ModelException if the target is a folder, a file of the model, or lies in a model's folder
     */
    public static void requireOutside(Path folder, Path target) throws IOException {
        Path model = folder.toRealPath();
        Path file = AtomicFile.replacedBy(target);
        if (Files.isDirectory(file)) {
            throw new ModelException(target + " cannot be written: it is a folder.");
        }
        requireNoModelAround(target, file, model);
        try (Stream<Path> files = Files.walk(model)) {
            for (Path each : files.filter(Files::isRegularFile).toList()) {
                if (Files.exists(file) && Files.isSameFile(each, file)) {
                    throw new ModelException(target + " cannot be written: it is the model's file " + each + ".");
                }
            }
        }
    }

    /**
     * Refuses a folder for files that is, or lies in, a model's folder.
     *
     * @param folder of the model that is used meanwhile
     * @throws ModelException if it does
     */
    public static void requireFolderOutside(Path folder, Path target) throws IOException {
        requireNoModelAround(target, target.resolve("file"), folder.toRealPath());
    }

    private static void requireNoModelAround(Path target, Path file, Path model) throws IOException {
        for (Path around = realFolder(file); around != null; around = around.getParent()) {
            if (around.equals(model) || isModel(around)) {
                throw new ModelException(target + " cannot be written: it lies in the folder of the model " + around
                        + ", whose files are not to change.");
            }
        }
    }

    /** The innermost folder around a file that is there already. */
    private static Path realFolder(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        while (!Files.exists(folder)) {
            folder = folder.getParent();
        }
        return folder.toRealPath();
    }

    private static boolean isModel(Path folder) {
        try {
            return isComplete(folder)
                    && Json.MAPPER.readValue(folder.resolve(CARD).toFile(), ModelCard.class) != null;
        } catch (IOException e) {
            return false; // another program's model.json
        }
    }

    /** Writes the model's card, which makes the folder a model. */
    public static void write(Path folder, ModelCard card) throws IOException {
        Json.write(folder.resolve(CARD), card);
    }

    /**
     * Reads the model's card, and checks that the files that it names are there and unchanged.
     *
     * @throws ModelException if the folder is no model's, or a file is missing or was changed
     */
    public static ModelCard read(Path folder) {
        Path file = folder.resolve(CARD);
        ModelCard card;
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new ModelException(
                    folder + " should be the folder of a trained model, but its " + CARD + " is no file.");
        }
        try {
            card = Json.MAPPER.readValue(Files.readAllBytes(file), ModelCard.class);
        } catch (NoSuchFileException e) {
            throw new ModelException(folder + " should be the folder of a trained model, but "
                    + (Files.isDirectory(folder)
                            ? "has no " + CARD + "; if a training was interrupted, the same command continues it."
                            : "there is no such folder."));
        } catch (JsonProcessingException e) {
            throw damaged(folder, JsonFault.reason(e), e);
        } catch (IOException e) {
            throw new ModelException(file + " cannot be read: " + e.getMessage() + ".", e);
        }
        if (card == null) {
            throw damaged(folder, "it is empty", null);
        }
        if (card.format() != ModelCard.FORMAT) {
            throw new ModelException(file + " should be of format " + ModelCard.FORMAT + ", but is of format "
                    + card.format() + ", which another version of FineSSL wrote.");
        }
        requireFile(folder, card.encoder());
        requireFile(folder, card.parameters());
        requireSame(
                folder.resolve(card.parameters()), card.parametersSha256(), sha256(folder.resolve(card.parameters())));
        return card;
    }

    /**
     * Reads the encoder of the folder's model, as its file has it.
     *
     * @throws ModelException if the file was changed
     */
    public static Encoder encoder(Path folder, ModelCard card) {
        Path file = folder.resolve(card.encoder());
        Encoder encoder = OnnxEncoderReader.open(file, Optional.of(card.resolution()));
        requireSame(file, card.encoderSha256(), encoder.sha256());
        return encoder;
    }

    /** An exception for a card that cannot be a model's. */
    static ModelException damaged(Path folder, String why, Exception cause) {
        return new ModelException(
                folder.resolve(CARD) + " should describe a model, but is damaged: " + why + ".", cause);
    }

    private static void requireFile(Path folder, String name) {
        Path own = folder.toAbsolutePath().normalize();
        Path file = own.resolve(name).normalize();
        if (!file.startsWith(own) || !Files.isRegularFile(file)) {
            throw new ModelException(
                    folder + " should hold the file " + name + ", which its " + CARD + " names, but does not.");
        }
    }

    /** @throws ModelException unless the hashes are the same */
    private static void requireSame(Path file, String expected, String found) {
        if (!expected.equals(found)) {
            throw new ModelException(file + " should be the file that was written with its " + CARD + ", of SHA-256 "
                    + expected + ", but was changed and has " + found + ".");
        }
    }

    /** The SHA-256 hash of a file of a model, in hexadecimal. */
    public static String sha256(Path file) {
        try {
            return Sha256.hex(file);
        } catch (IOException e) {
            throw new ModelException(file + " cannot be read: " + e.getMessage() + ".", e);
        }
    }
}

package io.github.finessl.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.OnnxEncoderReader;
import io.github.finessl.report.AtomicFile;
import io.github.finessl.report.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A folder that holds a trained model and everything that it needs: {@code model.json}, the encoder's files in
 * {@code encoder/}, and what was learnt. It may be moved and copied.
 */
public final class ModelFolder {
    /** The file that describes the model; written last. */
    public static final String CARD = "model.json";

    private static final String ENCODER = "encoder";

    private ModelFolder() {}

    /** Whether there is a finished model. */
    public static boolean isComplete(Path folder) {
        return Files.isRegularFile(folder.resolve(CARD));
    }

    /**
     * Copies the encoder's file and its side files into the folder, in the place of an earlier encoder's.
     *
     * @return the file's name in the folder, for the card
     */
    public static String copyEncoder(Path file, Path folder) throws IOException {
        Path from = file.toAbsolutePath().normalize().getParent();
        Path to = folder.resolve(ENCODER);
        Set<Path> copied = new HashSet<>();
        for (Path each : OnnxEncoderReader.files(file)) {
            Path target = to.resolve(
                    from.relativize(each.toAbsolutePath().normalize()).toString());
            AtomicFile.write(target, out -> Files.copy(each, out));
            copied.add(target);
        }
        try (Stream<Path> files = Files.walk(to)) {
            for (Path earlier : files.filter(Files::isRegularFile)
                    .filter(found -> !copied.contains(found))
                    .toList()) {
                Files.delete(earlier);
            }
        }
        return ENCODER + "/" + file.getFileName();
    }

    /** Writes the card, which makes the folder a model. */
    public static void write(Path folder, ModelCard card) throws IOException {
        Json.write(folder.resolve(CARD), card);
    }

    /**
     * Reads the card, and makes sure that the files are there and are those that it names.
     *
     * @throws ModelException if the folder is no model's, or a file is missing or was changed
     */
    public static ModelCard read(Path folder) {
        Path file = folder.resolve(CARD);
        ModelCard card;
        try {
            card = Json.MAPPER.readValue(Files.readAllBytes(file), ModelCard.class);
        } catch (NoSuchFileException e) {
            throw new ModelException(folder + " should be the folder of a trained model, but "
                    + (Files.isDirectory(folder)
                            ? "has no " + CARD + "; where a training was interrupted, the same command goes on with it."
                            : "there is no such folder."));
        } catch (ValueInstantiationException e) {
            throw damaged(folder, e.getCause().getMessage(), e);
        } catch (JsonProcessingException e) {
            throw damaged(folder, e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelException(file + " cannot be read: " + e.getMessage() + ".", e);
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
     * The encoder of the folder's model, as its file has it.
     *
     * @throws ModelException if the file was changed
     */
    public static Encoder encoder(Path folder, ModelCard card) {
        Path file = folder.resolve(card.encoder());
        Encoder encoder = OnnxEncoderReader.read(file);
        requireSame(file, card.encoderSha256(), encoder.sha256());
        return encoder;
    }

    /** That the card cannot be a model's, and why. */
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

    /** SHA-256 of a file in hexadecimal. */
    public static String sha256(Path file) {
        try (InputStream in = Files.newInputStream(file);
                DigestInputStream digest = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
            digest.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digest.getMessageDigest().digest());
        } catch (IOException e) {
            throw new ModelException(file + " cannot be read: " + e.getMessage() + ".", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}

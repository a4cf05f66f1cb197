package io.github.finessl.text;

import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.CacheFolder;
import io.github.finessl.io.Sha256;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A text tower in an ONNX file, of CLIP's or SigLIP's kind, with its tokenizer and the templates that class names are put into.
 *
 * <p>Class vectors are computed once and kept in {@code text-<hash>.bin} in the {@link CacheFolder}, by the hash of all that they
 * are made of.
 *
 * @param encoder ONNX file of the text tower, or of both towers
 * @param tokenizer {@code tokenizer.json}, {@code vocab.json} or the folder of either; empty for the encoder's folder
 */
public record TextTower(Path encoder, Optional<Path> tokenizer, Templates templates) {

    private static final Logger log = LoggerFactory.getLogger(TextTower.class);
    private static final String FORM = "finessl text 1";
    /** Texts to measure a file's logits by. */
    private static final List<String> PROBES = List.of("a cat", "the dog", "cars", "one tree", "a big house");

    /** A text tower whose tokenizer lies beside it, with the template "a photo of a {}.". */
    public static TextTower of(Path encoder) {
        return new TextTower(encoder, Optional.empty(), Templates.PHOTO);
    }

    /**
     * The vectors of classes: for each name the mean of the unit vectors of its prompts, of length 1.
     *
     * @throws TextTowerException if a file is missing, is no text tower or no tokenizer
     */
    public ClassVectors vectors(List<String> classes) {
        TokenizerFile tokens =
                TokenizerFile.of(tokenizer.orElse(encoder.toAbsolutePath().getParent()));
        String hash = sha256(classes, tokens);
        Path file = CacheFolder.file("text-" + hash.substring(0, 16) + ".bin");
        return saved(file, classes, hash).orElseGet(() -> {
            ClassVectors computed = computed(classes, tokens, hash);
            save(file, computed);
            return computed;
        });
    }

    private String sha256(List<String> classes, TokenizerFile tokens) {
        Sha256 hash = new Sha256();
        try (Stream<Path> beside = Files.list(encoder.toAbsolutePath().getParent())) {
            if (!Files.isRegularFile(encoder)) {
                throw new TextTowerException(encoder, "should be the ONNX file of a text tower, but there is none.");
            }
            // Weights may lie beside: model.onnx_data, model.onnx.data.
            for (Path part : beside.filter(each -> Files.isRegularFile(each)
                            && each.getFileName()
                                    .toString()
                                    .startsWith(encoder.getFileName().toString()))
                    .sorted()
                    .toList()) {
                hash.update(part);
            }
        } catch (IOException e) {
            throw new TextTowerException(encoder, "cannot be read: " + AtomicFile.reason(e) + ".", e);
        }
        return hash.update(String.join(
                                "\n",
                                FORM,
                                tokens.sha256(),
                                tokens.length().toString(),
                                templates.texts().toString(),
                                classes.toString())
                        .getBytes(StandardCharsets.UTF_8))
                .hex();
    }

    private ClassVectors computed(List<String> classes, TokenizerFile tokens, String hash) {
        try (TextEncoder tower = new TextEncoder(encoder);
                Tokenizer words = new Tokenizer(tokens, tower.length(tokens))) {
            int templates = templates().texts().size();
            List<String> prompts = classes.stream()
                    .flatMap(name -> templates().prompts(name).stream())
                    .toList();
            float[][] embeddings = tower.embeddings(words.tokens(prompts));
            float[][] vectors = IntStream.range(0, classes.size())
                    .mapToObj(c -> mean(Arrays.copyOfRange(embeddings, c * templates, (c + 1) * templates)))
                    .toArray(float[][]::new);
            return new ClassVectors(classes, vectors, tower.logits(words.tokens(PROBES)), hash);
        }
    }

    private static float[] mean(float[][] embeddings) {
        double[] sum = new double[embeddings[0].length];
        for (float[] embedding : embeddings) {
            double length = length(embedding);
            for (int e = 0; e < sum.length; e++) {
                sum[e] += embedding[e] / length;
            }
        }
        float[] mean = new float[sum.length];
        double squares = 0;
        for (double value : sum) {
            squares += value * value;
        }
        for (int e = 0; e < sum.length; e++) {
            mean[e] = (float) (sum[e] / Math.sqrt(squares));
        }
        return mean;
    }

    static double length(float[] x) {
        double squares = 0;
        for (float value : x) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }

    private static Optional<ClassVectors> saved(Path file, List<String> classes, String hash) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            if (!in.readUTF().equals(FORM + " " + hash)) {
                return Optional.empty();
            }
            Optional<LogitScale> logits =
                    in.readBoolean() ? Optional.of(new LogitScale(in.readDouble(), in.readDouble())) : Optional.empty();
            float[][] vectors = new float[classes.size()][in.readInt()];
            for (float[] vector : vectors) {
                for (int e = 0; e < vector.length; e++) {
                    vector[e] = in.readFloat();
                }
            }
            return Optional.of(new ClassVectors(classes, vectors, logits, hash));
        } catch (IOException e) {
            log.warn("{} cannot be used ({}); the class vectors are computed again.", file, e.toString());
            return Optional.empty();
        }
    }

    private static void save(Path file, ClassVectors made) {
        try {
            AtomicFile.write(file, stream -> {
                var out = new DataOutputStream(new BufferedOutputStream(stream));
                out.writeUTF(FORM + " " + made.sha256());
                out.writeBoolean(made.logits().isPresent());
                if (made.logits().isPresent()) {
                    out.writeDouble(made.logits().get().scale());
                    out.writeDouble(made.logits().get().bias());
                }
                out.writeInt(made.vectors()[0].length);
                for (float[] vector : made.vectors()) {
                    for (float value : vector) {
                        out.writeFloat(value);
                    }
                }
                out.flush();
            });
        } catch (IOException e) {
            log.warn("{} The class vectors will be computed again next time.", e.getMessage());
        }
    }
}

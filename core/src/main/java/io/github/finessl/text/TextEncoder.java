package io.github.finessl.text;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import io.github.finessl.io.OnnxRuntime;
import io.github.finessl.text.Tokenizer.Tokens;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongBiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A text tower in an ONNX file, run by ONNX Runtime. Not thread-safe. */
final class TextEncoder implements AutoCloseable {

    private static final Set<String> EMBEDDINGS =
            Set.of("text_embeds", "text_embedding", "text_embeddings", "text_features", "sentence_embedding");
    private static final Set<String> LOGITS = Set.of("logits_per_text", "logits_per_image");
    private static final Set<String> IMAGES = Set.of("image_embeds", "image_features");
    private static final String POOLED = "pooler_output";
    private static final int BATCH = 16;
    private static final int USUAL_SIDE = 224;

    private final Path file;
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final Map<String, TensorInfo> inputs = new TreeMap<>();
    private final Map<String, TensorInfo> outputs = new TreeMap<>();
    private final String ids;
    private final String embedding;

    /**
     * Opens a text tower.
     *
     * @throws TextTowerException if the file is none, or gives no embedding in the space of images
     */
    TextEncoder(Path file) {
        this.file = file;
        environment = OnnxRuntime.environment();
        try (SessionOptions options = OnnxRuntime.options()) {
            session = environment.createSession(file.toString(), options);
        } catch (OrtException e) {
            throw new TextTowerException(
                    file, "should be the ONNX file of a text tower, but ONNX Runtime says: " + e.getMessage(), e);
        }
        try {
            tensors(session.getInputInfo(), inputs);
            tensors(session.getOutputInfo(), outputs);
            ids = ids();
            embedding = embedding();
        } catch (OrtException | RuntimeException e) {
            close();
            throw e instanceof RuntimeException own ? own : new IllegalStateException(e);
        }
    }

    private static void tensors(Map<String, NodeInfo> all, Map<String, TensorInfo> tensors) {
        all.forEach((name, node) -> {
            if (node.getInfo() instanceof TensorInfo tensor) {
                tensors.put(name, tensor);
            }
        });
    }

    private static boolean isMask(String name) {
        return name.contains("mask");
    }

    private static boolean isPosition(String name) {
        return name.contains("position");
    }

    private static boolean isImage(TensorInfo tensor) {
        return tensor.getShape().length == 4;
    }

    private static boolean isWhole(TensorInfo tensor) {
        return tensor.type == OnnxJavaType.INT64 || tensor.type == OnnxJavaType.INT32;
    }

    private String ids() {
        List<String> found = inputs.entrySet().stream()
                .filter(input -> isWhole(input.getValue())
                        && input.getValue().getShape().length == 2
                        && !isMask(input.getKey())
                        && !isPosition(input.getKey()))
                .map(Map.Entry::getKey)
                .toList();
        if (found.size() != 1) {
            throw new TextTowerException(
                    file,
                    "must be a text tower, with token numbers [batch, length] as an input such as input_ids, but its inputs are "
                            + described(inputs) + ".");
        }
        return found.get(0);
    }

    private String embedding() {
        List<String> named =
                outputs.keySet().stream().filter(EMBEDDINGS::contains).toList();
        if (!named.isEmpty()) {
            return named.get(0);
        }
        boolean siglip = TokenizerFile.beside(file.toAbsolutePath().getParent(), "config.json")
                .path("model_type")
                .asText()
                .startsWith("siglip");
        List<String> vectors = outputs.entrySet().stream()
                .filter(output -> output.getValue().getShape().length == 2
                        && !LOGITS.contains(output.getKey())
                        && !output.getKey().contains("image")
                        && (siglip || !output.getKey().equals(POOLED)))
                .map(Map.Entry::getKey)
                .toList();
        if (vectors.size() != 1) {
            throw new TextTowerException(
                    file,
                    "must give text embeddings in the space of the images, as text_embeds [batch, width], but its outputs are "
                            + described(outputs)
                            + (outputs.containsKey(POOLED) || outputs.containsKey("last_hidden_state")
                                    ? ": hidden states lack the text projection; export CLIPTextModelWithProjection's text_embeds"
                                            + " (SigLIP's pooler_output will do with config.json beside the file)."
                                    : "."));
        }
        return vectors.get(0);
    }

    private static String described(Map<String, TensorInfo> tensors) {
        return tensors.entrySet().stream()
                .map(each ->
                        each.getKey() + " " + Arrays.toString(each.getValue().getShape()))
                .collect(Collectors.joining(", "));
    }

    /**
     * The number of tokens of every text.
     *
     * @throws TextTowerException if neither this file nor the tokenizer's tells
     */
    int length(TokenizerFile tokenizer) {
        long fixed = inputs.get(ids).getShape()[1];
        OptionalInt length = fixed > 0 ? OptionalInt.of(Math.toIntExact(fixed)) : tokenizer.length();
        return length.orElseThrow(() -> new TextTowerException(
                tokenizer.source(),
                "should tell how many tokens the text tower takes, but neither it nor the inputs of " + file
                        + " do: a config.json beside it would, or a tokenizer_config.json with \"model_max_length\"."));
    }

    /** The embeddings of texts [n, E], as the file gives them. */
    float[][] embeddings(List<Tokens> texts) {
        long fixed = inputs.get(ids).getShape()[0];
        int batch = fixed > 0 ? (int) fixed : BATCH;
        List<float[]> all = new ArrayList<>();
        for (int from = 0; from < texts.size(); from += batch) {
            List<Tokens> some = new ArrayList<>(texts.subList(from, Math.min(from + batch, texts.size())));
            int own = some.size();
            while (fixed > 0 && some.size() < batch) {
                some.add(some.get(0));
            }
            all.addAll(
                    Arrays.asList(run(some, Set.of(embedding)).get(embedding)).subList(0, own));
        }
        return all.toArray(float[][]::new);
    }

    /** The scale and bias of the model, if the file gives logits of these texts too. */
    Optional<LogitScale> logits(List<Tokens> texts) {
        Optional<String> given =
                outputs.keySet().stream().filter(LOGITS::contains).findFirst();
        Optional<String> images =
                outputs.keySet().stream().filter(IMAGES::contains).findFirst();
        if (given.isEmpty() || images.isEmpty() || inputs.get(ids).getShape()[0] > 0) {
            return Optional.empty();
        }
        Map<String, float[][]> all = run(texts, Set.of(embedding, given.get(), images.get()));
        float[] image = all.get(images.get())[0];
        float[][] values = all.get(given.get());
        double[] cosines = Arrays.stream(all.get(embedding))
                .mapToDouble(text -> cosine(image, text))
                .toArray();
        double[] logits = IntStream.range(0, cosines.length)
                .mapToDouble(t -> given.get().equals("logits_per_text") ? values[t][0] : values[0][t])
                .toArray();
        return LogitScale.through(cosines, logits);
    }

    private static double cosine(float[] x, float[] y) {
        double dot = 0;
        for (int e = 0; e < x.length; e++) {
            dot += (double) x[e] * y[e];
        }
        return dot / TextTower.length(x) / TextTower.length(y);
    }

    private Map<String, float[][]> run(List<Tokens> texts, Set<String> wanted) {
        Map<String, OnnxTensor> fed = new HashMap<>();
        try {
            for (Map.Entry<String, TensorInfo> input : inputs.entrySet()) {
                fed.put(input.getKey(), tensor(input.getKey(), input.getValue(), texts));
            }
            Map<String, float[][]> found = new HashMap<>();
            try (OrtSession.Result result = session.run(fed, wanted)) {
                for (String name : wanted) {
                    found.put(name, rows(result, name));
                }
            }
            for (float[] vector : found.get(embedding)) {
                double length = TextTower.length(vector);
                if (!(length > 0 && Double.isFinite(length))) {
                    throw new TextTowerException(
                            file,
                            "must give embeddings of finite numbers other than 0, but gives " + Arrays.toString(vector)
                                    + ".");
                }
            }
            return found;
        } catch (OrtException e) {
            throw new TextTowerException(file, "should embed texts, but ONNX Runtime says: " + e.getMessage(), e);
        } finally {
            fed.values().forEach(OnnxTensor::close);
        }
    }

    private static float[][] rows(OrtSession.Result result, String name) throws OrtException {
        OnnxTensor tensor = (OnnxTensor) result.get(name).orElseThrow(); // closed with the result
        long[] shape = tensor.getInfo().getShape();
        FloatBuffer values = tensor.getFloatBuffer();
        float[][] rows = new float[(int) shape[0]][(int) shape[1]];
        for (float[] row : rows) {
            values.get(row);
        }
        return rows;
    }

    private OnnxTensor tensor(String name, TensorInfo info, List<Tokens> texts) throws OrtException {
        if (name.equals(ids)) {
            return whole(info, texts, (text, i) -> text.ids()[i]);
        } else if (isMask(name)) {
            return whole(info, texts, (text, i) -> text.mask()[i]);
        } else if (isPosition(name)) {
            return whole(info, texts, (text, i) -> i);
        } else if (isImage(info) && info.type == OnnxJavaType.FLOAT) {
            return image(info);
        }
        throw new TextTowerException(
                file,
                "must take token numbers, and a mask, positions and pixels at most, but its inputs are "
                        + described(inputs) + ".");
    }

    private OnnxTensor whole(TensorInfo info, List<Tokens> texts, ToLongBiFunction<Tokens, Integer> value)
            throws OrtException {
        int length = texts.get(0).ids().length;
        long[] shape = {texts.size(), length};
        long[] values = texts.stream()
                .flatMapToLong(text -> IntStream.range(0, length).mapToLong(i -> value.applyAsLong(text, i)))
                .toArray();
        return switch (info.type) {
            case INT64 -> OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape);
            case INT32 ->
                OnnxTensor.createTensor(
                        environment,
                        IntBuffer.wrap(
                                Arrays.stream(values).mapToInt(Math::toIntExact).toArray()),
                        shape);
            case FLOAT -> {
                float[] floats = new float[values.length];
                for (int i = 0; i < floats.length; i++) {
                    floats[i] = values[i];
                }
                yield OnnxTensor.createTensor(environment, FloatBuffer.wrap(floats), shape);
            }
            default ->
                throw new TextTowerException(
                        file,
                        "must take whole numbers, but takes "
                                + info.type.toString().toLowerCase(Locale.ROOT) + ".");
        };
    }

    /** Any one image: the texts' embeddings do not depend on it. */
    private OnnxTensor image(TensorInfo info) throws OrtException {
        long[] shape = info.getShape();
        shape[0] = shape[0] > 0 ? shape[0] : 1;
        shape[1] = shape[1] > 0 ? shape[1] : 3;
        for (int d = 2; d < shape.length; d++) {
            shape[d] = shape[d] > 0 ? shape[d] : USUAL_SIDE;
        }
        float[] pixels = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact))];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) Math.sin(i);
        }
        return OnnxTensor.createTensor(environment, FloatBuffer.wrap(pixels), shape);
    }

    @Override
    public void close() {
        OnnxRuntime.close(session);
    }
}

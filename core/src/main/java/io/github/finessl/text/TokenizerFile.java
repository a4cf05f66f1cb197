package io.github.finessl.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A tokenizer as its files have it: {@code tokenizer.json}, or CLIP's {@code vocab.json} and {@code merges.txt}, with what {@code
 * tokenizer_config.json} and the model's {@code config.json} beside them add.
 *
 * @param source the file, or one of the two
 * @param json in the form of {@code tokenizer.json}
 * @param length of all inputs in tokens, where the files tell
 * @param padding the token that shorter inputs are filled up with, where the files tell
 * @param left whether they are filled up in front
 */
record TokenizerFile(Path source, String json, OptionalInt length, OptionalLong padding, boolean left) {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String TOKENIZER = "tokenizer.json";
    private static final String VOCABULARY = "vocab.json";
    private static final String MERGES = "merges.txt";
    private static final String START = "<|startoftext|>";
    private static final String END = "<|endoftext|>";
    private static final int CLIP_LENGTH = 77;
    private static final int SIGLIP_LENGTH = 64;
    /** Configurations say 10^30 for "as long as you like". */
    private static final int LONGEST = 4096;
    /** CLIP's rules, as the exporters of transformers write them. */
    private static final String CLIP_RULES = """
            {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
             "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"},
               {"type": "Replace", "pattern": {"Regex": "\\\\s+"}, "content": " "}, {"type": "Lowercase"}]},
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
               {"type": "Split", "behavior": "Removed", "invert": true, "pattern": {"Regex":
                 "<\\\\|startoftext\\\\|>|<\\\\|endoftext\\\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\\\p{L}]+|[\\\\p{N}]|[^\\\\s\\\\p{L}\\\\p{N}]+"}},
               {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]},
             "post_processor": {"type": "RobertaProcessing", "trim_offsets": false, "add_prefix_space": false},
             "decoder": null,
             "model": {"type": "BPE", "dropout": null, "unk_token": "<|endoftext|>", "continuing_subword_prefix": "",
               "end_of_word_suffix": "</w>", "fuse_unk": false, "byte_fallback": false, "ignore_merges": false}}
            """;

    /**
     * Reads a tokenizer.
     *
     * @param given {@code tokenizer.json}, {@code vocab.json}, or the folder that they are in
     * @throws TextTowerException if there is none, or it cannot be read
     */
    static TokenizerFile of(Path given) {
        Path folder = Files.isDirectory(given) ? given : given.toAbsolutePath().getParent();
        boolean named = !Files.isDirectory(given);
        boolean vocabulary = named && given.getFileName().toString().endsWith(VOCABULARY);
        Path file = named ? given : folder.resolve(TOKENIZER);
        if (!vocabulary && (named || Files.exists(file))) {
            return ofJson(file, folder);
        }
        Path vocab = vocabulary ? given : folder.resolve(VOCABULARY);
        Path merges = folder.resolve(MERGES);
        if (!Files.exists(vocab) || !Files.exists(merges)) {
            throw new TextTowerException(
                    folder,
                    "must hold the tokenizer of the text tower, tokenizer.json or vocab.json with merges.txt, but has none.");
        }
        return ofClip(vocab, merges);
    }

    private static TokenizerFile ofJson(Path file, Path folder) {
        ObjectNode tokenizer = object(file);
        if (!tokenizer.path("model").isObject()) {
            throw new TextTowerException(file, "must be a tokenizer of Hugging Face's form, but has no \"model\".");
        }
        JsonNode settings = beside(folder, "tokenizer_config.json");
        JsonNode model = beside(folder, "config.json");
        JsonNode padding = tokenizer.path("padding");
        boolean left = padding.path("direction").asText().equalsIgnoreCase("left")
                || settings.path("padding_side").asText().equals("left");
        boolean lowers = settings.path("do_lower_case").asBoolean()
                || settings.path("tokenizer_class").asText().startsWith("Siglip2");
        return new TokenizerFile(
                file,
                (lowers ? lowered(tokenizer) : tokenizer).toString(),
                first(
                        padding.path("strategy").path("Fixed"),
                        settings.path("model_max_length"),
                        model.path("text_config").path("max_position_embeddings"),
                        model.path("max_position_embeddings"),
                        usual(model.path("model_type").asText()),
                        tokenizer.path("truncation").path("max_length")),
                paddingToken(tokenizer, settings),
                left);
    }

    private static TokenizerFile ofClip(Path vocab, Path merges) {
        ObjectNode words = object(vocab);
        for (String token : List.of(START, END)) {
            if (!words.path(token).isInt()) {
                throw new TextTowerException(
                        vocab, "must be the vocabulary of CLIP's tokenizer, but has no " + token + ".");
            }
        }
        ObjectNode tokenizer = parsed(CLIP_RULES, vocab);
        ObjectNode model = (ObjectNode) tokenizer.get("model");
        model.set("vocab", words);
        var pairs = model.putArray("merges");
        lines(merges)
                .filter(line -> !line.startsWith("#version") && !line.isBlank())
                .forEach(line -> {
                    String[] pair = line.strip().split(" ", -1);
                    if (pair.length != 2) {
                        throw new TextTowerException(merges, "must hold two tokens a line, but has '" + line + "'.");
                    }
                    pairs.addArray().add(pair[0]).add(pair[1]);
                });
        ObjectNode processor = (ObjectNode) tokenizer.get("post_processor");
        processor.putArray("cls").add(START).add(words.get(START).asInt());
        processor.putArray("sep").add(END).add(words.get(END).asInt());
        for (String token : List.of(START, END)) {
            ((ArrayNode) tokenizer.get("added_tokens"))
                    .addObject()
                    .put("id", words.get(token).asInt())
                    .put("content", token)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        Path folder = vocab.toAbsolutePath().getParent();
        JsonNode config = beside(folder, "config.json");
        return new TokenizerFile(
                vocab,
                tokenizer.toString(),
                first(
                        beside(folder, "tokenizer_config.json").path("model_max_length"),
                        config.path("text_config").path("max_position_embeddings"),
                        config.path("max_position_embeddings"),
                        usual("clip")),
                OptionalLong.of(words.get(END).asLong()),
                false);
    }

    /** SigLIP 2's tokenizer is one of another model, whose users lower the text themselves. */
    private static ObjectNode lowered(ObjectNode tokenizer) {
        JsonNode before = tokenizer.path("normalizer");
        ObjectNode all = JsonNodeFactory.instance.objectNode().put("type", "Sequence");
        var steps = all.putArray("normalizers");
        steps.addObject().put("type", "Lowercase");
        if (before.isObject()) {
            steps.add(before);
        }
        tokenizer.set("normalizer", all);
        return tokenizer;
    }

    private static JsonNode usual(String type) {
        if (type.startsWith("siglip")) {
            return JsonNodeFactory.instance.numberNode(SIGLIP_LENGTH);
        }
        return type.contains("clip") ? JsonNodeFactory.instance.numberNode(CLIP_LENGTH) : MAPPER.missingNode();
    }

    private static OptionalInt first(JsonNode... lengths) {
        return Stream.of(lengths)
                .filter(length -> length.isNumber() && length.asDouble() >= 1 && length.asDouble() <= LONGEST)
                .mapToInt(JsonNode::asInt)
                .findFirst();
    }

    private static OptionalLong paddingToken(ObjectNode tokenizer, JsonNode settings) {
        JsonNode id = tokenizer.path("padding").path("pad_id");
        if (id.isNumber()) {
            return OptionalLong.of(id.asLong());
        }
        JsonNode named = settings.path("pad_token");
        String name = named.isObject() ? named.path("content").asText() : named.asText();
        return Stream.of(name, "<pad>", END)
                .flatMap(token -> idOf(token, tokenizer).stream())
                .mapToLong(Long::longValue)
                .findFirst();
    }

    private static Optional<Long> idOf(String token, ObjectNode tokenizer) {
        for (JsonNode added : tokenizer.path("added_tokens")) {
            if (added.path("content").asText().equals(token)) {
                return Optional.of(added.path("id").asLong());
            }
        }
        return Optional.empty();
    }

    /** A JSON file in a folder; missing where there is none. */
    static JsonNode beside(Path folder, String name) {
        Path file = folder.resolve(name);
        return Files.exists(file) ? object(file) : MAPPER.missingNode();
    }

    private static ObjectNode object(Path file) {
        try {
            return parsed(Files.readString(file), file);
        } catch (IOException e) {
            throw new TextTowerException(file, "cannot be read: " + AtomicFile.reason(e) + ".", e);
        }
    }

    private static ObjectNode parsed(String text, Path file) {
        try {
            if (MAPPER.readTree(text) instanceof ObjectNode object) {
                return object;
            }
        } catch (IOException e) {
            throw new TextTowerException(file, "must be JSON, but is not.", e);
        }
        throw new TextTowerException(file, "must be a JSON object, but is none.");
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new TextTowerException(file, "cannot be read: " + AtomicFile.reason(e) + ".", e);
        }
    }

    /** SHA-256 of all that decides which tokens a text becomes, but for the length. */
    String sha256() {
        return Sha256.hex((json + " " + padding + " " + left).getBytes(StandardCharsets.UTF_8));
    }
}

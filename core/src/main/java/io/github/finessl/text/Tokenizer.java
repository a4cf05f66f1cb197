package io.github.finessl.text;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A tokenizer of a text tower whose inputs all have one length, by Hugging Face's library. Not thread-safe. */
final class Tokenizer implements AutoCloseable {

    /** The property by which DJL neither asks the cloud where it runs nor fetches a library for a GPU. */
    private static final String OFFLINE = "ai.djl.offline";

    private final HuggingFaceTokenizer tokenizer;
    private final int length;
    private final long padding;
    private final boolean left;

    /**
     * The tokens of a text.
     *
     * @param ids as many as the tower takes, padding included
     * @param mask 1 for the text's own and 0 for padding
     */
    record Tokens(long[] ids, long[] mask) {}

    /**
     * Opens a tokenizer.
     *
     * @param length of every text in tokens: longer ones are cut before their end token, shorter ones filled up
     * @throws TextTowerException if it cannot be used
     */
    Tokenizer(TokenizerFile file, int length) {
        this.length = length;
        padding = file.padding()
                .orElseThrow(() -> new TextTowerException(
                        file.source(),
                        "must name a padding token, for texts are filled up to " + length
                                + " tokens, but names none: tokenizer_config.json beside it would, as \"pad_token\"."));
        left = file.left();
        String texts = Integer.toString(length);
        Map<String, String> options =
                Map.of("truncation", "true", "padding", "false", "maxLength", texts, "modelMaxLength", texts);
        String before = System.getProperty(OFFLINE);
        System.setProperty(OFFLINE, "true");
        try (var json = new ByteArrayInputStream(file.json().getBytes(StandardCharsets.UTF_8))) {
            tokenizer = HuggingFaceTokenizer.newInstance(json, options);
        } catch (IOException | RuntimeException e) {
            throw new TextTowerException(
                    file.source(), "must be a tokenizer, but cannot be used as one: " + e.getMessage() + ".", e);
        } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
            throw new EngineException("The tokenizer's native library does not load: " + e.getMessage(), e);
        } finally {
            if (before == null) {
                System.clearProperty(OFFLINE);
            } else {
                System.setProperty(OFFLINE, before);
            }
        }
    }

    List<Tokens> tokens(List<String> texts) {
        return texts.stream().map(this::tokens).toList();
    }

    private Tokens tokens(String text) {
        Encoding encoding = tokenizer.encode(text);
        long[] own = encoding.getIds();
        long[] ids = new long[length];
        long[] mask = new long[length];
        int from = left ? length - own.length : 0;
        Arrays.fill(ids, padding);
        System.arraycopy(own, 0, ids, from, own.length);
        Arrays.fill(mask, from, from + own.length, 1);
        return new Tokens(ids, mask);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}

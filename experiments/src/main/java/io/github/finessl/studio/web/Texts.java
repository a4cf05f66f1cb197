package io.github.finessl.studio.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The pages' texts in one language, from a property file; what it lacks is English.
 *
 * @param language its code, {@code en} say
 */
record Texts(String language, SortedMap<String, String> byKey) {

    /** The languages that there are texts in; the first is that of last resort. */
    static final List<String> LANGUAGES = List.of("en", "ko");

    /** The texts of a language. */
    static Texts in(String language) {
        SortedMap<String, String> texts = new TreeMap<>(read(LANGUAGES.get(0)));
        texts.putAll(read(language));
        return new Texts(language, texts);
    }

    /**
     * The language that a browser asks for.
     *
     * @param accepted its header {@code Accept-Language}, or null
     */
    static String asked(String accepted) {
        try {
            Locale found = Locale.lookup(
                    Locale.LanguageRange.parse(accepted == null ? "en" : accepted),
                    LANGUAGES.stream().map(Locale::forLanguageTag).toList());
            return found == null ? LANGUAGES.get(0) : found.getLanguage();
        } catch (IllegalArgumentException e) { // a header that is none
            return LANGUAGES.get(0);
        }
    }

    private static Map<String, String> read(String language) {
        Properties properties = new Properties();
        try (InputStream in = Texts.class.getResourceAsStream("texts_" + language + ".properties")) {
            properties.load(new InputStreamReader(in, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SortedMap<String, String> texts = new TreeMap<>();
        properties.stringPropertyNames().forEach(key -> texts.put(key, properties.getProperty(key)));
        return texts;
    }
}

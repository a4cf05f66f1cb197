package io.github.finessl.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.JsonFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A YAML file of options, each a flag without its dashes: {@code test-share: 0.2}. */
final class OptionFile {

    /** The key of the model's folder, which is not an option of experiments. */
    static final String OUT = "out";

    /** The options that the start script needs before Java starts, so that a file comes too late. */
    private static final Set<Option<?>> OF_SCRIPT = Set.of(Option.HEAP, Option.THREADS);

    private static final int DEEPEST = 8;

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private OptionFile() {}

    /**
     * Reads an option file.
     *
     * @return values as users write them, by the options' names and {@value #OUT}
     * @throws OptionException naming file and key, if one cannot be used
     */
    static Map<String, String> read(Path file) throws IOException {
        JsonNode tree;
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException(file + " cannot be read: it is not a file.");
        }
        try {
            byte[] bytes = Files.readAllBytes(file);
            requirePlain(file, bytes);
            tree = YAML.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw new OptionException(
                    file + " should be a YAML file with lines such as 'steps: 200', but cannot be parsed: "
                            + JsonFault.reason(e) + " in line "
                            + e.getLocation().getLineNr() + ".");
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(file + " cannot be read: " + AtomicFile.reason(e) + ".", e);
        }
        Map<String, String> given = new TreeMap<>();
        if (tree == null || tree.isMissingNode() || tree.isNull()) {
            return given;
        }
        if (!tree.isObject()) {
            throw new OptionException(file + " should have lines such as 'steps: 200', but is "
                    + tree.getNodeType().name().toLowerCase(java.util.Locale.ROOT) + ".");
        }
        Map<String, Option<?>> options = TrainingFlags.byName();
        tree.properties().forEach(entry -> {
            String key = entry.getKey();
            if (!entry.getValue().isValueNode() || entry.getValue().isNull()) {
                throw new OptionException(
                        file + ": '" + key + "' should have one value after it, such as 'steps: 200'.");
            }
            String value = entry.getValue().asText();
            if (key.equals(OUT)) {
                Option.OUT.parse(value); // refuses what is not a path
                given.put(OUT, value);
                return;
            }
            Option<?> option = options.get(key);
            if (option == null) {
                throw new OptionException(
                        file + ": there is no option '" + key + "'; 'finessl train --help' lists all.");
            }
            if (OF_SCRIPT.contains(option)) {
                throw new OptionException(
                        file + ": '" + key + "' belongs on the command line: --" + key + " " + value + ".");
            }
            given.put(option.name(), value);
        });
        return given;
    }

    /** Makes sure that the file is one shallow document without aliases, which Jackson would read as text. */
    private static void requirePlain(Path file, byte[] bytes) throws IOException {
        try (YAMLParser parser = YAML.getFactory().createParser(bytes)) {
            int depth = 0;
            boolean ended = false;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                String found = ended
                        ? "a second document"
                        : parser.isCurrentAlias()
                                ? "the alias *" + parser.getText()
                                : depth > DEEPEST ? "deep nesting" : "";
                if (!found.isEmpty()) {
                    throw new OptionException(file + " should be a YAML file with lines such as 'steps: 200', but has "
                            + found + " in line "
                            + parser.currentTokenLocation().getLineNr() + ".");
                }
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                ended = depth == 0;
            }
        }
    }
}

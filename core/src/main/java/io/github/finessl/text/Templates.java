package io.github.finessl.text;

import io.github.finessl.io.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Prompt templates, texts with {@code {}} in the place of a class's name. The vectors of all of them are averaged.
 *
 * @param texts one or more
 */
public record Templates(List<String> texts) {

    /** The name of {@link #PHOTO}. */
    public static final String PHOTO_NAME = "photo";

    /** The name of {@link #clip80}. */
    public static final String CLIP_80_NAME = "clip-80";

    /** The place of the class's name. */
    private static final String PLACE = "{}";

    /** One template, "a photo of a {}.". */
    public static final Templates PHOTO = new Templates(List.of("a photo of a {}."));

    /**
     * Checks the templates.
     *
     * @throws IllegalArgumentException if there is none, or one has no place for the name
     */
    public Templates {
        texts = List.copyOf(texts);
        if (texts.isEmpty()) {
            throw new IllegalArgumentException("there are no templates");
        }
        for (String text : texts) {
            if (!text.contains(PLACE)) {
                throw new IllegalArgumentException(
                        "a template has {} in the place of the class's name, but '" + text + "' has none");
            }
        }
    }

    /** The 80 templates that CLIP's authors made for ImageNet. */
    public static Templates clip80() {
        try (InputStream in = Templates.class.getResourceAsStream("clip-80.txt")) {
            return new Templates(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads templates from a text file, one a line; empty lines are passed over.
     *
     * @throws TextTowerException if it cannot be read, or has a line without {@code {}}
     */
    public static Templates read(Path file) {
        try {
            return new Templates(Files.readAllLines(file).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList());
        } catch (IOException e) {
            throw new TextTowerException(file, "cannot be read: " + AtomicFile.reason(e) + ".", e);
        } catch (IllegalArgumentException e) {
            throw new TextTowerException(
                    file, "must hold prompt templates, one a line, but " + e.getMessage() + ".", e);
        }
    }

    /**
     * The templates of a name, or of a file.
     *
     * @param name {@value #PHOTO_NAME}, {@value #CLIP_80_NAME} or a file's
     */
    public static Templates named(String name) {
        return switch (name) {
            case PHOTO_NAME -> PHOTO;
            case CLIP_80_NAME -> clip80();
            default -> read(Path.of(name));
        };
    }

    /** The prompts of a class, underscores in its name being spaces. */
    List<String> prompts(String name) {
        String words = name.replace('_', ' ');
        return texts.stream().map(text -> text.replace(PLACE, words)).toList();
    }
}

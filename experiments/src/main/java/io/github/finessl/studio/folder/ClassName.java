package io.github.finessl.studio.folder;

import io.github.finessl.data.HiddenFiles;
import io.github.finessl.data.KnownStrangers;
import io.github.finessl.io.OneLine;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The name of a class, which is the name of a folder on every system: composed (NFC), of one line, without separators.
 *
 * @param text the name
 */
public record ClassName(String text) {

    /** The most bytes in UTF-8, so that file systems of 255 leave room. */
    private static final int MOST_BYTES = 200;

    private static final Pattern FORBIDDEN = Pattern.compile("[/\\\\<>:\"|?*]");

    /** Characters that show nothing or turn the direction of writing, by which two names would look alike. */
    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\ufffd]");

    /** The names of devices, which Windows gives to no file. */
    private static final Pattern DEVICE =
            Pattern.compile("(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\..*)?", Pattern.CASE_INSENSITIVE);

    /** The names that mean a part of the folder rather than a class. */
    private static final Set<String> TAKEN = Set.of(KnownStrangers.NAME);

    public ClassName {
        text = Normalizer.normalize(text, Normalizer.Form.NFC).strip();
        String fault = fault(text);
        if (!fault.isEmpty()) {
            throw new StudioException(
                    "'%s' cannot be the name of a class: %s.".formatted(OneLine.visible(text), fault));
        }
    }

    /** What is wrong with a name, empty where it is right. */
    private static String fault(String name) {
        if (!OneLine.is(name)) {
            return "it must be text of one line";
        } else if (INVISIBLE.matcher(name).find()) {
            return "it has a character that cannot be seen";
        } else if (FORBIDDEN.matcher(name).find()) {
            return "it has one of the characters / \\ < > : \" | ? *, which not every system allows in the name of a folder";
        } else if (name.startsWith(".") || name.endsWith(".")) {
            return "it begins or ends with a dot";
        } else if (name.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
            return "it is longer than " + MOST_BYTES + " bytes";
        } else if (DEVICE.matcher(name).matches() || HiddenFiles.isHidden(Path.of(name))) {
            return "systems keep this name for themselves";
        } else if (TAKEN.contains(name.toLowerCase(Locale.ROOT))) {
            return "it stands for photos of none of the classes";
        }
        return "";
    }

    @Override
    public String toString() {
        return text;
    }
}

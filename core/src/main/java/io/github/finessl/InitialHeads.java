package io.github.finessl;

import io.github.finessl.data.ClassFeatures;
import io.github.finessl.data.DataException;
import io.github.finessl.data.DataSource;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.text.ClassVectors;
import io.github.finessl.text.LogitScale;
import io.github.finessl.train.HeadStart;
import io.github.finessl.train.ZeroShot;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/** The initial class vectors that settings ask for, for an encoder and images. */
final class InitialHeads {
    private InitialHeads() {}

    /**
     * Looks at the class vectors of a file or a text tower, where there is one.
     *
     * @param settings as they take effect
     * @param text of a run that has a text tower
     * @param root what the file's relative path starts from
     * @throws DataException if the file's vectors are not of these classes and this encoder
     * @throws SettingsException if the text tower is missing, or not of this encoder
     */
    static HeadStart of(
            TrainingSettings settings, Encoder encoder, DataSource source, Optional<ClassVectors> text, Path root) {
        ClassStart start = settings.starts().classes();
        if (start instanceof ClassStart.Names) {
            ClassVectors names = text.orElseThrow(() -> new SettingsException(
                    settings.method().untrained().isPresent() ? "method" : "headStart",
                    settings.method().untrained().isPresent()
                            ? settings.method().name()
                            : "semantic",
                    "it needs a text tower (textEncoder), which makes class vectors of the classes' names"));
            return settings.method().untrained().isPresent()
                    ? checked(() -> zeroShot(names, encoder).head(encoder))
                    : checked(() -> HeadStart.Semantic.of(names.vectors(), encoder));
        } else if (start instanceof ClassStart.Features features) {
            Path file = root.resolve(features.file());
            try {
                return HeadStart.Semantic.of(ClassFeatures.read(file, source.classes()), encoder);
            } catch (IllegalArgumentException e) {
                throw new DataException(file + ": " + e.getMessage() + ".", e);
            }
        }
        if (start instanceof ClassStart.Pile) {
            return HeadStart.PILE;
        }
        return start instanceof ClassStart.Means ? HeadStart.MEANS : HeadStart.UNIFORM;
    }

    /**
     * Zero-shot classification by class names.
     *
     * @throws SettingsException if the text tower is not of this encoder
     */
    static ZeroShot zeroShot(ClassVectors names, Encoder encoder) {
        return checked(() -> ZeroShot.of(
                names.vectors(), names.logits().orElse(LogitScale.CLIP).scale(), encoder));
    }

    static <T> T checked(Supplier<T> made) {
        try {
            return made.get();
        } catch (IllegalArgumentException e) {
            throw new SettingsException("textEncoder", "it is not of this encoder: " + e.getMessage());
        }
    }
}

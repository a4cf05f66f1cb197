package io.github.finessl;

import io.github.finessl.data.ClassFeatures;
import io.github.finessl.data.DataException;
import io.github.finessl.data.DataSource;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.train.HeadStart;
import java.nio.file.Path;

/** The initial class vectors that settings ask for, for an encoder and images. */
final class InitialHeads {
    private InitialHeads() {}

    /**
     * Looks at a file of class vectors, where there is one.
     *
     * @param root what its relative path starts from
     * @throws DataException if its vectors are not of these classes and this encoder
     */
    static HeadStart of(ClassStart start, Encoder encoder, DataSource source, Path root) {
        if (start instanceof ClassStart.Features features) {
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
}

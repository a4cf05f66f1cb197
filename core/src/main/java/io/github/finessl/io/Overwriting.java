package io.github.finessl.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A guard of the files that a result is to be written over: only an earlier result of the same kind is, so that a slip of the
 * finger costs no photo and no encoder.
 */
public enum Overwriting {
    /** A list of photos as CSV, with predictions or pseudo-labels. */
    PHOTO_LIST("list of photos") {
        @Override
        boolean isOwn(String beginning) {
            return beginning.startsWith("image,label");
        }
    },

    /** A confusion matrix as CSV. */
    CONFUSION_MATRIX("confusion matrix") {
        @Override
        boolean isOwn(String beginning) {
            return beginning.startsWith("label,");
        }
    },

    /** An exported model as ONNX. */
    EXPORTED_MODEL("exported model") {
        @Override
        boolean isOwn(String beginning) {
            return beginning.substring(0, Math.min(beginning.length(), 64)).contains("FineSSL"); // the producer's name
        }
    };

    private static final int BEGINNING = 256;

    private final String kind;

    Overwriting(String kind) {
        this.kind = kind;
    }

    abstract boolean isOwn(String beginning);

    /**
     * Refuses to write over a file that is no earlier result of this kind; empty files, pipes and devices may be written to.
     *
     * @throws IOException naming the file
     */
    public void require(Path target) throws IOException {
        if (!Files.isRegularFile(target) || Files.size(target) == 0) {
            return;
        }
        try (InputStream in = Files.newInputStream(target)) {
            if (isOwn(new String(in.readNBytes(BEGINNING), StandardCharsets.ISO_8859_1))) {
                return;
            }
        }
        throw new IOException(
                target + " cannot be written: it is there already and is no " + kind + ". Choose another name.");
    }
}

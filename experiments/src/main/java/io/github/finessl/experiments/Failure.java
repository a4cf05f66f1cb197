package io.github.finessl.experiments;

import io.github.finessl.data.DataException;
import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.serve.ModelException;
import io.github.finessl.train.CheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;

/** What people are told of an exception, and how the process ends with it. */
public final class Failure {

    /** These come of files that are missing or bad. */
    private static final List<Class<? extends Exception>> OF_FILES = List.of(
            IOException.class,
            UncheckedIOException.class,
            DataException.class,
            EncoderFormatException.class,
            CheckpointException.class,
            ModelException.class);

    private Failure() {}

    /** How a run that threw this has ended. */
    public static Exit exit(Throwable thrown) {
        if (thrown instanceof OptionException) {
            return Exit.BAD_OPTION;
        }
        return OF_FILES.stream().anyMatch(kind -> kind.isInstance(thrown)) ? Exit.BAD_FILE : Exit.FAILED;
    }

    /** Exceptions of ours say all in their message; of the others the kind says what the message leaves out. */
    public static String sentence(Throwable thrown) {
        if (outOfMemory(thrown)) {
            return "The Java heap of %d MB is full: give more with -Dheap=4g, say, or take fewer images at a time."
                    .formatted(Runtime.getRuntime().maxMemory() >> 20);
        }
        if (thrown instanceof UncheckedIOException && thrown.getCause() != null) {
            return sentence(thrown.getCause());
        }
        if (thrown instanceof NoSuchFileException missing) {
            return "There is no file " + missing.getFile() + ".";
        }
        if (thrown instanceof AccessDeniedException denied) {
            return "There is no permission for " + denied.getFile() + ".";
        }
        boolean ours = thrown instanceof OptionException || thrown.getClass() == IOException.class;
        boolean sentence = thrown.getMessage() != null && thrown.getMessage().contains(" ");
        return ours || sentence ? thrown.getMessage() : thrown + " (-Dstacktrace=true shows where)";
    }

    private static boolean outOfMemory(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof OutOfMemoryError
                    && String.valueOf(cause.getMessage()).contains("heap")) {
                return true;
            }
        }
        return false;
    }
}

package io.github.finessl.experiments.run;

import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.FileException;
import io.github.finessl.io.FineSslException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** The message and the exit code for an exception that ends the process. */
public final class Failure {

    private Failure() {}

    /** The exit of a process that an exception has ended. */
    public static Exit exit(Throwable thrown) {
        if (thrown instanceof OptionException) {
            return Exit.BAD_OPTION;
        }
        return thrown instanceof FileException
                        || thrown instanceof IOException
                        || thrown instanceof UncheckedIOException
                ? Exit.BAD_FILE
                : Exit.FAILED;
    }

    /**
     * The sentence for users about an exception: the message of this project's exceptions, the kind and message of others
     * with a hint at {@code -Dstacktrace}.
     */
    public static String sentence(Throwable thrown) {
        if (outOfMemory(thrown)) {
            return "The Java heap of %d MB is full: a larger one, such as -Dheap=4g, or fewer images at a time would help."
                    .formatted(Runtime.getRuntime().maxMemory() >> 20);
        }
        if (thrown instanceof UncheckedIOException && thrown.getCause() != null) {
            return sentence(thrown.getCause());
        }
        if (thrown instanceof FileSystemException of && of.getFile() != null) {
            return sentence(of);
        }
        boolean ours = thrown instanceof FineSslException || thrown.getClass() == IOException.class;
        return ours && thrown.getMessage() != null ? thrown.getMessage() : thrown + " (-Dstacktrace=true shows where)";
    }

    private static String sentence(FileSystemException thrown) {
        if (thrown instanceof NoSuchFileException) {
            return "There is no file " + thrown.getFile() + ".";
        }
        if (thrown instanceof AccessDeniedException) {
            return "There is no permission to use " + thrown.getFile() + ".";
        }
        return thrown.getFile() + " cannot be used: " + AtomicFile.reason(thrown) + ".";
    }

    /** Whether the heap was full; looks at texts, as of a class whose initialisation failed the JVM keeps only the text. */
    private static boolean outOfMemory(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause.toString().contains("OutOfMemoryError: Java heap space")) {
                return true;
            }
        }
        return false;
    }
}

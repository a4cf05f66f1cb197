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

/** What people are told of an exception, and how the process ends with it. */
public final class Failure {

    private Failure() {}

    /** How a run that threw this has ended. */
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

    /** What is ours says all in its message; of the rest its kind comes with it, and how to learn more. */
    public static String sentence(Throwable thrown) {
        if (outOfMemory(thrown)) {
            return "The Java heap of %d MB is full: give more with -Dheap=4g, say, or take fewer images at a time."
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
            return "There is no permission for " + thrown.getFile() + ".";
        }
        return thrown.getFile() + " cannot be used: " + AtomicFile.reason(thrown) + ".";
    }

    /** Of a class that the full heap kept from being initialised, the JVM keeps no more than the text. */
    private static boolean outOfMemory(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause.toString().contains("OutOfMemoryError: Java heap space")) {
                return true;
            }
        }
        return false;
    }
}

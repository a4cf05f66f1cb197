package io.github.finessl.experiments.run;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An output stream that remembers whether writing failed, and whether because its reader, such as {@code head}, had read
 * enough. Writers and print streams do not tell.
 */
public final class StandardOutput extends OutputStream {

    private static final int KIND_OF_FILE = 0170000;
    private static final int PIPE = 0010000;
    private static final int SOCKET = 0140000;

    private final OutputStream to;
    private final boolean pipe;
    private volatile IOException failure;

    /**
     * A watch over another stream.
     *
     * @param pipe whether only its reader's end can make writing fail
     */
    public StandardOutput(OutputStream to, boolean pipe) {
        this.to = to;
        this.pipe = pipe;
    }

    /** The standard output of this process. */
    public static StandardOutput ofProcess() {
        return new StandardOutput(new FileOutputStream(FileDescriptor.out), isPipe());
    }

    /** Asked of the file, since the messages of exceptions are in the system's language. */
    private static boolean isPipe() {
        try {
            int kind = (int) Files.getAttribute(Path.of("/dev/stdout"), "unix:mode") & KIND_OF_FILE;
            return kind == PIPE || kind == SOCKET;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return false; // Windows, where the message has to do
        }
    }

    /** Whether something could not be written. */
    public boolean hasFailed() {
        return failure != null;
    }

    /** Whether something could not be written because the reader had closed its end. */
    public boolean isClosedByReader() {
        IOException found = failure;
        return found != null
                && (pipe || (found.getMessage() != null && found.getMessage().contains("pipe")));
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            to.write(bytes, offset, length);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    @Override
    public void flush() throws IOException {
        try {
            to.flush();
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }
}

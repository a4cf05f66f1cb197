package io.github.finessl.studio;

import io.github.finessl.io.CacheFolder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The window of the user's browser that an address is opened in. Others on the machine can read the commands that are started, but
 * not a file of the user's own: the browser is given such a file, which leads to the address with its token.
 */
public final class BrowserWindow implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(BrowserWindow.class);
    private static final long WAIT_SECONDS = 10;

    private final URI address;
    private final Path file;

    private BrowserWindow(URI address, Path file) {
        this.address = address;
        this.file = file;
    }

    /** The window for an address, not open yet. */
    public static BrowserWindow of(URI address) {
        return new BrowserWindow(address, CacheFolder.file("studio/open-" + address.getPort() + ".html"));
    }

    /**
     * Opens the address in the user's browser.
     *
     * @return whether a browser was found
     */
    public boolean open() {
        try {
            write();
            Process process = new ProcessBuilder(command(file.toUri().toString()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return !process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() == 0;
        } catch (IOException e) {
            log.debug("No browser was opened", e);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void write() throws IOException {
        Files.createDirectories(file.getParent());
        Files.deleteIfExists(file);
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        Files.writeString(
                file,
                "<!doctype html><meta charset=\"utf-8\"><title>FineSSL studio</title>"
                        + "<meta http-equiv=\"refresh\" content=\"0;url=%s\">%n".formatted(address));
    }

    private static List<String> command(String url) {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        if (system.startsWith("windows")) {
            return List.of("rundll32", "url.dll,FileProtocolHandler", url);
        }
        return List.of(system.startsWith("mac") ? "open" : "xdg-open", url);
    }

    /** Deletes the file; the window stays. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(file);
    }
}

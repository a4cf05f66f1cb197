package io.github.finessl.notebook;

import io.github.spencerpark.jupyter.channels.JupyterConnection;
import io.github.spencerpark.jupyter.channels.Loop;
import io.github.spencerpark.jupyter.kernel.BaseKernel;
import io.github.spencerpark.jupyter.kernel.KernelConnectionProperties;
import io.github.spencerpark.jupyter.kernel.LanguageInfo;
import io.github.spencerpark.jupyter.kernel.ReplacementOptions;
import io.github.spencerpark.jupyter.kernel.display.DisplayData;
import io.github.spencerpark.jupyter.kernel.display.RenderContext;
import io.github.spencerpark.jupyter.kernel.display.mime.MIMEType;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.imageio.ImageIO;

/** A Java kernel for Jupyter, which understands the Java and the {@link ClassPathMagics} of IJava's cells. */
public final class JavaKernel extends BaseKernel implements AutoCloseable {

    /** The logger of the base class, which reports each message that it handles. */
    private static final Logger LOGGER = Logger.getLogger("");

    private final Cells cells = new Cells();
    private final ClassPathMagics magics = new ClassPathMagics();

    JavaKernel() {
        getRenderer()
                .createRegistration(BufferedImage.class)
                .preferring(MIMEType.IMAGE_PNG)
                .register(JavaKernel::render);
    }

    /**
     * Serves one notebook until Jupyter ends it.
     *
     * @param args the connection file
     */
    public static void main(String[] args) {
        LOGGER.setLevel(Level.WARNING);
        Thread.setDefaultUncaughtExceptionHandler(JavaKernel::endWithChannels);
        try (JavaKernel kernel = new JavaKernel()) {
            JupyterConnection connection =
                    new JupyterConnection(KernelConnectionProperties.parse(Files.readString(Path.of(args[0]))));
            kernel.becomeHandlerForConnection(connection);
            endWithJupyter();
            connection.connect();
            connection.waitUntilClose();
        } catch (Exception e) {
            LOGGER.log(Level.SEVERE, "The Java kernel could not start.", e);
            // Channels that are already open would keep the process alive and Jupyter waiting.
            System.exit(1);
        }
        System.exit(0);
    }

    /** Ends the kernel when a channel fails: Jupyter would wait for ever for one that nobody serves. */
    private static void endWithChannels(Thread thread, Throwable thrown) {
        LOGGER.log(Level.SEVERE, "Thread " + thread.getName() + " ended.", thrown);
        if (thread instanceof Loop) {
            System.exit(1);
        }
    }

    /** Ends the kernel with Jupyter, which asks for no shutdown if it was killed. */
    private static void endWithJupyter() {
        String jupyter = System.getenv("JPY_PARENT_PID");
        if (jupyter != null) {
            ProcessHandle.of(Long.parseLong(jupyter)).ifPresent(process -> {
                CompletableFuture<Void> unused = process.onExit().thenRun(() -> System.exit(1));
            });
        }
    }

    @Override
    public DisplayData eval(String cell) throws Exception {
        try {
            return evaluated(cell);
        } catch (Error e) {
            // The base class shows exceptions only.
            throw new ExecutionException(e);
        }
    }

    private DisplayData evaluated(String cell) throws Exception {
        if (ClassPathMagics.isMagic(cell)) {
            cells.addToClassPath(magics.classPath(cell));
            return null;
        }
        int number = executionCount.get() - 1;
        return cells.eval(number, cell).map(this::shown).orElse(null);
    }

    private DisplayData shown(Object value) {
        if (value instanceof DisplayData ready) {
            return ready;
        }
        return value.getClass().isArray()
                ? new DisplayData(CellExecution.text(value))
                : getRenderer().render(value);
    }

    /** Renders an image: the base class loses its last bytes, and its text differs from run to run. */
    private static void render(BufferedImage image, RenderContext context) {
        context.renderIfRequested(MIMEType.IMAGE_PNG, () -> {
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            try {
                ImageIO.write(image, "png", png);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return Base64.getEncoder().encodeToString(png.toByteArray());
        });
        context.renderIfRequested(
                MIMEType.TEXT_PLAIN, () -> "image, %d x %d".formatted(image.getWidth(), image.getHeight()));
    }

    @Override
    public ReplacementOptions complete(String cell, int cursor) {
        Cells.Completions completions = cells.complete(cell, cursor);
        return new ReplacementOptions(completions.endings(), completions.begin(), cursor);
    }

    @Override
    public DisplayData inspect(String cell, int cursor, boolean detailed) {
        List<String> signatures = cells.signatures(cell, cursor);
        return signatures.isEmpty() ? null : new DisplayData(String.join("\n", signatures));
    }

    @Override
    public List<String> formatError(Exception e) {
        return e instanceof CellException ? errorStyler.secondaryLines(e.getMessage()) : super.formatError(e);
    }

    @Override
    public LanguageInfo getLanguageInfo() {
        return new LanguageInfo.Builder("java")
                .version(Integer.toString(Runtime.version().feature()))
                .mimetype("text/x-java")
                .fileExtension(".java")
                .pygments("java")
                .codemirror("text/x-java")
                .build();
    }

    @Override
    public void interrupt() {
        cells.interrupt();
    }

    @Override
    public void onShutdown(boolean restarting) {
        cells.interrupt();
    }

    @Override
    public void close() {
        cells.close();
    }
}

package io.github.finessl.studio;

import io.github.finessl.PhotoFeatures;
import io.github.finessl.TrainingSettings;
import io.github.finessl.io.Daemon;
import io.github.finessl.kernel.Precision;
import io.github.finessl.studio.folder.CheckedLabels;
import io.github.finessl.studio.folder.Labels;
import io.github.finessl.studio.folder.StudioException;
import io.github.finessl.studio.learn.Learning;
import io.github.finessl.studio.photo.PhotoEncoder;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.Pictures;
import io.github.finessl.studio.photo.Preparation;
import io.github.finessl.studio.web.StudioServer;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A folder of photos that is open in the studio, until it is closed. */
public final class Studio implements AutoCloseable {

    /** What the first page may take before the encoder takes the processor. */
    private static final Duration FIRST_PAGE = Duration.ofSeconds(1);

    private final StudioServer server;

    /** What is to be closed, the last opened first. */
    private final Deque<AutoCloseable> opened;

    /**
     * The settings of a studio.
     *
     * @param photos the folder
     * @param labels a table of their labels; empty where labels move the photos
     * @param encoder ONNX file
     * @param precision arithmetic of the encoder's products
     * @param steps of a training
     * @param port to listen on, 0 for any that is free
     */
    public record Settings(Path photos, Optional<Path> labels, Path encoder, Precision precision, int steps, int port) {

        /** The usual settings. */
        public static Settings of(Path photos, Path encoder) {
            return new Settings(
                    photos,
                    Optional.empty(),
                    encoder,
                    Precision.AUTO,
                    TrainingSettings.DEFAULT.schedule().steps(),
                    0);
        }
    }

    private Studio(StudioServer server, Deque<AutoCloseable> opened) {
        this.server = server;
        this.opened = opened;
    }

    /**
     * Opens a folder.
     *
     * @throws io.github.finessl.io.FineSslException if it cannot be labelled, or another studio has it
     */
    public static Studio open(Settings settings) {
        Deque<AutoCloseable> opened = new ArrayDeque<>();
        try {
            PhotoLibrary library = PhotoLibrary.unlisted(Labels.open(settings.photos(), settings.labels()));
            opened.push(library);
            Future<Boolean> listed = list(library, opened);
            Pictures pictures = new Pictures(library.folder());
            Preparation preparation = new Preparation(
                    library,
                    pictures,
                    () -> PhotoEncoder.of(PhotoFeatures.open(settings.encoder(), settings.precision())));
            opened.push(preparation);
            CheckedLabels checked = CheckedLabels.open(library.folder());
            opened.push(checked);
            Learning learning = Learning.of(
                    library, preparation, checked, settings.encoder(), settings.precision(), settings.steps());
            opened.push(learning);
            library.onChange(preparation::start);
            StudioServer server = StudioServer.start(
                    new StudioServer.Parts(library, pictures, preparation, learning, settings.precision()),
                    settings.port());
            opened.push(server);
            listed.get();
            preparation.startLater(FIRST_PAGE);
            return new Studio(server, opened);
        } catch (RuntimeException e) {
            closeAll(opened);
            throw e;
        } catch (ExecutionException e) {
            closeAll(opened);
            throw Daemon.unwrap(e);
        } catch (InterruptedException e) {
            closeAll(opened);
            Thread.currentThread().interrupt();
            throw new StudioException("The studio was ended before it was open.", e);
        }
    }

    /** Lists the photos while the server starts, which takes as long where there are many; nobody knows its address yet. */
    private static Future<Boolean> list(PhotoLibrary library, Deque<AutoCloseable> opened) {
        ExecutorService lister = Executors.newSingleThreadExecutor(Daemon.named("finessl-studio-list"));
        opened.push(() -> Daemon.end(lister));
        Future<Boolean> listed = lister.submit(library::rescan);
        lister.shutdown();
        return listed;
    }

    /** The address to open in a browser on this machine; it ends with the token of this start. */
    public URI address() {
        return server.address();
    }

    /** Closes all, also where one cannot be. */
    private static void closeAll(Deque<AutoCloseable> opened) {
        RuntimeException fault = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                fault = fault == null
                        ? new IllegalStateException("The studio did not close all of its files", e)
                        : fault;
            }
        }
        if (fault != null) {
            throw fault;
        }
    }

    /** Stops the training, which leaves a checkpoint, and gives the folder back. */
    @Override
    public void close() {
        closeAll(opened);
    }
}

package io.github.finessl.io;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** ONNX Runtime, of which a process has one. */
public final class OnnxRuntime {
    /**
     * ONNX Runtime 1.29 overruns the usual stack of a Java thread, and with it kills the process, when it starts its telemetry,
     * which only an environment variable keeps it from.
     */
    private static final long STACK = 64L << 20;

    private OnnxRuntime() {}

    /** Holds the environment once it is asked for. */
    private static final class Holder {
        static final OrtEnvironment ENVIRONMENT = started();
    }

    /** The environment, which reports nothing to anybody and logs nothing: what goes wrong is thrown. */
    public static OrtEnvironment environment() {
        return Holder.ENVIRONMENT;
    }

    /** New options of a session, to be closed by the caller: all optimisations, and threads that wait without spinning. */
    public static SessionOptions options() throws OrtException {
        SessionOptions options = new SessionOptions();
        options.setOptimizationLevel(OptLevel.ALL_OPT);
        options.addConfigEntry("session.intra_op.allow_spinning", "0");
        return options;
    }

    /** Closes a session, which fails only if it is closed already. */
    public static void close(OrtSession session) {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    private static OrtEnvironment started() {
        CompletableFuture<OrtEnvironment> started = new CompletableFuture<>();
        new Thread(null, () -> start(started), "finessl-onnxruntime", STACK).start();
        try {
            return started.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("ONNX Runtime does not start", e.getCause());
        }
    }

    private static void start(CompletableFuture<OrtEnvironment> started) {
        try {
            OrtEnvironment environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            environment.setTelemetry(false);
            started.complete(environment);
        } catch (OrtException | RuntimeException | Error e) {
            started.completeExceptionally(e);
        }
    }
}

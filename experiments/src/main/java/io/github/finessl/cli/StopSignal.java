package io.github.finessl.cli;

import java.util.function.BooleanSupplier;

/** The signal that ends a command which goes on until Ctrl-C. */
final class StopSignal {

    private static final long LOOK_EVERY_MILLIS = 100;

    private StopSignal() {}

    /** Waits for the signal, or for this thread to be interrupted. */
    static void await(BooleanSupplier stop) {
        try {
            while (!stop.getAsBoolean()) {
                Thread.sleep(LOOK_EVERY_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

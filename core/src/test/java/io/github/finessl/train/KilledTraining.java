package io.github.finessl.train;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A process that trains into its argument, and two steps after its checkpoint of step 10 waits to be killed. */
final class KilledTraining {
    static final String READY = "ready to be killed";

    private KilledTraining() {}

    static SmallRun run(Path checkpoint) {
        return new SmallRun(checkpoint).steps(20).checkpointEvery(10);
    }

    public static void main(String[] arguments) {
        run(Path.of(arguments[0]))
                .train(
                        report -> {
                            if (report.step() == 12) {
                                System.out.println(READY);
                                waitForever();
                            }
                        },
                        () -> false);
    }

    private static void waitForever() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

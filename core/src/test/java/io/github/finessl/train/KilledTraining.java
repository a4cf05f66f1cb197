package io.github.finessl.train;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A process that trains with a method into a file, and three steps after its checkpoint of step 9 waits to be killed. */
final class KilledTraining {
    static final String READY = "ready to be killed";

    private KilledTraining() {}

    static SmallRun run(String method, Path checkpoint) {
        return new SmallRun(checkpoint).method(method).steps(20).checkpointEvery(9);
    }

    public static void main(String[] arguments) {
        run(arguments[0], Path.of(arguments[1]))
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

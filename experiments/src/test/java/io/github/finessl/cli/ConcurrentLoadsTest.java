package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.run.Exit;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Precision;
import io.github.finessl.serve.FineSslModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that several threads load at a time leave the process's streams alone. */
class ConcurrentLoadsTest {
    private static final int MODELS = 4;
    private static final int ROUNDS = 25;

    @TempDir
    Path directory;

    @Test
    void standardOutputStaysAsItIsAndEmpty() throws IOException, InterruptedException, ExecutionException {
        Path model = model();
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream own = new PrintStream(printed, true, StandardCharsets.UTF_8);
        ExecutorService threads = Executors.newFixedThreadPool(MODELS);
        try {
            System.setOut(own);
            for (int round = 0; round < ROUNDS; round++) {
                List<Future<List<String>>> loads = new ArrayList<>();
                for (int i = 0; i < MODELS; i++) {
                    loads.add(threads.submit(() -> {
                        try (FineSslModel loaded = FineSslModel.load(model, KernelChoice.open(Precision.F32, 1))) {
                            return loaded.classes();
                        }
                    }));
                }
                for (Future<List<String>> load : loads) {
                    assertThat(load.get()).isEqualTo(TestPhotos.CLASSES);
                }
                assertThat(System.out).as("after round %d", round).isSameAs(own);
            }
        } finally {
            System.setOut(before);
            threads.shutdownNow();
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    private Path model() throws IOException {
        TestPhotos photos = TestPhotos.in(directory.resolve("photos"), 32);
        Path model = directory.resolve("model");
        Console console = new Console();
        assertThat(console.run(
                        "train",
                        "--labelled",
                        photos.labelled(),
                        "--unlabelled",
                        photos.unlabelled(),
                        "--encoder",
                        "core/src/test/resources/onnx/timm_vit_op17.onnx",
                        "--out",
                        model,
                        "--steps=2",
                        "--prompts=3"))
                .as(console.err())
                .isEqualTo(Exit.OK);
        return model;
    }
}

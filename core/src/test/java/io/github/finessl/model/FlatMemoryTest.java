package io.github.finessl.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.kernel.nd4j.Nd4jKernels;
import io.github.finessl.ssl.Method;
import io.github.finessl.ssl.Methods;
import io.github.finessl.train.Sgd;
import io.github.finessl.tuning.VisualPrompts;
import io.github.finessl.tuning.VisualPrompts.Placement;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** A long run needs no more memory than a short one. */
class FlatMemoryTest {
    private static final int STEPS = 500;
    /** Keeping the activations of one step (about 1 MB) for 300 steps would take more. */
    private static final long SLACK = 200L << 20;

    @Test
    void fiveHundredSteps() {
        Method method = Methods.make("finessl", new Methods.Settings(8, 3, 0.2, 0.5, false), 40, 7);
        GoldenBatch batch = new GoldenBatch(1);
        Sgd sgd = new Sgd(0.9, 5e-4);
        try (Nd4jKernels kernels = new Nd4jKernels();
                FineTunedModel model = new FineTunedModel(
                        oneBlock(SmallClip.encoder()),
                        new VisualPrompts(new Placement.Deep(), 5),
                        method,
                        SmallClip.start(),
                        DataType.FLOAT,
                        kernels)) {
            long allocations = 0;
            long[] least = {Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE}; // of each third of the steps
            long tracked = 0;
            for (int step = 1; step <= STEPS; step++) {
                StepResult result = model.gradients(batch.training(), batch.targets(model, method), 1);
                sgd.step(model.parameters(), result.gradients(), 1e-3);
                if (step == 3) {
                    allocations = model.allocations();
                }
                if (step % 20 == 0) {
                    int third = 3 * (step - 1) / STEPS;
                    least[third] = Math.min(least[third], residentOffHeap());
                }
                if (step == STEPS / 3) {
                    tracked = Pointer.totalBytes();
                }
            }
            assertThat(model.allocations()).isEqualTo(allocations).isPositive();
            assertThat(least[2] - least[1]).isLessThan(SLACK); // in the first the heap still shrinks
            assertThat(Pointer.totalBytes() - tracked).isLessThan(SLACK);
        }
    }

    private static VisionTransformer oneBlock(VisionTransformer vit) {
        return SmallClip.withBlocks(vit, vit.blocks().subList(0, 1));
    }

    /** Java's own garbage is not the question, nor what it keeps from being freed. */
    private static long residentOffHeap() {
        System.gc();
        return Pointer.physicalBytes() - Runtime.getRuntime().totalMemory();
    }
}

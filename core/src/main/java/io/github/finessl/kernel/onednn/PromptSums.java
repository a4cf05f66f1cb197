package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.onednn.OneDnnAttention.Shape;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The sums of the prompts' gradients over images: where each image leaves its own, and where the sums go. Always added in
 * the same order.
 *
 * @param one the shape of one image's attention
 * @param left the address of what the first image leaves; 0 without prompts
 * @param keys where the sum for the prompts' keys goes; null without prompts
 * @param values where the sum for the prompts' values goes; null without prompts
 */
record PromptSums(Shape one, long images, long left, Rows keys, Rows values) {

    private enum Scratch {
        PROMPTS
    }

    /** @param dPromptK [P, D], or null without prompts; {@code dPromptV} likewise */
    static PromptSums of(Shape one, long images, INDArray dPromptK, INDArray dPromptV, OneDnn buffers) {
        return dPromptK == null
                ? new PromptSums(one, images, 0, null, null)
                : new PromptSums(
                        one,
                        images,
                        buffers.scratch(Scratch.PROMPTS, images * imageBytes(one)),
                        Rows.of(dPromptK),
                        Rows.of(dPromptV));
    }

    private static long imageBytes(Shape one) {
        return 2 * one.heads() * one.prompts() * one.width() * Rows.FLOAT;
    }

    /** The address where an image leaves its prompts' gradients; 0 for nowhere. */
    long of(long image) {
        return left == 0 ? 0 : left + image * imageBytes(one);
    }

    void addUp(Workers workers) {
        if (left != 0) {
            workers.run(1, (tools, only) -> tools.attention().sumPrompts(one, left, images, keys, values));
        }
    }
}

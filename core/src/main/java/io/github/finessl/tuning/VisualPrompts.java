package io.github.finessl.tuning;

import io.github.finessl.encoder.VisionTransformer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Visual prompt tuning (Jia et al., ECCV 2022): learned tokens after the patch tokens, without positions or dropout.
 *
 * @param placement which blocks get prompts
 * @param length prompts a block
 */
public record VisualPrompts(Placement placement, int length) implements Tuning {

    /** Where prompts enter. */
    public sealed interface Placement {

        /** The blocks that get prompts of their own, ascending. */
        List<Integer> blocks(int depth);

        /** Each block drops the previous block's prompts and gets its own. */
        record Deep() implements Placement {
            @Override
            public List<Integer> blocks(int depth) {
                return range(0, depth);
            }
        }

        /** The first block alone; its prompts are carried on as tokens. */
        record Shallow() implements Placement {
            @Override
            public List<Integer> blocks(int depth) {
                return List.of(0);
            }
        }

        /** The last {@code count} blocks, each with its own. */
        record Last(int count) implements Placement {
            /** Checks the number of blocks. */
            public Last {
                if (count < 1) {
                    throw new IllegalArgumentException(
                            "prompts on the last k blocks need k of at least 1, not " + count);
                }
            }

            @Override
            public List<Integer> blocks(int depth) {
                if (count > depth) {
                    throw new IllegalArgumentException(
                            "prompts on the last " + count + " blocks were asked for, but the encoder has " + depth);
                }
                return range(depth - count, depth);
            }
        }
    }

    /** Checks the length. */
    public VisualPrompts {
        if (length < 1) {
            throw new IllegalArgumentException("the prompt length must be at least 1, not " + length);
        }
    }

    /** The parameter's name for a block. */
    public static String parameter(int block) {
        return "prompt." + block;
    }

    private static List<Integer> range(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    /** A start for one block's prompts, uniform in ±√(6/(3·patch² + D)): the paper's; [length, D]. */
    public INDArray uniformStart(VisionTransformer encoder, SplittableRandom random) {
        double patch = 3.0 * encoder.patchHeight() * encoder.patchWidth();
        double bound = Math.sqrt(6 / (patch + encoder.width()));
        float[] values = new float[length * encoder.width()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
        }
        return Nd4j.create(values, new long[] {length, encoder.width()}, DataType.FLOAT);
    }

    /**
     * A start for one block's prompts: patch tokens that the frozen encoder itself produces at the block's input, drawn
     * at random. Small encoders, which uniform prompts wreck, need it.
     *
     * @param blockInput [B, T, D], the class token first
     * @return [length, D]
     */
    public INDArray tokenStart(INDArray blockInput, SplittableRandom random) {
        INDArray start = Nd4j.createUninitialized(DataType.FLOAT, length, blockInput.size(2));
        for (int i = 0; i < length; i++) {
            long image = random.nextLong(blockInput.size(0));
            long token = random.nextLong(1, blockInput.size(1));
            start.getRow(i).assign(blockInput.slice(image).getRow(token));
        }
        return start;
    }
}

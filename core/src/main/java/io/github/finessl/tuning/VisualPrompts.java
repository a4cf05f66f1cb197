package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.tuning.Parameter.Start.Prompts;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Visual prompt tuning (Jia et al., ECCV 2022): learned tokens after the patch tokens, without positions or dropout.
 *
 * <p>Prompts pass through a block's norms and projections as tokens do, norms of keys included. They have no place in the
 * image: rotary positions do not turn them, relative positions add nothing to their scores, and no pooling reads them.
 *
 * @param placement which blocks get prompts
 * @param length prompts a block
 */
public record VisualPrompts(Placement placement, int length) implements Tuning {
    private static final String PARAMETER = "prompt.";

    /** The blocks that prompts enter. */
    public sealed interface Placement {

        /** The blocks that get prompts of their own, ascending. */
        List<Integer> blocks(int depth);

        /** Prompts in every block: each drops the previous block's and gets its own. */
        record Deep() implements Placement {
            @Override
            public List<Integer> blocks(int depth) {
                return range(0, depth);
            }
        }

        /** Prompts in the first block alone, carried on as tokens. */
        record Shallow() implements Placement {
            @Override
            public List<Integer> blocks(int depth) {
                return List.of(0);
            }
        }

        /** Prompts in the last {@code count} blocks, each with its own. */
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
        Strategies.requirePositive("the prompt length", length);
    }

    /** Deep prompts, of each block's own: the paper's, with 50 of them. */
    public static VisualPrompts deep(int length) {
        return new VisualPrompts(new Placement.Deep(), length);
    }

    @Override
    public String name() {
        if (placement instanceof Placement.Last last) {
            return "vpt-last:" + last.count();
        }
        return placement instanceof Placement.Deep ? "vpt-deep" : "vpt-shallow";
    }

    /**
     * The prompts [length, D] of each block, uniform in ±√(6/(3·patch² + D)), the paper's start, or as {@link
     * PromptStart} says.
     */
    @Override
    public List<Parameter> parameters(Encoder encoder) {
        VisionTransformer vit = Strategies.requireTransformer(this, encoder);
        double patch = 3.0 * vit.patchHeight() * vit.patchWidth();
        double bound = Math.sqrt(6 / (patch + vit.width()));
        return placement.blocks(vit.blocks().size()).stream()
                .map(b -> Parameter.of(parameter(b), new Prompts(b, bound), length, vit.width()))
                .toList();
    }

    @Override
    public Optional<VisualPrompts> prompts() {
        return Optional.of(this);
    }

    /** The name of the parameter for a block. */
    public static String parameter(int block) {
        return PARAMETER + block;
    }

    /** Whether a parameter of this name is a block's prompts. */
    public static boolean isParameter(String name) {
        return name.startsWith(PARAMETER);
    }

    private static List<Integer> range(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }
}

package io.github.finessl.tuning;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A trained array, and how it starts. */
public record Parameter(String name, long[] shape, Start start) {

    /** A parameter. */
    public static Parameter of(String name, Start start, long... shape) {
        return new Parameter(name, shape, start);
    }

    /** How many numbers it has. */
    public long length() {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    /** How a parameter starts. */
    public sealed interface Start {

        /** One value everywhere. */
        record Constant(double value) implements Start {}

        /** Uniform in ±bound. */
        record Uniform(double bound) implements Start {}

        /** Normally distributed. */
        record Normal(double mean, double deviation) implements Start {}

        /** As the encoder's file has it. */
        record AsItIs(INDArray value) implements Start {}

        /**
         * Prompts: uniform in ±bound, or, as {@link PromptStart} says, patch tokens that the frozen encoder itself produces at
         * a block's input.
         */
        record Prompts(int block, double bound) implements Start {}

        /** 0 everywhere. */
        Start ZEROS = new Constant(0);

        /** 1 everywhere. */
        Start ONES = new Constant(1);

        /** PyTorch's start of a linear layer's weight (Kaiming uniform, a = √5): uniform in ±1/√in. */
        static Start kaimingUniform(long in) {
            return new Uniform(1 / Math.sqrt((double) in));
        }

        /** Kaiming normal with a = √5: deviation 1/√(3·in). */
        static Start kaimingNormal(long in) {
            return new Normal(0, 1 / Math.sqrt(3.0 * in));
        }
    }
}

package io.github.finessl.tuning;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A trained parameter: its name, its shape and its initial values. */
public record Parameter(String name, long[] shape, Start start) {

    /** Creates a parameter. */
    public static Parameter of(String name, Start start, long... shape) {
        return new Parameter(name, shape, start);
    }

    /** The number of values in the parameter. */
    public long length() {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    /** The parameter's initial values, prompts as random numbers. */
    public INDArray drawn(SplittableRandom random) {
        if (start instanceof Start.AsItIs own) {
            return own.value();
        } else if (start instanceof Start.Constant constant) {
            return filled(constant::value);
        } else if (start instanceof Start.Normal normal) {
            return filled(() -> normal.mean() + normal.deviation() * random.nextGaussian());
        }
        double bound = start instanceof Start.Uniform uniform ? uniform.bound() : ((Start.Prompts) start).bound();
        return filled(() -> random.nextDouble(-bound, bound));
    }

    private INDArray filled(DoubleSupplier numbers) {
        float[] values = new float[Math.toIntExact(length())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) numbers.getAsDouble();
        }
        return Nd4j.create(values, shape, 'c');
    }

    /** The initial values of a parameter. */
    public sealed interface Start {

        /** One initial value everywhere. */
        record Constant(double value) implements Start {}

        /** Random initial values, uniform in ±bound. */
        record Uniform(double bound) implements Start {}

        /** Random initial values, normally distributed. */
        record Normal(double mean, double deviation) implements Start {}

        /** Initial values from the encoder's file. */
        record AsItIs(INDArray value) implements Start {}

        /**
         * Initial values of prompts: uniform in ±bound, or, as {@link PromptStart} says, patch tokens that the frozen
         * encoder itself produces at a block's input.
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

package io.github.finessl.experiments.run;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;

/** A factory of the compute kernels that the option {@code precision} asks for. */
public final class Arithmetic {

    private Arithmetic() {}

    /**
     * Opens the kernels of a precision, given by the text of the option.
     *
     * @throws OptionException if there is none of this name, or bf16 is asked for where there is none
     */
    public static Kernels open(String precision) {
        return open(Option.PRECISION.parse(precision));
    }

    /**
     * Opens the kernels of a precision.
     *
     * @throws OptionException if bf16 is asked for where there is none
     */
    public static Kernels open(Precision precision) {
        try {
            return KernelChoice.open(precision);
        } catch (UnsupportedOperationException e) {
            throw new OptionException(e.getMessage());
        }
    }
}

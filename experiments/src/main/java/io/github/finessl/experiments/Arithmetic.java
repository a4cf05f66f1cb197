package io.github.finessl.experiments;

import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.kernel.nd4j.Nd4jKernels;
import java.util.List;
import java.util.stream.Stream;

/** The kernels that the option {@code precision} asks for. */
public final class Arithmetic {

    /** The values of the option {@code precision}. */
    static final List<String> PRECISIONS = List.of(Option.AUTO, "f32", "bf16", "portable");

    private Arithmetic() {}

    /** @throws OptionException if bf16 is asked for where there is none */
    static Kernels open(Options options) {
        return open(options.get(Option.PRECISION));
    }

    /**
     * The kernels of a precision.
     *
     * @param precision a value of {@link Option#PRECISION}
     * @throws OptionException if there is none of this name, or bf16 is asked for where there is none
     */
    public static Kernels open(String precision) {
        return switch (Option.PRECISION.parse(precision)) {
            case "portable" -> new Nd4jKernels();
            case "f32" -> KernelChoice.open(Precision.F32);
            case "bf16" -> bf16();
            default -> KernelChoice.open(Precision.AUTO);
        };
    }

    private static Kernels bf16() {
        try {
            return KernelChoice.open(Precision.BF16);
        } catch (UnsupportedOperationException e) {
            throw new OptionException(e.getMessage());
        }
    }

    /** The value of the option {@code precision} that would give the kernels of this name. */
    static String precision(String kernels) {
        return Stream.of("f32", "bf16").filter(kernels::endsWith).findFirst().orElse("portable");
    }
}

package io.github.finessl.kernel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Picks the fastest kernels that this machine has. */
public final class KernelChoice {

    private static final Logger LOG = LoggerFactory.getLogger(KernelChoice.class);

    private KernelChoice() {}

    /**
     * Opens the kernels for a precision, portable ones where oneDNN is missing.
     *
     * @throws UnsupportedOperationException where bf16 is demanded and the machine has none
     */
    public static Kernels open(Precision precision) {
        Kernels kernels = choose(precision);
        LOG.info("Kernels: {}", kernels.name());
        return kernels;
    }

    private static Kernels choose(Precision precision) {
        try {
            boolean bf16 = OneDnn.hasBf16();
            if (precision == Precision.BF16 && !bf16) {
                throw new UnsupportedOperationException(
                        "This processor has no native bf16 (AVX512-BF16): choose the precision f32 or auto");
            }
            return new OneDnnKernels(bf16 && precision != Precision.F32);
        } catch (LinkageError e) {
            if (precision == Precision.BF16) {
                throw new UnsupportedOperationException("bf16 needs oneDNN, which does not load here", e);
            }
            LOG.info("oneDNN does not load here ({}): the portable kernels are used", e.toString());
            return new Nd4jKernels();
        }
    }
}

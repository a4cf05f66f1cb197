package io.github.finessl.kernel;

import io.github.finessl.kernel.nd4j.Nd4jKernels;
import io.github.finessl.kernel.onednn.OneDnnKernels;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The choice of the fastest kernels that this machine has. */
public final class KernelChoice {

    private static final Logger LOG = LoggerFactory.getLogger(KernelChoice.class);

    private KernelChoice() {}

    /**
     * Opens the kernels for a precision, portable ones where oneDNN is missing, with {@link #defaultThreads} threads.
     *
     * @throws UnsupportedOperationException where bf16 is demanded and the machine has none
     */
    public static Kernels open(Precision precision) {
        return open(precision, defaultThreads());
    }

    /**
     * Opens the kernels for a precision with a number of threads, portable ones where oneDNN is missing.
     *
     * @param threads of the fast kernels; the portable ones use those of ND4J
     * @throws UnsupportedOperationException where bf16 is demanded and the machine has none
     */
    public static Kernels open(Precision precision, int threads) {
        Kernels kernels = choose(precision, threads);
        LOG.debug(
                "Kernels: {}{}",
                kernels.name(),
                precision == Precision.AUTO && kernels.name().endsWith("bf16")
                        ? ", since this processor multiplies bf16 natively"
                        : "");
        return kernels;
    }

    /** The default number of threads: the environment variable OMP_NUM_THREADS, else one for each processor. */
    public static int defaultThreads() {
        String wanted = System.getenv().getOrDefault("OMP_NUM_THREADS", "");
        return wanted.matches("[1-9][0-9]{0,3}")
                ? Integer.parseInt(wanted)
                : Runtime.getRuntime().availableProcessors();
    }

    private static Kernels choose(Precision precision, int threads) {
        if (precision == Precision.PORTABLE) {
            return new Nd4jKernels();
        }
        if (Nd4j.getExecutioner().type() != OpExecutioner.ExecutionerType.NATIVE_CPU) {
            return portable(precision, "ND4J's backend is no CPU", null);
        }
        try {
            boolean bf16 = OneDnnKernels.hasBf16();
            if (precision == Precision.BF16 && !bf16) {
                throw new UnsupportedOperationException(
                        "This processor has no native bf16 (AVX512-BF16): choose the precision f32 or auto");
            }
            return new OneDnnKernels(bf16 && precision != Precision.F32, threads);
        } catch (LinkageError e) {
            return portable(precision, "oneDNN does not load here (" + e + ")", e);
        }
    }

    private static Kernels portable(Precision precision, String reason, Throwable cause) {
        if (precision == Precision.BF16) {
            throw new UnsupportedOperationException("bf16 needs oneDNN on a CPU, but " + reason, cause);
        }
        LOG.info("{}: the portable kernels are used", reason);
        return new Nd4jKernels();
    }
}

/**
 * The arithmetic below the ops: {@link io.github.finessl.kernel.Kernels} and what they share. It knows nothing of
 * graphs. The back ends {@code onednn} and {@code nd4j} do not know each other; {@link
 * io.github.finessl.kernel.KernelChoice} alone picks one.
 */
package io.github.finessl.kernel;

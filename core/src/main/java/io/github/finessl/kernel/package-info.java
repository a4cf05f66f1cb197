/**
 * The arithmetic below the ops, behind {@link io.github.finessl.kernel.Kernels}. It knows nothing of graphs. The back ends
 * {@code onednn} and {@code nd4j} do not know each other; {@link io.github.finessl.kernel.KernelChoice} alone picks one.
 */
package io.github.finessl.kernel;

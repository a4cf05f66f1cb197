/** The arithmetic below the ops, behind {@link io.github.finessl.kernel.Kernels}. Knows nothing of graphs. */
package io.github.finessl.kernel;

/**
 * Custom SameDiff ops with hand-derived gradients, and the session that executes them on
 * {@link io.github.finessl.kernel.Kernels}.
 */
package io.github.finessl.op;

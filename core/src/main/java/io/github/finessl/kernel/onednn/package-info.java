/**
 * The fast kernels for processors, on oneDNN: {@link io.github.finessl.kernel.onednn.OneDnnKernels} cuts a call into pieces
 * of rows or images, {@link io.github.finessl.kernel.onednn.Workers} gives each to a thread, and a thread computes with its
 * own {@link io.github.finessl.kernel.onednn.OneDnnTools} on the very memory of ND4J's arrays.
 */
package io.github.finessl.kernel.onednn;

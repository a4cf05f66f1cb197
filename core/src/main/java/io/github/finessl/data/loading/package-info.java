/**
 * The making of batches from a split: what each training step sees is a function of (seed, step) alone, so that
 * training can be interrupted, resumed and parallelised without changing a bit.
 */
package io.github.finessl.data.loading;

/** The training loop: batches, optimiser, schedule, checkpoints, evaluation. */
package io.github.finessl.train;
